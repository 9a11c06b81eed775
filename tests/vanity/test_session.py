"""A session's pages: who may load them, resume, renew and end them."""

import pytest
from django.test import Client

from apiauth.http import transports
from apiauth.models import PortalSession, Ticket
from tests import make
from tests.conftest import PortalClient

PAGE = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
SCRIPT = {transports.RESUME_HEADER: "1", "Accept": "application/json"}


@pytest.fixture
def home(ada) -> str:
    return f"/vanity/api-auth/s/{ada.session.pk}"


@pytest.fixture
def browser(ada) -> Client:
    """The browser of ada's session: it holds the binder and no token."""
    client = Client()
    client.cookies[transports.BINDER_COOKIE] = ada.binder
    return client


def token_in(response) -> str:
    page = response.content.decode()
    return page.partition('name="portal-token" content="')[2].partition('"')[0]


def renew(portal: PortalClient, body: object):
    return portal.post(
        portal.path("/renew"),
        body,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def test_reloads_with_the_binder_and_a_fresh_token(browser, home, ada):
    response = browser.get(home, headers=PAGE)

    assert response.status_code == 200
    assert token_in(response) not in ("", ada.token)


def test_gives_script_requests_no_token(portal):
    response = portal.get(portal.path())

    assert response.status_code == 200
    assert not token_in(response)


def test_asks_for_a_ticket_when_there_is_no_cookie(client, home, ada):
    response = client.get(home, headers=PAGE)

    page = response.content.decode()
    assert response.status_code == 401
    assert 'data-state="G1"' in page
    assert f'name="portal-origins" content="{make.ORIGIN}"' in page
    assert make.ORIGIN in response.headers["Content-Security-Policy"]


def test_explains_blocked_cookies_where_no_host_can_answer(client, home, acme):
    acme.deployment.embed_origins = ["https://*.acme.example"]
    acme.deployment.save()

    response = client.get(home, headers=PAGE)

    assert response.status_code == 200
    assert 'data-state="G8"' in response.content.decode()


def test_lets_no_cookie_alone_write(browser, home):
    for path in ("/end", "/renew", "/keys/new"):
        assert browser.post(home + path).status_code == 401

    assert PortalSession.objects.get().ended_at is None


def test_refuses_a_token_without_its_binder_once_bound(portal):
    portal.get(portal.path())
    portal.cookies.clear()

    response = portal.get(portal.path())

    assert response.status_code == 401
    assert 'data-code="session_required"' in response.content.decode()


def test_works_without_any_cookie_while_unbound(portal):
    portal.cookies.clear()

    assert portal.get(portal.path()).status_code == 200


def test_sets_the_clock_of_the_script(portal):
    absolute, idle = portal.get(portal.path()).headers["X-Portal-Clock"].split()

    assert int(absolute) > 7 * 3600
    assert 29 * 60 < int(idle) <= 30 * 60


def test_tells_the_script_that_the_session_ended(portal):
    PortalSession.objects.update(
        created_at=make.soon(hours=-9), expires_at=make.soon(seconds=-1)
    )

    response = portal.get(portal.path())

    assert response.status_code == 401
    assert 'data-code="session_ended"' in response.content.decode()
    assert "<html" not in response.content.decode()


def test_shows_the_gate_of_an_ended_session(browser, home):
    PortalSession.objects.update(
        created_at=make.soon(hours=-9), expires_at=make.soon(seconds=-1)
    )

    response = browser.get(home, headers=PAGE)

    assert response.status_code == 401
    assert 'data-state="G2"' in response.content.decode()


def test_resumes_the_document_of_the_same_browser(browser, home, ada):
    response = browser.post(f"{home}/resume", headers=SCRIPT)

    facts = response.json()
    assert response.status_code == 200
    assert facts["token"] != ada.token
    assert facts["locator"] == str(ada.session.pk)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json"},
        {**SCRIPT, "Origin": "https://evil.example"},
        {**SCRIPT, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_resumes_for_nobody_else(browser, home, headers):
    assert browser.post(f"{home}/resume", headers=headers).status_code in (401, 403)


def test_resumes_nothing_without_the_binder(client, home):
    assert client.post(f"{home}/resume", headers=SCRIPT).status_code == 401


def test_takes_an_empty_renewal_as_a_sign_of_life(portal):
    response = renew(portal, "")

    assert response.status_code == 200
    assert response.json()["seconds_left"] > 8 * 3600 - 60
    assert "token" not in response.json()


def test_renews_by_a_ticket_of_the_same_person(portal, acme):
    PortalSession.objects.update(expires_at=make.soon(seconds=100))
    same = {"user_id": "ada", "organization_id": "acme-ltd"}
    secret = make.ticket(acme.backend_key, **same).secret

    response = renew(portal, {"ticket": secret})

    assert response.status_code == 200
    assert response.json()["seconds_left"] > 3600


def test_leaves_the_ticket_of_another_person_unspent(portal, acme):
    issued = make.ticket(acme.backend_key, user_id="ben")

    response = renew(portal, {"ticket": issued.secret})

    assert response.status_code == 403
    assert Ticket.objects.get(pk=issued.ticket.pk).redeemed_at is None


@pytest.mark.parametrize("body", ["[]", "{", '{"ticket": 1}', "{}", '"x"'])
def test_refuses_a_malformed_renewal(portal, body):
    response = renew(portal, body)

    assert response.status_code == 400


@pytest.mark.parametrize("ticket", ["x", "\0", "é", "\ud800", "apt." + "x" * 600])
def test_refuses_a_renewal_by_what_is_no_ticket(portal, ticket):
    response = renew(portal, {"ticket": ticket})

    assert (response.status_code, response.json()["code"]) == (401, "ticket_invalid")


def test_signs_out_at_once(portal):
    assert portal.post(portal.path("/end")).status_code == 200

    assert portal.get(portal.path()).status_code == 401
    assert PortalSession.objects.get().ended_reason == "signed_out"


@pytest.mark.parametrize("path", ["/resume", "/renew", "/end"])
def test_refuses_other_methods(portal, path):
    assert portal.get(portal.path(path)).status_code == 405


def test_shows_the_gate_when_nothing_is_allowed(acme):
    opened = make.session(acme.backend_key, user_id="eve", capabilities=[])
    eve = PortalClient(opened)

    response = eve.get(eve.path())

    assert response.status_code == 403


def test_spends_few_queries(portal, django_assert_max_num_queries):
    portal.get(portal.path())

    # The session with app, deployment and ticket; the keys; their secrets.
    with django_assert_max_num_queries(3):
        portal.get(portal.path())
