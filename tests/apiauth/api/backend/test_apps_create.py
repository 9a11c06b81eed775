"""`POST /api-auth/apps`."""

import pytest

from apiauth.models import ApiAuthApp, AuditEvent
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps"
LEAST = {"app_slug": "acme-v2", "name": "Acme V2"}
ID = [*bodies.HOSTILE_TEXTS, 1.5, True, [], {}, "", " "]


@pytest.fixture
def create(ask):
    def post(body=None, **members):
        return ask("POST", PATH, {**LEAST, **members} if body is None else body)

    return post


def test_creates_what_seed_003_asks_for(create, acme):
    make.scheme(acme.deployment, "standard_tier")
    said = {
        "name": "Acme public API V2",
        "slug": "acme-v2",
        "permissions": ["read:data", "write:data"],
        "rate_limit_scheme_slug": "standard_tier",
        "organization_id": "org_abc123",
    }

    response = create(said)

    assert response.status_code == 200
    answer = response.json()
    assert (answer["app_slug"], answer["key_prefix"]) == ("acme-v2", "wk_live")
    assert answer["permissions"] == said["permissions"]
    assert answer["rate_limits"] == [{**make.RULE, "priority": 0}]
    assert answer["organization_id"] == "org_abc123"
    assert "slug" not in answer


def test_keeps_everything_that_is_said(create, acme):
    make.scheme(acme.deployment)
    said = {
        **LEAST,
        "key_prefix": "acme_v2",
        "description": "For partners <b>",
        "user_id": "u 1/ä",
        "organization_id": "o1",
        "workspace_id": "w1",
        "permissions": ["a:read", "b:*"],
        "resources": ["/v1"],
        "rate_limit_scheme_slug": "basic",
    }

    answer = create(said).json()

    assert {name: answer[name] for name in said} == said
    app = ApiAuthApp.objects.of(acme.deployment).get(app_slug="acme-v2")
    assert (app.name, app.rate_limit_scheme.slug) == ("Acme V2", "basic")


def test_takes_ids_that_are_numbers(create):
    answer = create(user_id=7, organization_id=2**60, workspace_id=0).json()

    assert (answer["user_id"], answer["workspace_id"]) == ("7", "0")
    assert answer["organization_id"] == str(2**60)


@pytest.mark.parametrize("empty", [None, ""])
def test_takes_null_and_nothing_as_not_said(create, empty):
    answer = create(description=empty, rate_limit_scheme_slug=empty).json()

    assert answer["description"] is None
    assert "rate_limit_scheme_slug" not in answer


def test_takes_null_for_all_that_may_be_absent(create):
    members = ("slug", "user_id", "organization_id", "workspace_id")
    others = ("key_prefix", "permissions", "resources")

    response = create(**dict.fromkeys([*members, *others]))

    assert response.status_code == 200
    assert set(response.json()).isdisjoint(members)


def test_takes_the_slug_under_both_names_if_they_agree(create):
    assert create(slug="acme-v2").status_code == 200
    assert_refused(create(slug="other"), field="slug")


@pytest.mark.parametrize("said", [{"name": "x"}, {"name": "x", "app_slug": None}])
def test_asks_for_a_slug(create, said):
    assert_refused(create(said), field="app_slug")


def test_refuses_a_slug_that_is_in_use(create):
    assert create().status_code == 200
    events = AuditEvent.objects.count()

    response = create()

    assert_refused(response, 409, field="app_slug")
    assert response.json()["code"] == "name_taken"
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("slug", ["absent", "theirs"])
def test_refuses_a_scheme_that_does_not_exist(create, globex, slug):
    make.scheme(globex.deployment, "theirs")

    assert_refused(create(rate_limit_scheme_slug=slug), field="rate_limit_scheme_slug")
    assert not ApiAuthApp.objects.filter(app_slug="acme-v2").exists()


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("app_slug", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", "a b", "-a"]),
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " "]),
        ("key_prefix", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "", "A", "sk_live"]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("user_id", ID),
        ("organization_id", ID),
        ("workspace_id", ID),
        ("permissions", [*bodies.NOT_A_LIST, ["a b"], ["<i>"], ["a"] * 101]),
        (
            "resources",
            [*bodies.NOT_A_LIST, ["v1"], ["/\x00"], ["/" * 501], ["/a/../b"]],
        ),
        ("rate_limit_scheme_slug", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, " "]),
    ],
)
def test_names_the_member_that_is_wrong(create, member, values):
    for value in values:
        assert_refused(create(**{member: value}), field=member)

    assert ApiAuthApp.objects.count() == 1


@pytest.mark.parametrize("member", ["permissions", "resources"])
@pytest.mark.parametrize("item", [7, None, True, [], {}, "\ud800"])
def test_names_the_item_of_a_list_that_is_wrong(create, member, item):
    answer = create(
        **{member: ["/a", item]} if member == "resources" else {member: [item]}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(member)


def test_records_what_was_made(create, acme):
    create()

    event = AuditEvent.objects.get(
        action="app.provisioned", actor_id=str(acme.backend_key.id)
    )
    assert event.app_id == ApiAuthApp.objects.get(app_slug="acme-v2").pk
    assert event.after == {"app_slug": "acme-v2", "name": "Acme V2"}


def test_costs_few_queries(create, acme, django_assert_num_queries):
    make.scheme(acme.deployment)
    create(app_slug="first")

    # The backend key; whether it is bound; begin and end; the scheme; the app between
    # its savepoints; the chain's row, made, read and written; the event.
    with django_assert_num_queries(12):
        create(rate_limit_scheme_slug="basic")
