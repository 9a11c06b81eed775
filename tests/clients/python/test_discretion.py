"""The client tells no secret: not by its repr, not by its errors, not in any log."""

import logging

import pytest

from keyplate_client import IssuedKey, Ticket, Unauthenticated, Unavailable, Verdict
from keyplate_client._calls import check
from keyplate_client._setup import Setup
from keyplate_client._wire import Wire
from keyplate_client.guard import Question, Seen
from tests.clients.python.conftest import NOBODY
from tests.clients.python.test_asking import ISSUED, QUESTION, TICKET, YES

SECRET = "very-secret"


def test_shows_no_secret_of_what_it_holds(speak):
    issued = IssuedKey.from_wire(Wire({**ISSUED, "secret": SECRET}))
    ticket = Ticket.from_wire(Wire({**TICKET, "ticket": SECRET, "url": f"/?{SECRET}"}))
    asked = check(
        SECRET,
        client_ip="",
        user_agent="",
        required_permissions=(),
        **QUESTION,
    )
    seen = Seen(method="GET", path="/", authorization=[SECRET], api_key=[SECRET])
    question = Question(
        secret=SECRET, method="GET", resource="/", client_ip="", user_agent=""
    )
    keyplate = speak(NOBODY, SECRET)

    for thing in (issued, ticket, asked, seen, question, keyplate):
        assert SECRET not in repr(thing)
    assert NOBODY in repr(keyplate)


@pytest.mark.parametrize("key", ["", "a b", "line\nbreak", "käse", "\t"])
def test_takes_no_key_that_cannot_be_one(key):
    with pytest.raises(ValueError, match="backend_key") as refused:
        _setup(backend_key=key)

    assert not key or key not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "keys.example",
        "ftp://keys.example",
        "https://",
        "https://user:pass@keys.example",
        "https://keys.example/?key=1",
        "https://keys.example/#a",
    ],
)
def test_takes_no_address_that_cannot_be_one(url):
    with pytest.raises(ValueError, match="base_url"):
        _setup(base_url=url)


@pytest.mark.parametrize(
    "option",
    [
        {"timeout": 0},
        {"check_timeout": -1},
        {"connect_timeout": 0},
        {"repeats": -1},
        {"max_connections": 0},
    ],
)
def test_takes_no_patience_that_cannot_be(option):
    with pytest.raises(ValueError, match=r"limits|repeats"):
        _setup(**option)


def _setup(**options) -> Setup:
    usual = {
        "base_url": "https://keys.example",
        "backend_key": "k",
        "timeout": 1,
        "check_timeout": 1,
        "connect_timeout": 1,
        "repeats": 1,
        "max_connections": 1,
        "ssl_context": None,
    }
    return Setup(**{**usual, **options})


def test_logs_no_secret_however_much_is_logged(stand_in, speak, caplog):
    caplog.set_level(logging.DEBUG)
    stand_in.says(200, YES)
    stand_in.says(200, {**ISSUED, "secret": SECRET})
    stand_in.says(401, {"code": "unauthenticated", "message": "No."})
    keyplate = speak(stand_in.url, f"{SECRET}-backend")

    keyplate.check(SECRET, **QUESTION)
    keyplate.keys.rotate("aa_1", "k")
    with pytest.raises(Unauthenticated) as refused:
        keyplate.check(SECRET, **QUESTION)

    assert len(caplog.records) > 10
    assert SECRET not in caplog.text
    assert SECRET not in repr(refused.value)


def test_tells_no_secret_of_a_failure(speak):
    with pytest.raises(Unavailable) as trouble:
        speak(NOBODY, SECRET, repeats=0).check(SECRET, **QUESTION)

    shown = trouble.getrepr(showlocals=False)
    assert SECRET not in str(shown)


def test_uses_no_proxy_of_the_surroundings(stand_in, speak, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("http_proxy", NOBODY)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    stand_in.says(200, YES)

    assert speak(stand_in.url).check("s", **QUESTION)


def test_a_verdict_that_refuses_is_false():
    assert not Verdict(allowed=False, code="revoked")
    assert Verdict(allowed=True, code="valid")
