"""How the client asks: what it sends, how long it waits, what it repeats."""

import time

import pytest

from keyplate_client import AlreadyDone, NotFound, TooManyRequests, Unavailable
from tests.clients.python.conftest import KEY, NOBODY

QUESTION = {"method": "GET", "resource": "/api/reports"}
IDENTITY = {
    "key_id": "k",
    "key_name": "CI",
    "app_slug": "aa_1",
    "deployment_id": "d",
}
YES = {"allowed": True, "code": "valid", "identity": IDENTITY, "rate_limits": []}
NO = {"allowed": False, "code": "unknown", "identity": None, "rate_limits": []}
BUSY = {"code": "unavailable", "message": "Try again soon."}
TICKET = {"ticket": "t", "url": "https://keys.example/?ticket=t", "expires_at": 1}
APP = {
    "app_slug": "aa_1",
    "name": "API",
    "key_prefix": "acme",
    "is_active": True,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00.123456Z",
}
ISSUED = {
    **APP,
    "id": "k",
    "key_suffix": "12345678",
    "secret": "s",
}


def test_sends_its_key_and_json(stand_in, speak):
    stand_in.says(200, TICKET)

    speak(stand_in.url).tickets.issue(
        "aa_1", user_id="ada", capabilities=("keys:read",)
    )

    [asked] = stand_in.asked
    assert (asked.method, asked.path) == ("POST", "/session/tickets")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body == {
        "ticket_type": "api_auth_access",
        "api_auth_app_slug": "aa_1",
        "user_id": "ada",
        "capabilities": ["keys:read"],
    }


def test_keeps_its_connection(stand_in, speak):
    stand_in.says(200, YES)
    keyplate = speak(stand_in.url, max_connections=1)

    verdicts = [keyplate.check("s", **QUESTION) for _ in range(3)]

    assert all(verdict.allowed for verdict in verdicts)


@pytest.mark.parametrize("path", ["", "/", "/keyplate", "/keyplate/"])
def test_may_be_behind_a_path(stand_in, speak, path):
    stand_in.says(200, {"apps": []})

    assert speak(stand_in.url + path).apps.list() == ()

    assert stand_in.asked[0].path == f"{path.rstrip('/')}/api-auth/apps"


def test_quotes_what_stands_in_a_path(stand_in, speak):
    stand_in.says(200, {"keys": []})

    search = {"include_inactive": True, "organization_id": "a&b"}
    speak(stand_in.url).keys.list("a/b ?", **search)

    query = "include_inactive=true&organization_id=a%26b"
    path = f"/api-auth/apps/a%2Fb%20%3F/keys?{query}"
    assert stand_in.asked[0].path == path


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_asks_for_nothing_that_leads_elsewhere(stand_in, speak, name):
    stand_in.says()

    with pytest.raises(ValueError, match="names nothing"):
        speak(stand_in.url).keys.get("aa_1", name)

    assert stand_in.asked == []


def test_sends_no_misspelt_wish(stand_in, speak):
    keyplate = speak(stand_in.url)

    with pytest.raises(TypeError, match="permision"):
        keyplate.keys.create("aa_1", "CI", permision=[])
    with pytest.raises(TypeError, match="state"):
        keyplate.keys.list("aa_1", state="all")

    assert stand_in.asked == []


@pytest.mark.parametrize("token", ["", "line\nbreak", "ä"])
def test_sends_no_token_that_cannot_be_one(stand_in, speak, token):
    with pytest.raises(ValueError, match="idempotency_key"):
        speak(stand_in.url).keys.create("aa_1", "CI", idempotency_key=token)


@pytest.mark.parametrize("answer", [ISSUED, {"key": ISSUED, "secret": "s"}])
def test_reads_a_new_key_flat_or_nested(stand_in, speak, answer):
    stand_in.says(200, answer)

    issued = speak(stand_in.url).keys.create("aa_1", "CI")

    assert (issued.key.id, issued.secret) == ("k", "s")


# --------------------------------------------------------------------------- repeating


@pytest.mark.parametrize("trouble", [502, 503, 504, 0])
def test_asks_again_where_that_is_harmless(stand_in, speak, trouble):
    for _ in range(2):
        stand_in.says(trouble, BUSY) if trouble else stand_in.hangs_up()
    stand_in.says(200, YES)

    assert speak(stand_in.url).check("s", **QUESTION).allowed

    assert len(stand_in.asked) == 3


def test_stops_after_as_many_repeats_as_it_was_told(stand_in, speak):
    stand_in.says(503, BUSY)

    with pytest.raises(Unavailable) as trouble:
        speak(stand_in.url, repeats=1).apps.list()

    assert (trouble.value.status, trouble.value.message) == (503, "Try again soon.")
    assert len(stand_in.asked) == 2


def test_repeats_a_creation_with_the_same_token(stand_in, speak):
    stand_in.hangs_up()
    stand_in.says(200, ISSUED)

    issued = speak(stand_in.url).keys.create("aa_1", "CI")

    assert issued.secret == "s"
    first, second = (asked.headers["idempotency-key"] for asked in stand_in.asked)
    assert first == second
    assert len(first) == 32


def test_makes_another_token_for_another_creation(stand_in, speak):
    stand_in.says(200, ISSUED)
    keyplate = speak(stand_in.url)

    for _ in range(2):
        keyplate.keys.rotate("aa_1", "k")
    keyplate.keys.create("aa_1", "CI", idempotency_key="mine")

    tokens = [asked.headers["idempotency-key"] for asked in stand_in.asked]
    assert len(set(tokens)) == 3
    assert tokens[-1] == "mine"


def test_says_that_a_lost_answer_had_the_secret(stand_in, speak):
    stand_in.hangs_up()
    said = {"code": "idempotency_replay", "message": "Already done."}
    stand_in.says(409, {**said, "details": {"key_id": "k"}})

    with pytest.raises(AlreadyDone) as refused:
        speak(stand_in.url).keys.create("aa_1", "CI")

    assert refused.value.key_id == "k"


@pytest.mark.parametrize(
    "call",
    [
        lambda keyplate: keyplate.apps.create("aa_1", "API"),
        lambda keyplate: keyplate.apps.update("aa_1", is_active=False),
        lambda keyplate: keyplate.apps.delete("aa_1"),
        lambda keyplate: keyplate.keys.update("aa_1", "k", name="New"),
        lambda keyplate: keyplate.keys.revoke("aa_1", "k", reason="leaked"),
    ],
)
def test_repeats_no_change_that_may_have_been_made(stand_in, speak, call):
    stand_in.hangs_up()

    with pytest.raises(Unavailable):
        call(speak(stand_in.url))

    assert len(stand_in.asked) == 1
    assert "idempotency-key" not in stand_in.asked[0].headers


def test_repeats_no_refusal(stand_in, speak):
    stand_in.says(404, {"code": "not_found", "message": "Nothing there."})

    with pytest.raises(NotFound):
        speak(stand_in.url).apps.get("aa_1")

    assert len(stand_in.asked) == 1


def test_passes_on_how_long_to_wait(stand_in, speak):
    stand_in.says(429, {"code": "slow", "message": "Slower."}, Retry_After="7")

    with pytest.raises(TooManyRequests) as refused:
        speak(stand_in.url).apps.list()

    assert refused.value.retry_after == 7


# ------------------------------------------------------------------------- time limits


def test_does_not_wait_for_ever(stand_in, speak):
    stand_in.says(200, YES, delay=0.6)
    started = time.monotonic()

    with pytest.raises(Unavailable):
        speak(stand_in.url, check_timeout=0.2).check("s", **QUESTION)

    assert time.monotonic() - started < 0.5


def test_does_not_wait_for_an_answer_that_never_ends(stand_in, speak):
    stand_in.says(200, YES, drip=0.1)
    started = time.monotonic()

    with pytest.raises(Unavailable, match="in time"):
        speak(stand_in.url, check_timeout=0.3).check("s", **QUESTION)

    assert time.monotonic() - started < 0.7


def test_waits_no_longer_than_it_has_when_told_to(stand_in, speak):
    stand_in.says(503, BUSY, Retry_After="5")
    started = time.monotonic()

    with pytest.raises(Unavailable) as trouble:
        speak(stand_in.url, check_timeout=1).check("s", **QUESTION)

    assert trouble.value.retry_after == 5
    assert time.monotonic() - started < 1
    assert len(stand_in.asked) == 1


def test_waits_as_long_as_it_is_told_to(stand_in, speak):
    stand_in.says(503, BUSY, Retry_After="1")
    stand_in.says(200, YES)
    started = time.monotonic()

    assert speak(stand_in.url).check("s", **QUESTION).allowed

    assert time.monotonic() - started > 1


def test_says_so_when_nobody_is_there(speak):
    started = time.monotonic()

    with pytest.raises(Unavailable, match="ConnectError"):
        speak(NOBODY).tickets.issue("aa_1")

    assert time.monotonic() - started < 2


# -------------------------------------------------------------------- unusable answers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[true]"),
        (200, b"<html>Welcome</html>"),
        (200, b'{"allowed": "yes"}'),
        (200, b'{"allowed": 1}'),
        (200, b'{"allowed": true, "code": "valid"}'),
        (302, b"{}"),
        (404, b"<html>Not found</html>"),
        (407, b""),
        (500, b'{"allowed": true, "code": "valid"}'),
        (503, b'{"allowed": false, "code": "unavailable", "message": "No."}'),
    ],
)
def test_takes_nothing_else_for_a_verdict(stand_in, speak, status, body):
    stand_in.says(status, body=body)

    with pytest.raises(Unavailable):
        speak(stand_in.url, repeats=0).check("s", **QUESTION)


@pytest.mark.parametrize(
    ("status", "members"),
    [
        (401, YES),
        (200, {**YES, "code": "revoked"}),
        (200, {**YES, "identity": None}),
    ],
)
def test_takes_no_contradiction_for_a_pass(stand_in, speak, status, members):
    stand_in.says(status, members)

    with pytest.raises(Unavailable) as trouble:
        speak(stand_in.url).check("s", **QUESTION)

    assert trouble.value.code == "bad_answer"


@pytest.mark.parametrize("status", [200, 401, 403, 429])
def test_reads_a_refusal_with_any_status(stand_in, speak, status):
    stand_in.says(status, NO)

    verdict = speak(stand_in.url).check("s", **QUESTION)

    assert (verdict.allowed, bool(verdict), verdict.code) == (False, False, "unknown")


def test_never_follows_a_redirect(stand_in, speak):
    stand_in.says(307, {}, Location=f"{stand_in.url}/elsewhere")

    with pytest.raises(Unavailable):
        speak(stand_in.url, repeats=0).apps.list()

    assert len(stand_in.asked) == 1


def test_reads_no_more_than_a_limit(stand_in, speak, monkeypatch):
    monkeypatch.setattr("keyplate_client._setup.LARGEST_ANSWER", 1000)
    stand_in.says(200, body=b" " * 2000)

    with pytest.raises(Unavailable, match="larger"):
        speak(stand_in.url, repeats=0).apps.list()


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"apps": None},
        {"apps": {}},
        {"apps": [1]},
        {"apps": [{**APP, "name": None}]},
        {"apps": [{**APP, "is_active": 1}]},
        {"apps": [{**APP, "created_at": "yesterday"}]},
        {"apps": [{**APP, "created_at": "2026-01-01T00:00:00"}]},
        {"apps": [{**APP, "permissions": [1]}]},
    ],
)
def test_says_what_it_cannot_read(stand_in, speak, members):
    stand_in.says(200, members, X_Request_Id="abc")

    with pytest.raises(Unavailable) as trouble:
        speak(stand_in.url).apps.list()

    assert (trouble.value.code, trouble.value.request_id) == ("bad_answer", "abc")


def test_ignores_what_it_does_not_know(stand_in, speak):
    stand_in.says(200, {"apps": [{**APP, "colour": "red"}], "total": 1})

    [app] = speak(stand_in.url).apps.list()

    assert (app.app_slug, app.updated_at.microsecond) == ("aa_1", 123456)
