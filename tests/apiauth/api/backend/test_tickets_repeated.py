"""`POST /session/tickets` under an `Idempotency-Key`."""

import pytest

from apiauth.models import AuditEvent, Ticket
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused


@pytest.fixture
def issue(client, acme):
    def post(token="t-1", bearer=acme.bearer, **members):
        wanted = {**bodies.LEAST_TICKET, **members}
        headers = {**bearer, "Idempotency-Key": token}
        return bodies.post(client, "/session/tickets", wanted, **headers)

    return post


def test_issues_one_ticket_and_says_which(issue):
    first, second = issue(), issue()

    ticket = Ticket.objects.get()
    assert first.status_code == 200
    assert_refused(second, 409)
    answer = second.json()
    assert answer["code"] == "idempotency_replay"
    assert answer["details"] == {"ticket_id": str(ticket.pk)}
    assert "another" in answer["message"]


def test_shows_no_ticket_twice(issue):
    secret = issue().json()["ticket"]

    assert secret not in issue().content.decode()


def test_another_token_asks_for_another_ticket(issue):
    assert issue("t-1").status_code == issue("t-2").status_code == 200

    assert Ticket.objects.count() == 2


def test_a_refused_attempt_uses_up_no_token(issue):
    assert_refused(issue(theme="x"), field="theme")

    assert issue().status_code == 200


@pytest.mark.parametrize("differs", ["tenant", "app"])
def test_a_token_is_one_apps_own(issue, acme, globex, differs):
    make.app(acme.deployment, "aa_2")
    others = {"tenant": {"bearer": globex.bearer}, "app": {"api_auth_app_slug": "aa_2"}}

    assert issue().status_code == issue(**others[differs]).status_code == 200


def test_outlives_the_backend_key_that_used_it(issue, acme):
    issue()
    other = make.backend_key(acme.deployment)

    assert_refused(issue(bearer={"Authorization": f"Bearer {other.secret}"}), 409)


def test_records_the_repeat(issue):
    issue()
    issue()

    denied = AuditEvent.objects.get(action="ticket.denied")
    assert denied.after["code"] == "idempotency_replay"
    assert denied.after["ticket_id"] == str(Ticket.objects.get().pk)


@pytest.mark.parametrize("token", ["", "t" * 101, "a\x7fb", "ü", "a\tb"])
def test_refuses_a_token_that_is_none(issue, token):
    assert_refused(issue(token), field="Idempotency-Key")

    assert not Ticket.objects.exists()


def test_takes_the_longest_token(issue):
    assert issue("~" * 100).status_code == 200
