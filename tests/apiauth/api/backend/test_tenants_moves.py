"""`POST …/suspend`, `POST …/resume` and `DELETE` of organizations and users."""

import pytest
from django.utils import timezone

from apiauth import gateway, sessions
from apiauth.errors import TenantSuspended
from apiauth.models import AuditEvent, PortalSession
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.backend.tenancy import KINDS, at, tell
from tests.apiauth.api.bodies import assert_refused

# Method, what follows the id, from which status, to which.
MOVES = [
    ("POST", "/suspend", "active", "suspended"),
    ("POST", "/resume", "suspended", "active"),
    ("DELETE", "", "active", "deleted"),
    ("DELETE", "", "suspended", "deleted"),
]
STOPS = [("POST", "/suspend"), ("DELETE", "")]

pytestmark = pytest.mark.parametrize("kind", KINDS)


def changes(kind):
    action = f"{kind[3].removesuffix('_id')}.changed"
    return AuditEvent.objects.filter(action=action, actor_kind="host")


@pytest.mark.parametrize("move", MOVES)
def test_moves_it(ask, acme, kind, move):
    method, rest, before, after = move
    tell(kind, acme.deployment, name="First", status=before)

    answer = ask(method, at(kind[0], "t1", rest))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json()["name"], answer.json()["status"]) == ("First", after)
    assert kind[1].objects.get().status == after


@pytest.mark.parametrize("move", MOVES)
def test_repeats_safely(ask, acme, kind, move):
    method, rest, before, _ = move
    tell(kind, acme.deployment, status=before)

    answers = {ask(method, at(kind[0], "t1", rest)).content for _ in range(3)}

    assert len(answers) == 1
    assert changes(kind).count() == 1


@pytest.mark.parametrize("move", MOVES)
def test_hides_those_of_another_tenant(ask, globex, kind, move):
    method, rest, before, _ = move
    tell(kind, globex.deployment, status=before)

    foreign = ask(method, at(kind[0], "t1", rest))
    absent = ask(method, at(kind[0], "absent", rest))

    assert_refused(foreign, 404)
    assert foreign.content == absent.content
    assert kind[1].objects.get().status == before


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_leaves_a_deleted_one_deleted(ask, acme, kind, verb):
    tell(kind, acme.deployment, status="deleted")

    assert_refused(ask("POST", at(kind[0], "t1", f"/{verb}")), 409)

    assert kind[1].objects.get().status == "deleted"
    assert not changes(kind).exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, ""),
        (b"", ""),
        ({}, ""),
        ({"reason": None}, ""),
        ({"reason": "Invoice\noverdue"}, "Invoice overdue"),
        ({"other": 1}, ""),
    ],
)
def test_takes_a_reason_or_none(ask, acme, kind, body, reason):
    tell(kind, acme.deployment)

    assert ask("POST", at(kind[0], "t1", "/suspend"), body).status_code == 200

    assert changes(kind).get().reason == reason


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_names_a_reason_that_is_wrong(ask, acme, kind, verb):
    tell(kind, acme.deployment, status="suspended")

    for reason in [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]:
        answer = ask("POST", at(kind[0], "t1", f"/{verb}"), {"reason": reason})
        assert_refused(answer, field="reason")

    assert kind[1].objects.get().status == "suspended"


@pytest.mark.parametrize("body", [one for one in bodies.BROKEN if one])
def test_refuses_broken_bodies(ask, acme, kind, body):
    tell(kind, acme.deployment)

    assert_refused(ask("POST", at(kind[0], "t1", "/suspend"), body))


@pytest.mark.parametrize("stop", STOPS)
def test_stops_everything_of_it_at_once(ask, acme, ada, kind, stop):
    method, rest = stop
    secret = make.key(acme.app).secret
    external_id = {"organization_id": "acme-ltd", "user_id": "ada"}[kind[3]]
    claims = {"organization_id": "acme-ltd", "user_id": "ada"}
    waiting = make.ticket(acme.backend_key, **claims).secret

    ask(method, at(kind[0], external_id, rest))

    assert PortalSession.objects.get().ended_reason == "suspended"
    with pytest.raises(TenantSuspended):
        open_from(waiting)
    question = gateway.ask(secret=secret, method="GET", resource="/reports")
    assert gateway.check(question).code == "suspended"
    ticket = {**bodies.LEAST_TICKET, **claims}
    assert_refused(ask("POST", "/session/tickets", ticket), 403)


def open_from(secret):
    return sessions.open_from(
        secret=secret, binder=None, actor=make.ADA, now=timezone.now()
    )


def test_costs_few_queries(ask, acme, ada, kind, django_assert_max_num_queries):
    external_id = {"organization_id": "acme-ltd", "user_id": "ada"}[kind[3]]
    ask("GET", kind[0])

    # The backend key, what it is bound to; begin and end; the row, read and written;
    # the clock; the sessions, read and written; twice the chain's row, read and
    # written, and an event.
    with django_assert_max_num_queries(18):
        ask("POST", at(kind[0], external_id, "/suspend"))
