"""The session API under `/d/<deployment id>` and at the root."""

import pytest

from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import Page


@pytest.fixture
def at_root(open_page) -> Page:
    return open_page(place="")


@pytest.mark.usefixtures("globex")
def test_serves_the_whole_life_of_a_key_at_the_root(at_root):
    made = at_root.send("/api-auth/keys", "name=CI").json()["data"]

    rotated = at_root.send(f"/api-auth/keys/{made['id']}/rotate").json()["data"]
    at_root.send(f"/api-auth/keys/{made['id']}/revoke")
    [listed] = at_root.read("/api-auth/keys?status=revoked").json()["data"]

    assert made["id"] == rotated["id"] == listed["id"]
    assert made["secret"] != rotated["secret"]
    assert at_root.read("/api-auth/session").status_code == 200
    assert at_root.send("/api-auth/session/end").status_code == 200


def test_takes_a_session_from_one_place_to_the_other(at_root, acme):
    at_root.place = f"/d/{acme.deployment.pk}"

    assert at_root.read("/api-auth/session").status_code == 200


@pytest.mark.parametrize(
    "place", ["/d/00000000-0000-4000-8000-000000000000", "foreign"]
)
def test_knows_no_session_elsewhere(page, globex, place):
    foreign = f"/d/{globex.deployment.pk}"
    page.place = foreign if place == "foreign" else place

    assert_refused(page.read("/api-auth/keys"), 401)


def test_serves_staging_at_the_root(staging, open_page):
    page = open_page(staging, place="")

    assert page.read("/api-auth/session").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api-auth/keys/rotate"),
        ("POST", "/api-auth/keys/revoke"),
        ("GET", "/api-auth/audit/events"),
        ("OPTIONS", "/api-auth/audit/events"),
    ],
)
def test_leaves_routes_of_host_backends_alone(page, method, path):
    page.place = ""

    answer = page.ask(method, path, **{"Access-Control-Request-Method": "GET"})

    assert answer.status_code in {401, 405}
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/deployment/", "/api-auth/keys/", "/api-auth/session/", "/api-auth"]
)
@pytest.mark.parametrize("place", ["", None])
def test_has_no_trailing_slashes_and_no_redirects(acme, path, place):
    answer = Page(acme.deployment, place=place).read(path)

    assert_refused(answer, 404)


@pytest.mark.parametrize("path", ["/nowhere", "/api-auth/keys/x/y", "/%00", "/%ff"])
def test_answers_in_json_everywhere(page, path):
    assert_refused(page.read(path), 404)


def test_takes_no_session_for_host_backends(page, ticket):
    page.place = ""
    page.take_token(ticket())

    answer = page.post_json("/session/tickets", bodies.LEAST_TICKET)

    assert_refused(answer, 401)
