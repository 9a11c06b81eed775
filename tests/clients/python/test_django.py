"""The guards for Django, with verdicts of a real Keyplate."""

import json
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from keyplate_client import Route
from keyplate_client import django as guards
from tests.clients.python.conftest import NOBODY

ROUTES = [Route("/api/reports", ["reports:read"], methods=["GET"])]


@pytest.fixture(autouse=True)
def configured(settings, acme_desk) -> Iterator[None]:
    settings.KEYPLATE_CLIENT = {
        "BASE_URL": acme_desk.url,
        "GATEWAY_KEY": acme_desk.gateway_key,
        "BELOW": "/api/",
        "ROUTES": ROUTES,
        "OPTIONS": {"repeats": 0},
    }
    yield
    guards.shared().close()
    guards._client.cache_clear()


def _request(key="", path="/api/reports", method="GET", **headers):
    own = {"Authorization": f"Bearer {key}"} if key else {}
    return RequestFactory().generic(method, path, headers={**own, **headers})


def _view(request) -> HttpResponse:
    return HttpResponse(request.keyplate.identity.organization_id)


def _open_view(request) -> HttpResponse:
    return HttpResponse("open")


def _content(response: Any) -> bytes:
    return response.content


def _code(response) -> str:
    return json.loads(_content(response))["code"]


# ---------------------------------------------------------------------- the middleware


def test_the_middleware_lets_a_good_key_through(acme_desk):
    guard = guards.KeyplateMiddleware(_view)

    assert _content(guard(_request(acme_desk.secret("good")))) == b"org_acme"


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        ("", 401, "missing"),
        ("nonsense", 401, "malformed"),
        ("bare", 403, "permission_denied"),
    ],
)
def test_the_middleware_keeps_others_out(acme_desk, secret, status, code):
    given = acme_desk.secret("bare") if secret == "bare" else secret

    response = guards.KeyplateMiddleware(_view)(_request(given))

    assert (response.status_code, _code(response)) == (status, code)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_the_middleware_leaves_other_paths_alone(settings):
    guard = guards.KeyplateMiddleware(_open_view)

    assert _content(guard(_request(path="/about"))) == b"open"


@pytest.mark.parametrize("path", ["/api/other", "/api/reports/", "//api/reports"])
def test_the_middleware_refuses_what_nobody_opened(acme_desk, path):
    request = _request(acme_desk.secret("good"))
    request.path = path

    response = guards.KeyplateMiddleware(_view)(request)

    assert (response.status_code, _code(response)) == (403, "not_open")


def test_the_middleware_takes_away_what_a_client_says_about_itself(acme_desk):
    request = _request(acme_desk.secret("good"), **{"X-Wacht-Key-Id": "1"})
    assert "X-Wacht-Key-Id" in request.headers

    guards.KeyplateMiddleware(_view)(request)

    assert "X-Wacht-Key-Id" not in request.headers
    assert "HTTP_X_WACHT_KEY_ID" not in request.META


def test_the_middleware_lets_nobody_through_without_a_verdict(settings, acme_desk):
    settings.KEYPLATE_CLIENT = {**settings.KEYPLATE_CLIENT, "BASE_URL": NOBODY}

    response = guards.KeyplateMiddleware(_view)(_request(acme_desk.secret("good")))

    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


# ----------------------------------------------------------------------- the decorator


def test_the_decorator_lets_a_good_key_through(acme_desk):
    view: Any = guards.key_required("reports:read")(_view)

    response = view(_request(acme_desk.secret("good"), method="POST"))

    assert response.content == b"org_acme"
    assert view.csrf_exempt


def test_the_decorator_keeps_others_out(acme_desk):
    view = guards.key_required("reports:write")(_view)

    refused = view(_request(acme_desk.secret("good")))

    assert (refused.status_code, _code(refused)) == (403, "permission_denied")
    assert view(_request()).status_code == 401


def test_the_decorator_guards_a_view_that_is_awaited(acme_desk):
    @guards.key_required("reports:read")
    async def view(request):
        return _view(request)

    async def both():
        good = await view(_request(acme_desk.secret("good")))
        return good, await view(_request())

    good, refused = anyio.run(both)
    assert (good.content, refused.status_code) == (b"org_acme", 401)


def test_both_pass_on_what_is_left_of_a_limit(settings, stand_in):
    identity = dict.fromkeys(["key_id", "key_name", "app_slug", "deployment_id"], "x")
    allowed = {"allowed": True, "code": "valid", "identity": identity}
    headers = {"x-ratelimit-60s-remaining": "4"}
    stand_in.says(200, {**allowed, "rate_limits": [], "headers": headers})
    settings.KEYPLATE_CLIENT = {**settings.KEYPLATE_CLIENT, "BASE_URL": stand_in.url}

    for guarded in (
        guards.KeyplateMiddleware(_open_view),
        guards.key_required()(_open_view),
    ):
        assert guarded(_request("k")).headers["x-ratelimit-60s-remaining"] == "4"


# ------------------------------------------------------------------------- the setting


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (None, "not set"),
        ({}, "BASE_URL, GATEWAY_KEY"),
        ({"BASE_URL": "a", "GATEWAY_KEY": "b", "ROUTE": []}, "ROUTE"),
    ],
)
def test_says_what_is_wrong_with_the_setting(settings, wrong, named):
    right = settings.KEYPLATE_CLIENT
    settings.KEYPLATE_CLIENT = wrong

    with pytest.raises(ImproperlyConfigured, match=named):
        guards.key_required()(_view)(_request("k"))

    settings.KEYPLATE_CLIENT = right


def test_uses_the_address_it_is_told_to(settings, stand_in):
    stand_in.says(200, {"allowed": False, "code": "revoked", "rate_limits": []})
    settings.KEYPLATE_CLIENT = {
        **settings.KEYPLATE_CLIENT,
        "BASE_URL": stand_in.url,
        "CLIENT_IP": lambda request: request.headers["X-Real-IP"],
    }

    guards.key_required()(_view)(_request("k", **{"X-Real-IP": "::1"}))

    assert stand_in.asked[0].body["client_ip"] == "::1"
