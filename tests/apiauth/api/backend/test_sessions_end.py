"""`POST /api-auth/sessions/{session_id}/end`."""

import uuid

import pytest

from apiauth import errors, sessions
from apiauth.models import AuditEvent, PortalSession
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused


def at(opened):
    return f"/api-auth/sessions/{opened.session.pk}/end"


def test_ends_it_at_once(ask, acme, ada, ben):
    answer = ask("POST", at(ada), {"reason": "Stolen"})

    assert (answer.status_code, answer.json()) == (200, {"ended": 1})
    with pytest.raises(errors.SessionEnded):
        sessions.resolve(token=ada.token, binder=ada.binder)
    ended = PortalSession.objects.exclude(ended_at=None).get()
    assert (ended, ended.ended_reason) == (ada.session, "host")


def test_repeats_safely_and_records_it_once(ask, acme, ada):
    answers = [ask("POST", at(ada), {"reason": "Stolen"}).json() for _ in range(2)]
    answers.append(ask("POST", at(ada)).json())

    assert answers == [{"ended": 1}, {"ended": 0}, {"ended": 0}]
    event = AuditEvent.objects.get(action="session.ended")
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.pk))
    assert (event.reason, event.user_id) == ("Stolen", "ada")
    assert event.after["session_id"] == str(ada.session.pk)


def test_hides_those_of_another_tenant(ask, mallory):
    foreign = ask("POST", at(mallory))
    absent = ask("POST", f"/api-auth/sessions/{uuid.uuid4()}/end")

    assert_refused(foreign, 404)
    assert foreign.content == absent.content
    assert PortalSession.objects.get().ended_at is None


def test_hides_those_beyond_the_keys_apps(ask, acme, ada, bound):
    make.app(acme.deployment, "aa_2")
    beyond = make.session(acme.backend_key, "aa_2")

    assert_refused(ask("POST", at(beyond), bearer=bound), 404)
    assert ask("POST", at(ada), bearer=bound).json() == {"ended": 1}


@pytest.mark.parametrize("session_id", ["x", "1", "%00", "a%2Fb", "../x"])
def test_knows_no_other_ids(ask, session_id):
    answer = ask("POST", f"/api-auth/sessions/{session_id}/end")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_names_a_reason_that_is_wrong(ask, ada):
    for reason in [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]:
        assert_refused(ask("POST", at(ada), {"reason": reason}), field="reason")

    assert PortalSession.objects.get().ended_at is None


@pytest.mark.parametrize("body", [one for one in bodies.BROKEN if one])
def test_refuses_broken_bodies(ask, ada, body):
    assert_refused(ask("POST", at(ada), body))


def test_costs_few_queries(ask, acme, ada, ben, django_assert_max_num_queries):
    ask("POST", at(ben))

    # The backend key; the session; begin and end; written; the chain's row, read and
    # written; the event.
    with django_assert_max_num_queries(10):
        ask("POST", at(ada))
