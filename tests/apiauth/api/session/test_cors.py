"""Which pages may read the answers: exact origins, on errors too, never all."""

import logging

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from apiauth import applications
from tests import make
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import Page

OTHER = "https://other.acme.example"
EVIL = "https://evil.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-portal-session,content-type,idempotency-key",
}


def allowed(answer):
    """Which origin may read an answer, with its credentials; None for nobody."""
    origin = answer.headers.get("Access-Control-Allow-Origin")
    if origin is None:
        assert not [n for n in answer.headers if n.startswith("Access-Control-")]
        return None
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "x-development-session" in answer.headers["Access-Control-Expose-Headers"]
    return origin


def preflight(page, path, **said):
    return page.ask("OPTIONS", path, **{**PREFLIGHT, **said})


def test_lets_an_embed_origin_read(page):
    answer = page.read("/api-auth/keys")

    assert allowed(answer) == make.ORIGIN
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api-auth/session", 401),
        ("GET", "/session/ticket/exchange?ticket=apt.x", 401),
        ("GET", "/session/ticket/exchange", 400),
        ("GET", "/nowhere", 404),
        ("PUT", "/deployment", 405),
        ("POST", "/api-auth/keys", 401),
    ],
)
def test_lets_it_read_errors_too(stranger, method, path, status):
    answer = stranger.ask(method, path)

    assert_refused(answer, status, field=answer.json()["errors"][0].get("field"))
    assert allowed(answer) == make.ORIGIN


def test_lets_it_read_our_own_faults(stranger, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr("apiauth.deployments.public_url", fail)

    answer = stranger.read("/deployment")

    assert_refused(answer, 500)
    assert allowed(answer) == make.ORIGIN


def test_tells_nobody_when_nobody_knows(stranger, caplog):
    def away(*_args):
        raise OperationalError("host=db password=hunter2")

    with connection.execute_wrapper(away), caplog.at_level(logging.ERROR):
        answer = stranger.read("/deployment")

    assert_refused(answer, 503)
    assert allowed(answer) is None
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "",
        "*",
        "https://*.acme.example",
        "http://app.acme.example",
        "https://app.acme.example:444",
        "https://APP.ACME.EXAMPLE",
        "https://app.acme.example.evil.example",
        f"{make.ORIGIN}/",
        f"{make.ORIGIN}, {EVIL}",
        "https://\u202e.example",
    ],
)
@pytest.mark.parametrize("path", ["/deployment", "/api-auth/session", "/nowhere"])
def test_tells_a_foreign_page_nothing(acme, origin, path):
    page = Page(acme.deployment, origin=origin or "https://")

    answer = page.read(path)

    assert allowed(answer) is None
    assert "Origin" in answer.headers["Vary"]
    assert allowed(preflight(page, path)) is None


def test_is_silent_to_our_own_pages(acme, settings):
    for origin in (None, settings.KEYPLATE_PUBLIC_URL):
        assert allowed(Page(acme.deployment, origin=origin).read("/deployment")) is None


def test_knows_the_origins_of_apps_before_a_session(acme):
    app = make.app(acme.deployment, "aa_2", embed_origins=[OTHER])
    page = Page(acme.deployment, origin=OTHER)
    assert allowed(page.read("/deployment")) == OTHER

    applications.delete(app=app, actor=make.OPERATOR, now=timezone.now())
    assert allowed(page.read("/deployment")) is None


def test_knows_the_sessions_app_afterwards(acme, ticket):
    make.app(acme.deployment, "aa_2", embed_origins=[OTHER])
    page = Page(acme.deployment, origin=OTHER)
    page.exchange(ticket(app_slug="aa_2"))

    assert allowed(page.read("/api-auth/session")) == OTHER


def test_takes_a_star_for_one_label_or_more(acme, ticket):
    type(acme.deployment).objects.update(embed_origins=["https://*.acme.example"])

    for origin in ("https://eu.acme.example", "https://a.b.acme.example"):
        page = Page(acme.deployment, origin=origin)
        assert allowed(page.exchange(ticket())) == origin
    assert (
        allowed(Page(acme.deployment, origin="https://acme.example").read("/x")) is None
    )


@pytest.mark.usefixtures("acme")
def test_knows_nothing_of_other_deployments(globex):
    type(globex.deployment).objects.filter(pk=globex.deployment.pk).update(
        embed_origins=[OTHER]
    )

    assert allowed(Page(globex.deployment).read("/deployment")) is None
    assert allowed(Page(globex.deployment, origin=OTHER).read("/deployment")) == OTHER


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/d/00000000-0000-4000-8000-000000000000/deployment", None),
        ("/d/x/deployment", make.ORIGIN),
        ("/deployment", make.ORIGIN),
        ("/api-auth/keys", make.ORIGIN),
        ("/api-auth/keys/1/rotate", make.ORIGIN),
        ("/api-auth/audit/logs", make.ORIGIN),
        ("/api-auth/keys/rotate", None),
        ("/api-auth/apps", None),
        ("/session/tickets", None),
        ("/v1/authz/check", None),
        ("/vanity/api-auth", None),
        ("/health", None),
        ("/admin/", None),
    ],
)
@pytest.mark.usefixtures("acme")
def test_is_for_front_ends_alone(client, address, expected):
    assert allowed(client.get(address, headers={"Origin": make.ORIGIN})) == expected


def test_keeps_the_desk_out_of_it(acme):
    answer = Page(acme.deployment).read("/vanity/api-auth?ticket=x")

    assert allowed(answer) is None


@pytest.mark.usefixtures("acme", "globex")
def test_admits_nobody_at_the_root_of_several(client):
    answer = client.get("/deployment", headers={"Origin": make.ORIGIN})

    assert_refused(answer, 400)
    assert allowed(answer) is None


@pytest.mark.parametrize(
    "path", ["/api-auth/keys", "/api-auth/keys/1/rotate", "/session/ticket/exchange"]
)
def test_answers_a_preflight(stranger, path):
    answer = preflight(stranger, path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert allowed(answer) == make.ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
    permitted = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(permitted) == {"x-portal-session", "content-type", "idempotency-key"}
    assert answer.headers["Access-Control-Max-Age"] == "600"


def test_refuses_a_foreign_preflight(acme):
    answer = preflight(Page(acme.deployment, origin=EVIL), "/api-auth/keys")

    assert_refused(answer, 405)
    assert allowed(answer) is None


def test_takes_no_other_question_for_a_preflight(stranger):
    assert_refused(stranger.ask("OPTIONS", "/api-auth/keys"), 405)


def test_costs_two_queries(stranger, django_assert_num_queries):
    # The deployment, and the apps that have origins of their own.
    with django_assert_num_queries(2):
        preflight(stranger, "/api-auth/keys")


def test_costs_nothing_once_the_session_is_known(page, django_assert_num_queries):
    # The session is for the guard.
    with django_assert_num_queries(1):
        page.read("/api-auth/session")
