"""Which requests a guard asks about: what nobody opened is closed."""

import pytest

from apiauth import gateway
from keyplate_client import Route, guard
from keyplate_client.guard import Guard, Refusal, Seen
from keyplate_client.values import Verdict

GUARD = Guard(
    [
        Route("/api/health", is_public=True),
        Route("/api/reports", ["reports:read"], methods=["GET"]),
        Route("/api/reports", ["reports:write"], methods=["POST"]),
        Route("/api/reports/*/rows", ["reports:read"]),
        Route("/api/files/**", ["files:read"]),
    ],
    below="/api",
)


def _asked(path: str, method: str = "GET", guarded: Guard = GUARD):
    return guarded.question(Seen(method=method, path=path, api_key=["k"]))


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/api/reports", "reports:read"),
        ("HEAD", "/api/reports", "reports:read"),
        ("POST", "/api/reports", "reports:write"),
        ("DELETE", "/api/reports/7/rows", "reports:read"),
        ("GET", "/api/files", "files:read"),
        ("GET", "/api/files/a/b/", "files:read"),
    ],
)
def test_asks_for_what_the_route_needs(method, path, needed):
    assert _asked(path, method).required_permissions == (needed,)


@pytest.mark.parametrize("path", ["/", "/about", "/apiary", "/other/api/reports", ""])
def test_leaves_alone_what_is_not_below(path):
    assert _asked(path) is None


@pytest.mark.parametrize("path", ["/api/health"])
def test_leaves_alone_what_is_public(path):
    assert _asked(path) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/reports"),
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/reports/"),
        ("GET", "/api/reports//rows"),
        ("GET", "/api/unknown"),
        ("GET", "/api/health/../reports"),
        ("GET", "/api/./health"),
        ("GET", "//api/health"),
        ("GET", "/api//health"),
        ("GET", "/x/../api/health"),
        ("GET", "/API/health"),
        ("GET", "\\api\\health"),
        ("GET", "/api/files/../health"),
        ("GET", "/api/health\\..\\reports"),
    ],
)
def test_refuses_what_no_route_is_plainly_about(method, path):
    with pytest.raises(Refusal) as refused:
        _asked(path, method)

    assert (refused.value.status, refused.value.code) == (403, "not_open")


def test_refuses_a_method_the_gateway_does_not_know():
    everything = Guard([Route("/**")])

    with pytest.raises(Refusal) as refused:
        _asked("/a", "BREW", everything)

    assert refused.value.status == 405


@pytest.mark.parametrize("path", ["/", "/a", "/a/b/"])
def test_guards_everything_without_a_prefix(path):
    assert _asked(path, guarded=Guard([Route("/**")])).resource == path


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/files/a?b", "/files/a%3Fb"),
        ("/files/a#b", "/files/a%23b"),
        ("/files/100%", "/files/100%25"),
        ("/files/ü", "/files/%C3%BC"),
        ("/files/a\nb", "/files/a%0Ab"),
        ("/files/a:b,c", "/files/a:b,c"),
        ("/files/\udc80", "/files/%3F"),
    ],
)
def test_hides_nothing_of_a_path(path, resource):
    assert _asked(path, guarded=Guard([Route("/**")])).resource == resource


@pytest.mark.parametrize(
    ("wrong", "arguments"),
    [
        (ValueError, {"path": "api"}),
        (ValueError, {"path": "/**/api"}),
        (ValueError, {"path": "/api", "permissions": ["a:b"], "is_public": True}),
        (TypeError, {"path": "/api", "permissions": "a:b"}),
        (TypeError, {"path": "/api", "methods": "GET"}),
    ],
)
def test_takes_no_route_that_says_something_else_than_meant(wrong, arguments):
    with pytest.raises(wrong):
        Route(**arguments)


def test_takes_no_empty_list_of_routes():
    with pytest.raises(ValueError, match="nothing would pass"):
        Guard([])


# --------------------------------------------------------------------- the credential


@pytest.mark.parametrize(
    ("authorization", "api_key"),
    [
        (["Bearer k"], []),
        (["bearer  k "], []),
        ([], ["k"]),
        (["Bearer k"], ["k"]),
        (["Basic dTpw"], ["k"]),
    ],
)
def test_finds_the_key_of_a_request(authorization, api_key):
    seen = Seen(method="GET", path="/", authorization=authorization, api_key=api_key)

    assert guard.credential(seen) == "k"


@pytest.mark.parametrize(
    ("authorization", "api_key", "code"),
    [
        ([], [], "missing"),
        (["Bearer"], [], "missing"),
        (["Bearer "], [""], "missing"),
        (["k"], [], "missing"),
        (["Basic k"], [], "missing"),
        (["Bearer a"], ["b"], "ambiguous"),
        (["Bearer a", "Bearer b"], [], "ambiguous"),
        ([], ["a", "b"], "ambiguous"),
        (["Bearer " + "k" * 257], [], "malformed"),
        (["Bearer kä"], [], "malformed"),
        (["Bearer k\tk"], [], "malformed"),
    ],
)
def test_asks_about_one_key_or_none(authorization, api_key, code):
    seen = Seen(method="GET", path="/", authorization=authorization, api_key=api_key)

    with pytest.raises(Refusal) as refused:
        guard.credential(seen)

    assert (refused.value.status, refused.value.code) == (401, code)
    assert refused.value.headers["WWW-Authenticate"].startswith('Bearer realm="API"')


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", guard.NOWHERE),
        ("testclient", guard.NOWHERE),
    ],
)
def test_sends_an_address_or_that_there_is_none(address, sent):
    seen = Seen(method="GET", path="/", api_key=["k"], client_ip=address)

    assert guard.question(seen, []).client_ip == sent


# ------------------------------------------------------------------------ the refusals


@pytest.mark.parametrize("code", [*gateway.Code, "", "something_new"])
def test_has_a_status_for_every_verdict(code):
    answer = guard.refusal(Verdict(allowed=False, code=str(code)))

    again = {"malformed", "unknown", "rotated", "expired"}
    known = {"rate_limited": 429, "unavailable": 503} | dict.fromkeys(again, 401)
    assert answer.status == known.get(str(code), 403)
    assert answer.members["message"]
    assert ("Retry-After" in answer.headers) == (answer.status in {429, 503})


@pytest.mark.parametrize(
    ("name", "is_identity"),
    [
        ("X-Wacht-Key-Id", True),
        ("x_wacht_organization_id", True),
        ("X-Keyplate-Anything", True),
        ("X-Api-Key", False),
        ("Authorization", False),
    ],
)
def test_knows_headers_that_only_a_gateway_may_set(name, is_identity):
    assert guard.is_identity_header(name) is is_identity
