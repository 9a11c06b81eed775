"""`/api-auth/organizations/{external_id}/members…`: list, tell of, remove."""

import pytest
from django.utils import timezone

from apiauth import memberships
from apiauth.models import AuditEvent, EndUser, Membership, Organization
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.backend.tenancy import IDS, NO_IDS, ORGANIZATIONS, at
from tests.apiauth.api.bodies import assert_refused


def here(user_id=None, organization_id="acme-ltd"):
    members = at(ORGANIZATIONS[0], organization_id, "/members")
    return members if user_id is None else at(members, user_id)


def join(deployment, user_id="ada", **facts):
    return memberships.put(
        deployment=deployment,
        organization_id="acme-ltd",
        user_id=user_id,
        actor=make.OPERATOR,
        now=timezone.now(),
        **facts,
    )


def told(action):
    return AuditEvent.objects.filter(action=action, actor_kind="host")


# ---------------------------------------------------------------------------- list


def test_lists_by_user(ask, acme):
    for user_id in ("cleo", "ada", "ben"):
        join(acme.deployment, user_id, granted=["reports:read"])
    join(acme.deployment, "ada", workspace_id="w1")

    answer = ask("GET", here()).json()

    places = [(row["user_id"], row["workspace_id"]) for row in answer["members"]]
    assert places == [("ada", None), ("ada", "w1"), ("ben", None), ("cleo", None)]
    assert answer["members"][0]["permissions"] == ["reports:read"]
    assert answer["members"][0]["organization_id"] == "acme-ltd"
    assert (answer["total"], answer["has_more"]) == (4, False)


def test_lists_a_stretch(ask, acme):
    for user_id in ("ada", "ben", "cleo"):
        join(acme.deployment, user_id)

    answer = ask("GET", f"{here()}?limit=1&offset=1").json()

    assert [row["user_id"] for row in answer["members"]] == ["ben"]
    assert (answer["total"], answer["has_more"]) == (3, True)


def test_lists_none_of_another_tenant(ask, globex):
    join(globex.deployment)

    foreign, absent = ask("GET", here()), ask("GET", here(organization_id="absent"))

    assert_refused(foreign, 404)
    assert foreign.content == absent.content


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "offset=-1"])
def test_names_what_is_wrong_with_a_list(ask, acme, query):
    join(acme.deployment)

    assert_refused(ask("GET", f"{here()}?{query}"), field=query.partition("=")[0])


def test_lists_in_few_queries(ask, acme, django_assert_num_queries):
    for user_id in ("ada", "ben", "cleo"):
        join(acme.deployment, user_id)
    ask("GET", here())

    # The backend key, what it is bound to; the organization; how many; the rows.
    with django_assert_num_queries(5):
        ask("GET", here())


# ------------------------------------------------------------------------- tell of


def test_makes_everybody_known(ask, acme):
    body = {"permissions": ["reports:write", "reports:read"], "workspace_id": 7}

    answer = ask("PUT", here("ada"), body)

    assert answer.status_code == 200
    row = Membership.objects.get()
    assert answer.json()["id"] == str(row.pk)
    assert answer.json()["workspace_id"] == row.workspace_id == "7"
    assert row.permissions == ["reports:read", "reports:write"]
    assert row.deployment == row.organization.deployment == acme.deployment
    assert (row.organization.external_id, row.user.external_id) == ("acme-ltd", "ada")


def test_leaves_permissions_that_are_not_said(ask, acme):
    join(acme.deployment, granted=["reports:read"])

    for body in ({}, {"permissions": None, "workspace_id": None}, {"more": 1}):
        answer = ask("PUT", here("ada"), body).json()
        assert answer["permissions"] == ["reports:read"]


def test_tells_of_a_member_once(ask, acme):
    answers = {
        ask("PUT", here("ada"), {"permissions": ["reports:read"]}).content
        for _ in range(3)
    }

    assert len(answers) == 1
    event = told("membership.changed").get()
    assert (event.organization_id, event.user_id) == ("acme-ltd", "ada")
    assert event.before is None
    assert event.after == {"permissions": ["reports:read"], "workspace_id": None}


def test_leaves_members_of_another_tenant_alone(ask, globex):
    join(globex.deployment, granted=["reports:read"])

    ask("PUT", here("ada"), {"permissions": ["reports:write"]})

    theirs = Membership.objects.get(deployment=globex.deployment)
    assert theirs.permissions == ["reports:read"]


@pytest.mark.parametrize("user_id", IDS)
def test_takes_ids_as_hosts_have_them(ask, user_id):
    told_of = ask("PUT", here(user_id, "a/b"), {})

    assert told_of.status_code == 200, told_of.content
    assert told_of.json()["user_id"] == user_id
    assert told_of.json()["organization_id"] == "a/b"
    assert ask("DELETE", here(user_id, "a/b")).json() == {"removed": 1}


@pytest.mark.parametrize("bad", NO_IDS)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_names_what_can_be_no_id(ask, bad, method):
    assert_refused(ask(method, here(bad), {}), field="user_id")
    assert_refused(ask(method, here("ada", bad), {}), field="organization_id")

    assert not Organization.objects.exists()
    assert not EndUser.objects.exists()


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("permissions", [*bodies.NOT_A_LIST, ["a b"], ["<i>"], ["a"] * 101]),
        ("workspace_id", [1.5, True, [], {}, *bodies.HOSTILE_TEXTS]),
    ],
)
def test_names_the_member_that_is_wrong(ask, member, values):
    for value in values:
        assert_refused(ask("PUT", here("ada"), {member: value}), field=member)

    assert not Membership.objects.exists()


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(ask, body):
    assert_refused(ask("PUT", here("ada"), body))


def test_tells_in_few_queries(ask, acme, django_assert_max_num_queries):
    join(acme.deployment)
    ask("GET", here())

    # The backend key, what it is bound to; begin and end; organization, user; the
    # membership, read and written; the chain's row, read and written; the event.
    with django_assert_max_num_queries(12):
        ask("PUT", here("ada"), {"permissions": ["reports:read"]})


# -------------------------------------------------------------------------- remove


@pytest.mark.parametrize(
    ("query", "left"),
    [("", []), ("?workspace_id=", ["w1"]), ("?workspace_id=w1", [""])],
)
def test_removes_from_one_place_or_all(ask, acme, query, left):
    join(acme.deployment)
    join(acme.deployment, workspace_id="w1")

    answer = ask("DELETE", f"{here('ada')}{query}")

    assert answer.json() == {"removed": 2 - len(left)}
    assert [row.workspace_id for row in Membership.objects.all()] == left
    assert told("membership.removed").count() == 2 - len(left)


def test_removes_once(ask, acme):
    join(acme.deployment, granted=["reports:read"])

    assert ask("DELETE", here("ada")).status_code == 200
    assert_refused(ask("DELETE", here("ada")), 404)

    event = told("membership.removed").get()
    assert event.before == {"permissions": ["reports:read"], "workspace_id": None}
    assert (event.organization_id, event.user_id) == ("acme-ltd", "ada")


def test_removes_nobody_of_another_tenant(ask, globex):
    join(globex.deployment)

    foreign, absent = ask("DELETE", here("ada")), ask("DELETE", here("nobody"))

    assert_refused(foreign, 404)
    assert foreign.content == absent.content
    assert Membership.objects.exists()


def test_names_a_workspace_that_can_be_none(ask, acme):
    join(acme.deployment)

    answer = ask("DELETE", f"{here('ada')}?workspace_id=a%00b")

    assert_refused(answer, field="workspace_id")
