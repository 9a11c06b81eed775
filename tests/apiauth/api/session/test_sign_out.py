"""`DELETE /api-auth/session` and `POST /api-auth/session/end`."""

import pytest

from apiauth.http import transports
from apiauth.models import AuditEvent, PortalSession
from tests.apiauth.api.bodies import assert_refused

WAYS = [("DELETE", "/api-auth/session"), ("POST", "/api-auth/session/end")]


@pytest.fixture(params=WAYS, ids=["delete", "post"])
def way(request):
    return request.param


def test_ends_the_session_at_once(page, way):
    answer = page.ask(*way)

    assert (answer.status_code, answer.json()) == (200, {"data": {"success": True}})
    session = PortalSession.objects.get()
    assert session.ended_reason == "signed_out"


def test_takes_the_cookie_out_of_the_browser(page, way):
    cookie = page.ask(*way).cookies[transports.SESSION_COOKIE]

    assert (cookie.value, cookie["max-age"]) == ("", 0)
    for attribute in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in cookie.OutputString()


def test_ends_it_everywhere(page, way):
    token = page.cookies[transports.SESSION_COOKIE].value
    page.ask(*way)

    page.cookies[transports.SESSION_COOKIE] = token
    answer = page.read("/api-auth/session")
    assert_refused(answer, 401)
    assert answer.json()["code"] == "session_ended"


def test_ends_a_session_in_staging(staging, open_page, way):
    page = open_page(staging)

    assert page.ask(*way).status_code == 200
    assert not page.cookies
    assert_refused(page.read("/api-auth/session"), 401)


def test_needs_a_session(stranger, way):
    assert_refused(stranger.ask(*way), 401)


def test_repeats_safely(page, way):
    page.ask(*way)

    assert_refused(page.ask(*way), 401)
    assert AuditEvent.objects.filter(action="session.ended").count() == 1


def test_leaves_the_session_of_another_place_alone(page, globex, way):
    page.place = f"/d/{globex.deployment.pk}"

    assert_refused(page.ask(*way), 401)
    assert PortalSession.objects.get().ended_at is None


def test_cannot_be_done_by_a_foreign_page(page, way):
    page.said["Origin"] = "https://evil.example"

    assert_refused(page.ask(*way), 403)
    assert PortalSession.objects.get().ended_at is None


def test_is_in_the_history(page, way):
    page.ask(*way)

    event = AuditEvent.objects.get(action="session.ended")
    assert (event.actor_id, event.channel, event.reason) == ("ada", "api", "signed_out")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_is_posted_to_its_own_address(page, method):
    answer = page.ask(method, "/api-auth/session/end")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_costs_few_queries(page, way, django_assert_num_queries):
    # The session; begin; its end; the chain (made, read), the event, the chain written;
    # commit.
    with django_assert_num_queries(8):
        page.ask(*way)
