"""What is shown instead of a screen, and that an outage never blames the reader."""

import uuid

import pytest
from django.db import OperationalError
from django.test import Client

from apiauth import sessions
from apiauth.http import transports
from tests import make

FRAMED = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def browser(ada) -> Client:
    client = Client()
    client.cookies[transports.BINDER_COOKIE] = ada.binder
    return client


@pytest.fixture
def outage(monkeypatch) -> None:
    """A database that does not answer, at the door of every operation."""

    def away(**_facts: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    for name in ("open_from", "resume", "resolve"):
        monkeypatch.setattr(sessions, name, away)


def test_calls_an_outage_an_outage(browser, ada, outage):
    response = browser.get(f"/vanity/api-auth/s/{ada.session.pk}", headers=FRAMED)

    page = response.content.decode()
    assert response.status_code == 503
    assert 'data-screen="G"' in page
    assert 'data-state="G7"' in page
    assert response.headers["X-Request-Id"] in page


def test_calls_an_outage_on_entry_an_outage(client, acme, outage):
    secret = make.ticket(acme.backend_key, user_id="ada").secret

    response = client.get("/vanity/api-auth", {"ticket": secret}, headers=FRAMED)

    assert response.status_code == 503
    assert 'data-state="G7"' in response.content.decode()


def test_tells_a_script_of_an_outage_in_a_sentence(portal, outage):
    response = portal.get(portal.path())

    page = response.content.decode()
    assert response.status_code == 503
    assert "data-problem" in page
    assert "<html" not in page


@pytest.mark.parametrize("trouble", [RuntimeError, KeyError, ValueError])
def test_blames_nobody_for_what_nobody_foresaw(portal, monkeypatch, trouble, caplog):
    def broken(**_facts: object) -> None:
        raise trouble("secret detail")

    monkeypatch.setattr(sessions, "resolve", broken)

    response = portal.get(portal.path())

    assert response.status_code == 503
    assert "secret detail" not in response.content.decode()
    assert "portal_failed" in caplog.text


def test_lets_any_host_show_an_outage_of_nobody_knows_whom(client, db, monkeypatch):
    def away(secret: str) -> None:
        raise OperationalError

    monkeypatch.setattr("apiauth.tickets.inspect", away)

    response = client.get("/vanity/api-auth", {"ticket": "x"}, headers=FRAMED)

    assert response.status_code == 503
    assert "frame-ancestors *" in response.headers["Content-Security-Policy"]


def test_says_which_right_is_missing(ben_portal):
    response = ben_portal.post(ben_portal.path("/keys/new"), {"name": "x"})

    assert response.status_code == 403
    assert 'data-code="forbidden"' in response.content.decode()


def test_answers_too_large_a_body_with_a_sentence(portal):
    response = portal.post(portal.path("/keys/new"), {"name": "x" * 70_000})

    assert response.status_code in (400, 413)
    assert "data-problem" in response.content.decode()


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/x-www-form-urlencoded; charset=utf-16",
    ],
)
def test_calls_a_form_that_is_none_unclear_and_no_outage(portal, kind):
    response = portal.post(portal.path("/keys/new"), b"name=x", content_type=kind)

    assert response.status_code == 400
    assert "Nothing was changed" in response.content.decode()


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_calls_a_form_that_broke_off_unclear_and_no_outage(portal, monkeypatch, kind):
    def broken_off(*_size: int) -> bytes:
        raise OSError("the client went away")

    monkeypatch.setattr("django.test.client.FakePayload.read", broken_off)

    response = portal.post(portal.path("/keys/new"), b"name=x", content_type=kind)

    assert response.status_code == 400
    assert "could not be understood" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/vanity/", "/vanity/nothing", "/vanity/api-auth/", "/vanity/api-auth/s/7"]
)
def test_says_in_its_own_words_that_nothing_is_there(client, db, path):
    response = client.get(path)

    page = response.content.decode()
    assert response.status_code == 404
    assert 'data-state="absent"' in page
    assert "There is nothing at this address" in page
    assert "no-store" in response.headers["Cache-Control"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_says_what_to_do_at_the_address_of_a_session_that_is_gone(browser, ada):
    gone = f"/vanity/api-auth/s/{uuid.uuid4()}"

    response = browser.get(gone)

    page = response.content.decode()
    assert response.status_code == 404
    assert "There is nothing at this address" in page
    assert "Open this page from your account settings" in page


def test_tells_programs_in_a_full_sentence(portal):
    asked = {"Accept": "application/json"}

    absent = portal.get("/vanity/nothing", headers=asked)
    refused = portal.post(
        portal.path("/renew"), "x", content_type="application/json", headers=asked
    )

    assert (absent.status_code, refused.status_code) == (404, 400)
    assert absent.json() == {
        "message": "There is nothing at this address. Open this page from your "
        "account settings.",
        "code": "not_found",
    }
    assert refused.json()["message"] == (
        "This request could not be understood. Nothing was changed."
    )


def test_offers_no_dead_end(client, ada):
    page = client.get(f"/vanity/api-auth/s/{ada.session.pk}", headers=FRAMED)

    assert b"href=" in page.content
