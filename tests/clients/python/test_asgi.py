"""The ASGI guard, in front of a small application, with verdicts of a real Keyplate."""

import json
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from keyplate_client import AsyncKeyplate, Route
from keyplate_client.asgi import KeyplateMiddleware
from tests.clients.python.conftest import NOBODY

ROUTES = [
    Route("/api/health", is_public=True),
    Route("/api/reports", ["reports:read"], methods=["GET"]),
]


@dataclass
class Seen:
    """What came out of the guard, and what the application behind it was given."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    scope: dict[str, Any] | None = None

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict[str, str]:
        return {
            name.decode(): value.decode() for name, value in self.sent[0]["headers"]
        }

    @property
    def code(self) -> str:
        return json.loads(self.sent[1]["body"])["code"]


def _bearer(secret: str) -> tuple[bytes, bytes]:
    return (b"authorization", b"Bearer " + secret.encode())


def _ask(
    acme_desk, *headers, path="/api/reports", method="GET", url="", **scope
) -> Seen:
    seen = Seen()
    asked = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": list(headers),
        "client": ("203.0.113.7", 1),
        **scope,
    }

    async def app(scope, _receive, send):
        seen.scope = scope
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        seen.sent.append(message)

    async def receive():
        return {"type": f"{asked['type']}.connect"}

    async def run():
        key = acme_desk.gateway_key
        async with AsyncKeyplate(url or acme_desk.url, key) as keyplate:
            guard = KeyplateMiddleware(app, keyplate, routes=ROUTES, below="/api")
            await guard(asked, receive, send)

    anyio.run(run)
    return seen


def test_lets_a_good_key_through_with_its_verdict(acme_desk):
    seen = _ask(acme_desk, _bearer(acme_desk.secret("good")))

    assert seen.status == 204
    assert seen.scope["keyplate"].identity.organization_id == "org_acme"
    assert seen.scope["state"]["keyplate"] is seen.scope["keyplate"]


def test_reads_the_key_from_its_other_header(acme_desk):
    seen = _ask(acme_desk, (b"X-API-Key", acme_desk.secret("good").encode()))

    assert seen.status == 204


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        ("", 401, "missing"),
        ("nonsense", 401, "malformed"),
        ("bare", 403, "permission_denied"),
    ],
)
def test_keeps_others_from_the_application(acme_desk, secret, status, code):
    given = acme_desk.secret("bare") if secret == "bare" else secret

    seen = _ask(acme_desk, *([_bearer(given)] if given else []))

    assert seen.scope is None
    assert (seen.status, seen.code) == (status, code)
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in seen.headers) == (status == 401)


def test_lets_nobody_through_without_a_verdict(acme_desk):
    seen = _ask(acme_desk, _bearer(acme_desk.secret("good")), url=NOBODY)

    assert seen.scope is None
    assert (seen.status, seen.code) == (503, "unavailable")
    assert seen.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ["/", "/about", "/api/health"])
def test_leaves_other_paths_alone(acme_desk, path):
    seen = _ask(acme_desk, path=path, url=NOBODY)

    assert seen.status == 204
    assert "keyplate" not in seen.scope


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"path": "/reports", "root_path": "/api"}, 204),
        ({"path": "/api/reports", "root_path": "/api"}, 204),
        ({"path": "/reports", "root_path": "/app"}, 204),
        ({"path": "/api/other"}, 403),
    ],
)
def test_sees_the_whole_path_wherever_it_is_mounted(acme_desk, scope, status):
    key = _bearer(acme_desk.secret("good"))

    assert _ask(acme_desk, key, **scope).status == status


def test_takes_away_what_a_client_says_about_itself(acme_desk):
    headers = [(b"X-Wacht-Key-Id", b"1"), (b"x_keyplate_a", b"2"), (b"accept", b"*/*")]

    for path in ("/about", "/api/reports"):
        key = _bearer(acme_desk.secret("good"))
        seen = _ask(
            acme_desk, key, *headers, path=path, state={"own": 1}, keyplate="me"
        )
        assert seen.scope["headers"] == [key, (b"accept", b"*/*")]
        assert seen.scope["state"]["own"] == 1


def test_closes_a_websocket_without_a_key(acme_desk):
    seen = _ask(acme_desk, type="websocket")

    assert seen.scope is None
    assert seen.sent == [{"type": "websocket.close", "code": 1008, "reason": "missing"}]


def test_answers_a_websocket_where_the_server_can(acme_desk):
    able: dict[str, object] = {"websocket.http.response": {}}

    seen = _ask(acme_desk, type="websocket", extensions=able)

    assert [one["type"] for one in seen.sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert (seen.status, seen.code) == (401, "missing")


def test_lets_the_server_start_and_stop(acme_desk):
    assert _ask(acme_desk, type="lifespan", url=NOBODY).scope["type"] == "lifespan"


def test_lets_no_unknown_kind_of_request_through(acme_desk):
    with pytest.raises(RuntimeError):
        _ask(acme_desk, type="telepathy")


def test_passes_on_what_is_left_of_a_limit(acme_desk, stand_in):
    headers = {"x-ratelimit-60s-remaining": "4", "x-wacht-key-id": "k"}
    identity = dict.fromkeys(["key_id", "key_name", "app_slug", "deployment_id"], "x")
    allowed = {"allowed": True, "code": "valid", "identity": identity}
    stand_in.says(200, {**allowed, "rate_limits": [], "headers": headers})

    seen = _ask(acme_desk, _bearer("k"), url=stand_in.url)

    assert seen.headers == {"x-ratelimit-60s-remaining": "4"}


def test_tells_how_long_to_wait_at_a_limit(acme_desk, stand_in):
    limited = {"allowed": False, "code": "rate_limited", "retry_after": 30}
    stand_in.says(200, {**limited, "rate_limits": []})

    seen = _ask(acme_desk, _bearer("k"), url=stand_in.url)

    assert (seen.status, seen.headers["retry-after"]) == (429, "30")
