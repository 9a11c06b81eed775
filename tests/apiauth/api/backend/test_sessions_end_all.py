"""`POST /api-auth/apps/{app_slug}/sessions/end`."""

import pytest

from apiauth.models import AuditEvent, PortalSession
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1/sessions/end"


@pytest.fixture
def crowd(acme):
    for user_id, company in [("ada", "acme-ltd"), ("ada", "other"), ("7", "acme-ltd")]:
        make.session(acme.backend_key, user_id=user_id, organization_id=company)


def left():
    rows = PortalSession.objects.filter(ended_at=None).order_by("created_at")
    return [(row.ticket.user_id, row.ticket.organization_id) for row in rows]


@pytest.mark.parametrize(
    ("body", "remaining"),
    [
        ({"all": True}, []),
        ({"user_id": "ada"}, [("7", "acme-ltd")]),
        ({"user_id": "ada", "all": False}, [("7", "acme-ltd")]),
        ({"user_id": 7}, [("ada", "acme-ltd"), ("ada", "other")]),
        ({"organization_id": "acme-ltd"}, [("ada", "other")]),
        (
            {"user_id": "ada", "organization_id": "other"},
            [("ada", "acme-ltd"), ("7", "acme-ltd")],
        ),
    ],
)
def test_ends_those_that_were_meant(ask, acme, crowd, body, remaining):
    answer = ask("POST", PATH, body)

    assert (answer.status_code, answer.json()) == (200, {"ended": 3 - len(remaining)})
    assert left() == remaining
    ended = PortalSession.objects.exclude(ended_at=None)
    assert {row.ended_reason for row in ended} == {"host"}


def test_repeats_safely_and_records_it_once(ask, acme, crowd):
    body = {"user_id": "ada", "reason": "Left"}

    answers = [ask("POST", PATH, body).json() for _ in range(2)]

    assert answers == [{"ended": 2}, {"ended": 0}]
    event = AuditEvent.objects.get(action="session.ended")
    assert (event.app_id, event.user_id) == (acme.app.pk, "ada")
    assert (event.reason, event.actor_kind) == ("Left", "host")
    assert event.after["count"] == len(event.after["session_ids"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": False},
        {"all": None},
        {"user_id": None, "organization_id": None},
        {"userId": "ada"},
        {"reason": "Why"},
        {"all": True, "user_id": "ada"},
        {"all": True, "organization_id": "acme-ltd"},
    ],
)
def test_ends_nothing_when_it_is_not_clear_whose(ask, acme, crowd, body):
    assert_refused(ask("POST", PATH, body), field="all")

    assert len(left()) == 3


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("user_id", [1.5, True, [], {}, "", " ", *bodies.HOSTILE_TEXTS]),
        ("organization_id", [1.5, True, [], {}, "", " ", *bodies.HOSTILE_TEXTS]),
        ("all", ["true", 1, 0, [], {}]),
        ("reason", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
    ],
)
def test_names_the_member_that_is_wrong(ask, acme, crowd, member, values):
    whose = {"user_id": "ada"} if member == "reason" else {}
    for value in values:
        assert_refused(ask("POST", PATH, {**whose, member: value}), field=member)

    assert len(left()) == 3


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(ask, acme, crowd, body):
    assert_refused(ask("POST", PATH, body))

    assert len(left()) == 3


def test_ends_nothing_of_another_app_or_tenant(ask, acme, globex, mallory):
    make.app(acme.deployment, "aa_2")
    make.session(acme.backend_key, "aa_2")

    assert ask("POST", PATH, {"all": True}).json() == {"ended": 0}
    assert len(left()) == 2


@pytest.mark.parametrize("slug", ["aa_globex", "aa_absent", "a%00b"])
def test_hides_apps_of_another_tenant(ask, globex, slug):
    make.app(globex.deployment, "aa_globex")

    answer = ask("POST", f"/api-auth/apps/{slug}/sessions/end", {"all": True})

    assert_refused(answer, 404, field="app_slug")


def test_hides_apps_beyond_the_keys_restriction(ask, acme, crowd, bound):
    make.app(acme.deployment, "aa_2")
    make.session(acme.backend_key, "aa_2")
    second = "/api-auth/apps/aa_2/sessions/end"

    assert_refused(ask("POST", second, {"all": True}, bound), 404, field="app_slug")
    assert ask("POST", PATH, {"all": True}, bound).json() == {"ended": 3}
    assert len(left()) == 1


def test_costs_few_queries(ask, acme, crowd, django_assert_max_num_queries):
    # The backend key, its use; the app; begin and end; the clock; the sessions, read
    # and written; the chain's row, read and written; the event.
    with django_assert_max_num_queries(13):
        ask("POST", PATH, {"all": True})
