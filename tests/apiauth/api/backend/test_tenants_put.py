"""`PUT /api-auth/organizations/{external_id}` and the same for users."""

import pytest

from apiauth.models import AuditEvent, PortalSession
from tests.apiauth.api import bodies
from tests.apiauth.api.backend.tenancy import KINDS, at, tell
from tests.apiauth.api.bodies import assert_refused

pytestmark = pytest.mark.parametrize("kind", KINDS)


def events():
    return AuditEvent.objects.filter(action__endswith=".changed").order_by("sequence")


def test_makes_one_known(ask, acme, kind):
    answer = ask("PUT", at(kind[0], "t1"), {"name": "First"})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["external_id"] == "t1"
    row = kind[1].objects.get()
    assert (row.deployment, row.name, row.status) == (
        acme.deployment,
        "First",
        "active",
    )


@pytest.mark.parametrize("status", ["active", "suspended", "deleted"])
def test_changes_its_status(ask, acme, kind, status):
    tell(kind, acme.deployment, name="First", status="suspended")

    answer = ask("PUT", at(kind[0], "t1"), {"status": status, "reason": "Why"})

    assert (answer.json()["name"], answer.json()["status"]) == ("First", status)
    assert kind[1].objects.get().status == status


def test_brings_a_deleted_one_back(ask, acme, kind):
    tell(kind, acme.deployment, status="deleted")

    assert ask("PUT", at(kind[0], "t1"), {}).json()["status"] == "deleted"
    told = ask("PUT", at(kind[0], "t1"), {"status": "active"})
    assert told.json()["status"] == "active"


def test_leaves_what_is_absent_or_null(ask, acme, kind):
    tell(kind, acme.deployment, name="First", status="suspended")

    for body in ({}, {"name": None, "status": None, "reason": None}, {"more": [1]}):
        answer = ask("PUT", at(kind[0], "t1"), body).json()
        assert (answer["name"], answer["status"]) == ("First", "suspended")


def test_clears_a_name(ask, acme, kind):
    tell(kind, acme.deployment, name="First")

    assert not ask("PUT", at(kind[0], "t1"), {"name": ""}).json()["name"]


def test_leaves_those_of_another_tenant_alone(ask, globex, kind):
    tell(kind, globex.deployment, name="Theirs")

    ask("PUT", at(kind[0], "t1"), {"name": "Ours", "status": "deleted"})

    theirs = kind[1].objects.of(globex.deployment).get()
    assert (theirs.name, theirs.status) == ("Theirs", "active")


def test_records_who_changed_what(ask, acme, kind):
    ask("PUT", at(kind[0], "t1"), {"name": "First"})
    ask("PUT", at(kind[0], "t1"), {"status": "suspended", "reason": "Unpaid"})

    first, second = events()
    assert first.before == {"name": "", "status": "active"}
    assert second.before == {"name": "First", "status": "active"}
    assert second.after == {"name": "First", "status": "suspended"}
    assert (second.actor_kind, second.actor_id) == ("host", str(acme.backend_key.pk))
    assert (getattr(second, kind[3]), second.reason) == ("t1", "Unpaid")
    assert second.request_id


def test_repeats_safely(ask, kind):
    body = {"name": "First", "status": "suspended"}

    answers = {ask("PUT", at(kind[0], "t1"), body).content for _ in range(3)}

    assert len(answers) == 1
    assert events().count() == 1


@pytest.mark.parametrize("status", ["suspended", "deleted"])
def test_ends_sessions_by_it(ask, acme, ada, kind, status):
    external_id = {"organization_id": "acme-ltd", "user_id": "ada"}[kind[3]]

    ask("PUT", at(kind[0], external_id), {"status": status, "reason": "Unpaid"})

    assert PortalSession.objects.get().ended_reason == "suspended"
    assert AuditEvent.objects.get(action="session.ended").reason == "Unpaid"


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(ask, kind, body):
    assert_refused(ask("PUT", at(kind[0], "t1"), body))


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "n" * 121]),
        ("status", [*bodies.NOT_TEXT, "", "gone", "ACTIVE"]),
        ("reason", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, "r" * 501]),
    ],
)
def test_names_the_member_that_is_wrong(ask, kind, member, values):
    for value in values:
        assert_refused(ask("PUT", at(kind[0], "t1"), {member: value}), field=member)

    assert not kind[1].objects.exists()


def test_costs_few_queries(ask, kind, django_assert_max_num_queries):
    ask("PUT", at(kind[0], "t1"), {"name": "First"})

    # The backend key, what it is bound to; begin and end; the row, read and written;
    # the clock, the open sessions; the chain's row, read and written; the event.
    with django_assert_max_num_queries(13):
        ask("PUT", at(kind[0], "t1"), {"status": "suspended"})


def test_keeps_no_secret(ask, acme, kind):
    ask("PUT", at(kind[0], "t1"), {"name": "First", "reason": acme.minted.secret})

    assert acme.minted.secret not in repr([*AuditEvent.objects.values()])
