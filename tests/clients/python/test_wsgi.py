"""The WSGI guard, in front of a small application, with verdicts of a real Keyplate."""

import contextlib
import json
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from keyplate_client import Keyplate, Route
from keyplate_client.wsgi import VERDICT, KeyplateMiddleware
from tests.clients.python.conftest import NOBODY

ROUTES = [
    Route("/api/health", is_public=True),
    Route("/api/reports", ["reports:read"], methods=["GET"]),
    Route("/api/ü", ["reports:read"]),
]


class Seen:
    """What came out of the guard, and what the application behind it was given."""

    status = ""
    headers: dict[str, str]
    body = b""
    environ: dict[str, object] | None = None

    @property
    def code(self) -> str:
        return json.loads(self.body)["code"]


def _ask(acme_desk, *, key="", path="/api/reports", url="", **environ) -> Seen:
    seen = Seen()
    given = {"PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": ""}
    given |= {"REMOTE_ADDR": "203.0.113.7"}
    given |= {"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}
    asked = {**given, **environ}
    setup_testing_defaults(asked)

    def app(environ, start_response):
        seen.environ = environ
        start_response("204 No Content", [])
        return [b""]

    def start(status, headers, *_):
        seen.status, seen.headers = status, dict(headers)
        return lambda _: None

    with Keyplate(url or acme_desk.url, acme_desk.gateway_key) as keyplate:
        guard = KeyplateMiddleware(app, keyplate, routes=ROUTES, below="/api")
        with contextlib.closing(validator(guard)(asked, start)) as answer:  # type: ignore[type-var]  # the validator's has close()
            seen.body = b"".join(answer)
    return seen


def test_lets_a_good_key_through_with_its_verdict(acme_desk):
    seen = _ask(acme_desk, key=acme_desk.secret("good"))

    assert seen.status == "204 No Content"
    assert seen.environ[VERDICT].identity.organization_id == "org_acme"


def test_reads_the_key_from_its_other_header(acme_desk):
    seen = _ask(acme_desk, HTTP_X_API_KEY=acme_desk.secret("good"))

    assert seen.status == "204 No Content"


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        ("", "401 Unauthorized", "missing"),
        ("nonsense", "401 Unauthorized", "malformed"),
        ("bare", "403 Forbidden", "permission_denied"),
    ],
)
def test_keeps_others_from_the_application(acme_desk, secret, status, code):
    given = acme_desk.secret("bare") if secret == "bare" else secret

    seen = _ask(acme_desk, key=given)

    assert seen.environ is None
    assert (seen.status, seen.code) == (status, code)
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["Content-Length"] == str(len(seen.body))


def test_sends_no_body_where_none_may_be(acme_desk):
    seen = _ask(acme_desk, REQUEST_METHOD="HEAD")

    assert (seen.status, seen.body) == ("401 Unauthorized", b"")


def test_lets_nobody_through_without_a_verdict(acme_desk):
    seen = _ask(acme_desk, key=acme_desk.secret("good"), url=NOBODY)

    assert seen.environ is None
    assert (seen.status, seen.code) == ("503 Service Unavailable", "unavailable")
    assert seen.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/", "/about", "/api/health"])
def test_leaves_other_paths_alone(acme_desk, path):
    seen = _ask(acme_desk, path=path, url=NOBODY)

    assert seen.status == "204 No Content"
    assert VERDICT not in seen.environ


def test_refuses_a_path_that_nobody_opened(acme_desk):
    seen = _ask(acme_desk, path="/api/other", key=acme_desk.secret("good"))

    assert (seen.status, seen.code) == ("403 Forbidden", "not_open")


@pytest.mark.parametrize(
    ("script", "path"),
    [("/api", "/reports"), ("", "/api/\xc3\xbc")],
)
def test_sees_the_whole_path_wherever_it_is_mounted(acme_desk, script, path):
    key = acme_desk.secret("good")

    seen = _ask(acme_desk, key=key, SCRIPT_NAME=script, path=path)

    assert seen.status == "204 No Content"


@pytest.mark.parametrize("path", ["/about", "/api/reports"])
def test_takes_away_what_a_client_says_about_itself(acme_desk, path):
    seen = _ask(
        acme_desk,
        path=path,
        key=acme_desk.secret("good"),
        HTTP_X_WACHT_KEY_ID="1",
        HTTP_X_KEYPLATE_A="2",
        HTTP_ACCEPT="*/*",
    )

    headers = {name for name in seen.environ if name.startswith("HTTP_")}
    assert headers == {"HTTP_ACCEPT", "HTTP_AUTHORIZATION", "HTTP_HOST"}


def test_uses_the_address_it_is_told_to(acme_desk, stand_in):
    stand_in.says(200, {"allowed": False, "code": "revoked", "rate_limits": []})
    environ = {"PATH_INFO": "/api", "HTTP_X_API_KEY": "k", "HTTP_X_REAL_IP": "::1"}
    setup_testing_defaults(environ)

    with Keyplate(stand_in.url, "k") as keyplate:
        guard = KeyplateMiddleware(
            lambda *_: [],
            keyplate,
            routes=[Route("/**")],
            client_ip=lambda asked: asked["HTTP_X_REAL_IP"],
        )
        guard(environ, lambda *_: lambda _: None)

    assert stand_in.asked[0].body["client_ip"] == "::1"
