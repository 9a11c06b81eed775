"""Every error of an API address is JSON in one shape, whatever went wrong."""

import logging

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from apiauth import errors
from apiauth.api.endpoints import endpoint
from tests.apiauth.api.bodies import assert_refused

PROBLEMS = {
    "interface": InterfaceError("host=db password=hunter2"),
    "operational": OperationalError("host=db password=hunter2"),
    "invalid": errors.Invalid("Mend it.", field="name"),
    "policy": errors.PolicyViolation("Too long.", rule="r", limit="9", field="x"),
    "unauthenticated": errors.Unauthenticated(),
    "ticket": errors.TicketInvalid(),
    "ended": errors.SessionEnded(reason="idle"),
    "forbidden": errors.Forbidden(),
    "suspended": errors.TenantSuspended(),
    "missing": errors.NotFound(),
    "quota": errors.QuotaReached(limit=3),
    "bug": ZeroDivisionError("hunter2"),
}


@endpoint("GET", "POST")
def fail(_request, problem):
    if problem == "none":
        return HttpResponse("{}", content_type="application/json")
    raise PROBLEMS[problem]


urlpatterns = [path("fail/<str:problem>", fail)]


@pytest.fixture
def client(settings):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.fixture(params=[True, False], ids=["debug", "production"])
def debug(request, settings):
    settings.DEBUG = request.param


@pytest.mark.parametrize(
    ("problem", "status", "field"),
    [
        ("interface", 503, None),
        ("operational", 503, None),
        ("invalid", 400, "name"),
        ("policy", 400, "x"),
        ("unauthenticated", 401, None),
        ("ticket", 401, None),
        ("ended", 401, None),
        ("forbidden", 403, None),
        ("suspended", 403, None),
        ("missing", 404, None),
        ("quota", 409, None),
        ("bug", 500, None),
    ],
)
@pytest.mark.usefixtures("debug")
def test_answers_refusals_and_accidents_alike(client, problem, status, field):
    response = client.get(f"/fail/{problem}")

    assert_refused(response, status, field)
    assert b"hunter2" not in response.content


def test_says_when_to_come_back(client):
    assert client.get("/fail/operational").headers["Retry-After"] == "1"


def test_logs_a_database_error_without_its_words(client, caplog):
    with caplog.at_level(logging.ERROR):
        client.get("/fail/operational")

    assert "api.unavailable" in caplog.messages
    assert "hunter2" not in caplog.text


def test_carries_the_details_of_a_refusal(client):
    answer = client.get("/fail/policy").json()

    assert answer["details"] == {"field": "x", "rule": "r", "limit": "9"}


def test_wants_no_csrf_token_because_no_cookie_counts(client):
    assert client.post("/fail/none").status_code == 200


def test_is_stored_by_nobody(client):
    assert client.get("/fail/none").headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("debug")
def test_keeps_the_headers_that_protect(client):
    response = client.get("/nowhere")

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("debug")
def test_answers_a_wrong_method_with_the_right_ones(client):
    response = client.delete("/fail/none")

    assert_refused(response, 405)
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/nowhere",
        "/fail/none/",
        "/%00",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/\u202e",
        "//evil.example/x",
        "/" + "x" * 5000,
        "/.git/config",
    ],
)
@pytest.mark.usefixtures("debug")
def test_answers_odd_addresses(client, address):
    assert_refused(client.get(address), 404)


@pytest.mark.parametrize(
    "host", ["evil.example", "a b", "", "x" * 300, "[::1", "a\x00"]
)
@pytest.mark.usefixtures("debug")
def test_answers_foreign_hosts(client, host):
    with override_settings(ALLOWED_HOSTS=["keys.example.com"]):
        response = client.get("/fail/none", headers={"Host": host})

    assert_refused(response, 400)
    assert b"ALLOWED_HOSTS" not in response.content
