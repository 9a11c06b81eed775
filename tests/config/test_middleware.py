"""What every request passes: an id, a log line, JSON errors for programs."""

import json
import logging

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import Client, RequestFactory
from django.urls import path

from config import middleware


@login_not_required
def broken(_request):
    raise ZeroDivisionError


urlpatterns = [path("broken", broken)]


def answer_of(view, address="/x"):
    return middleware.JsonErrors(view)(RequestFactory().get(address))


def page(status):
    return lambda _request: HttpResponse("<h1>Secret trace</h1>", status=status)


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, logger="keyplate.request")
    return lambda: [r for r in caplog.records if r.name == "keyplate.request"]


# -------------------------------------------------------------------- id and log line


def test_gives_each_request_an_id_of_its_own(client, lines):
    answers = [client.get("/livez") for _ in range(2)]

    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 2
    assert [line.request_id for line in lines()] == ids


def test_takes_no_id_from_outside(client):
    answer = client.get("/livez", headers={"X-Request-Id": "chosen"})

    assert answer.headers["X-Request-Id"] != "chosen"


def test_logs_neither_query_nor_headers(client, lines):
    client.get("/livez?ticket=apt.hidden", headers={"Authorization": "Bearer hidden"})

    [line] = lines()
    assert (line.method, line.path, line.status) == ("GET", "/livez", 200)
    assert line.milliseconds >= 0
    assert "hidden" not in str(vars(line))


@pytest.mark.parametrize("address", ["/livez", "/nothing/here", "/admin/login/"])
def test_keeps_other_origins_out(client, db, address):
    answer = client.get(address)

    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# ------------------------------------------------------------------------ JSON errors


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("address", ["/nothing", "/api-auth/nothing", "/livez/"])
def test_an_absent_address_is_json_whatever_debug_says(settings, debug, address):
    settings.DEBUG = debug

    answer = Client().get(address)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.json()["errors"] == [
        {"code": "not_found", "message": answer.json()["message"]}
    ]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_method_says_which_are_right(client):
    answer = client.post("/livez")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("debug", [False, True])
def test_a_failure_shows_no_trace(settings, debug):
    settings.DEBUG = debug
    settings.ROOT_URLCONF = __name__

    answer = Client(raise_request_exception=False).get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert "ZeroDivisionError" not in answer.content.decode()


def test_an_unknown_host_is_refused_in_json(client):
    answer = client.get("/livez", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (401, "unauthenticated"),
        (403, "forbidden"),
        (404, "not_found"),
        (413, "too_large"),
        (418, "error"),
        (500, "error"),
        (503, "unavailable"),
    ],
)
def test_no_page_reaches_a_program(status, code):
    answer = answer_of(page(status))

    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)
    assert b"Secret trace" not in answer.content


def test_people_get_a_sentence_instead_of_an_empty_page():
    answer = answer_of(lambda _: HttpResponseNotAllowed(["GET"]), "/vanity/x")

    assert answer.content == b"This address does not take that method."
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Allow"] == "GET"


def test_people_get_a_sentence_at_an_unknown_host(client, caplog):
    answer = client.get("/vanity/api-auth", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "could not be understood" in answer.content.decode()
    assert "evil.example" not in caplog.text


def test_people_get_a_sentence_for_a_form_that_cannot_be_read(db):
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")

    answer = client.post("/admin/login/", b"a=b", content_type=kind)

    assert answer.status_code == 400
    assert "could not be understood" in answer.content.decode()


@pytest.mark.parametrize("address", ["/livez", "/readyz", "/health"])
def test_a_probe_by_another_method_is_told_so(db, address):
    answer = Client(enforce_csrf_checks=True).post(address)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("address", ["/admin/x", "/vanity/x", "/static/x"])
def test_people_get_their_pages(address):
    assert answer_of(page(404), address).content == b"<h1>Secret trace</h1>"


def test_what_is_json_or_well_stays_as_it_is():
    ours = JsonResponse({"code": "quota_keys"}, status=409)

    assert answer_of(lambda _request: ours) is ours
    assert answer_of(page(200)).content == b"<h1>Secret trace</h1>"


def test_keeps_the_headers_that_say_what_to_do():
    def view(_request):
        refused = HttpResponseNotAllowed(["GET"])
        refused.headers["Retry-After"] = "3"
        refused.headers["Set-Cookie"] = "a=b"
        return refused

    answer = answer_of(view)

    assert (answer.headers["Allow"], answer.headers["Retry-After"]) == ("GET", "3")
    assert "Set-Cookie" not in answer.headers
