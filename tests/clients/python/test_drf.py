"""API keys for Django REST framework, with verdicts of a real Keyplate."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from keyplate_client import Verdict
from keyplate_client import django as guards
from keyplate_client.drf import KeyplateAuthentication, key_may
from tests.clients.python.conftest import NOBODY


@pytest.fixture(autouse=True)
def configured(settings, acme_desk) -> Iterator[None]:
    settings.KEYPLATE_CLIENT = {
        "BASE_URL": acme_desk.url,
        "GATEWAY_KEY": acme_desk.gateway_key,
        "OPTIONS": {"repeats": 0},
    }
    yield
    guards.shared().close()
    guards._client.cache_clear()


class Reports(APIView):
    authentication_classes: Any = (KeyplateAuthentication,)
    permission_classes: Any = (key_may("reports:read"),)

    def get(self, request) -> Response:
        identity = request.auth.identity
        return Response([identity.organization_id, str(request.user), request.user.pk])


def _get(view=Reports, key="", **headers) -> Response:
    own = {"Authorization": f"Bearer {key}"} if key else {}
    request = APIRequestFactory().get("/api/reports", headers={**own, **headers})
    return view.as_view()(request)


def test_lets_a_good_key_in_and_keeps_its_verdict(acme_desk):
    response = _get(key=acme_desk.secret("good"))

    assert response.status_code == 200
    key_id = acme_desk.given["keys"]["good"]["id"]
    assert response.data == ["org_acme", "Good", key_id]


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [("nonsense", 401, "malformed"), ("bare", 403, "permission_denied")],
)
def test_keeps_others_out(acme_desk, secret, status, code):
    given = acme_desk.secret("bare") if secret == "bare" else secret

    response = _get(key=given)

    assert (response.status_code, response.data["code"]) == (status, code)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_asks_for_a_key_where_there_is_none():
    response = _get()

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="API"'


def test_lets_nobody_in_without_a_verdict(settings, acme_desk):
    settings.KEYPLATE_CLIENT = {**settings.KEYPLATE_CLIENT, "BASE_URL": NOBODY}

    response = _get(key=acme_desk.secret("good"))

    assert (response.status_code, response.data["code"]) == (503, "unavailable")
    assert response.headers["Retry-After"] == "1"


def test_needs_a_verdict_about_what_the_view_asks_for(acme_desk):
    class Borrowed(BaseAuthentication):
        """Another class answers first, with a verdict about less."""

        def authenticate(self, _request):
            return "somebody", Verdict(allowed=True, code="valid", required=())

    class View(Reports):
        authentication_classes = (Borrowed,)

    assert _get(View).status_code == 403


def test_lets_a_person_in_only_where_no_key_is_needed(acme_desk):
    class Session(BaseAuthentication):
        def authenticate(self, _request):
            return User(username="ada"), None

    class View(Reports):
        authentication_classes = (KeyplateAuthentication, Session)

    class Open(View):
        permission_classes = (IsAuthenticated,)

        def get(self, request) -> Response:
            return Response(str(request.user))

    assert _get(View).status_code == 403
    assert _get(Open).data == "ada"
    assert _get(Open, key=acme_desk.secret("bare")).data == "Bare"


def test_asks_for_everything_the_view_needs(acme_desk):
    class View(Reports):
        permission_classes = (key_may("reports:read"), key_may("reports:write"))

    response = _get(View, key=acme_desk.secret("good"))

    assert response.data["code"] == "permission_denied"


def test_may_find_a_user_of_the_hosts_own(acme_desk):
    class Own(KeyplateAuthentication):
        def user_of(self, verdict):
            return type("User", (), {"pk": verdict.identity.owner_user_id})()

    class View(Reports):
        authentication_classes = (Own,)

    assert _get(View, key=acme_desk.secret("good")).data[2] == "usr_ada"
