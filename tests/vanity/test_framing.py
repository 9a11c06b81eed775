"""Who may frame a portal page, and the headers that follow from it."""

import pytest
from django.test import Client

from apiauth.http import transports
from tests import make

PAGE = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def page(ada):
    browser = Client()
    browser.cookies[transports.BINDER_COOKIE] = ada.binder
    return lambda: browser.get(f"/vanity/api-auth/s/{ada.session.pk}", headers=PAGE)


def directives(response) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    pairs = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in pairs}


def test_lets_the_deployments_origins_frame_it(page):
    assert directives(page())["frame-ancestors"] == make.ORIGIN


def test_lets_only_the_apps_own_origins_frame_it(page, acme):
    acme.app.embed_origins = ["https://one.example", "https://*.two.example:8443"]
    acme.app.save()

    allowed = directives(page())["frame-ancestors"]

    assert allowed == "https://one.example https://*.two.example:8443"


def test_lets_nobody_frame_it_when_the_list_is_empty(page, acme):
    acme.app.embed_origins = []
    acme.app.save()

    assert directives(page())["frame-ancestors"] == "'none'"


def test_runs_no_inline_code_and_needs_trusted_types(page):
    policy = directives(page())

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "default"


def test_suits_hosts_that_isolate_themselves(page):
    headers = page().headers

    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_says_the_other_headers(page):
    headers = page().headers

    assert "X-Frame-Options" not in headers
    assert headers["Referrer-Policy"] == "strict-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "clipboard-write=(self)" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]


def test_speaks_only_with_the_tickets_origin(acme):
    opened = make.session(acme.backend_key, embed_origin=make.ORIGIN)
    browser = Client()
    browser.cookies[transports.BINDER_COOKIE] = opened.binder

    response = browser.get(f"/vanity/api-auth/s/{opened.session.pk}", headers=PAGE)

    assert f'name="portal-origins" content="{make.ORIGIN}"' in response.content.decode()


def test_keeps_the_rest_of_the_site_out_of_frames(client, db):
    response = client.get("/admin/login/")

    assert response.headers["X-Frame-Options"] == "DENY"
    assert directives(response)["frame-ancestors"] == "'none'"
