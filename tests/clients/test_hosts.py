"""The host examples, as real processes against a real Keyplate."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from devtools import server
from devtools.paths import ROOT
from tests.clients import desk, hosts

MOST_LINES = 100


@pytest.fixture(scope="module", params=hosts.EXAMPLES, ids=lambda one: one.name)
def host(request, served: server.Served) -> Iterator[hosts.Host]:
    example, port = request.param, hosts.free_port()
    own = desk.provisioned(
        served,
        example.name.replace("_", "-"),
        app_slug=example.app_slug,
        origin=f"http://127.0.0.1:{port}",
    )
    with hosts.running(example, own, port=port) as started:
        yield started


# ------------------------------------------------------------------------- the ticket


def test_gives_a_manager_a_ticket_that_opens_the_desk(host):
    with host.visitor("ada") as ada:
        answer = ada.post(host.example.ticket, json={})

    assert answer.status_code == 200
    assert {"ticket", "url", "expires_at"} <= set(answer.json())
    frame = {"Sec-Fetch-Dest": "iframe"}
    desk_page = httpx.get(answer.json()["url"], headers=frame)
    assert desk_page.status_code == 200
    assert "Good" in desk_page.text
    assert "Create key" in desk_page.text


def test_gives_a_viewer_a_desk_without_changes(host):
    with host.visitor("ben") as ben:
        answer = ben.post(host.example.ticket, json={})

    frame = {"Sec-Fetch-Dest": "iframe"}
    desk_page = httpx.get(answer.json()["url"], headers=frame)
    assert "Good" in desk_page.text
    assert "Create key" not in desk_page.text


@pytest.mark.parametrize(
    ("person", "status"), [("", 401), ("cleo", 403), ("mallory", 404)]
)
def test_gives_no_ticket_before_its_own_rules_agree(host, person, status):
    with host.visitor(person) as visitor:
        answer = visitor.post(host.example.ticket, json={})

    assert answer.status_code == status
    assert "apt." not in answer.text


def test_gives_no_ticket_to_a_suspended_company(host):
    own = host.example.ticket.replace("acme", "initech").replace("=42", "=44")
    with host.visitor("sam") as sam:
        answer = sam.post(own, json={})

    assert answer.status_code == 403


def test_gives_no_ticket_to_another_sites_page(host):
    with host.visitor("ada") as ada:
        evil = ada.post(
            host.example.ticket, json={}, headers={"Origin": "https://evil.example"}
        )
        nobody = ada.post(host.example.ticket, json={}, headers={"Origin": "null"})

    assert (evil.status_code, nobody.status_code) == (403, 403)


# --------------------------------------------------------------------------- the page


def test_shows_the_element_under_a_strict_policy(host):
    with host.visitor("ada") as ada:
        page = ada.get(host.example.page)

    origin = host.desk.url
    assert "<api-keys-portal" in page.text
    assert urlsplit(host.example.ticket).path in page.text
    assert f'src="{origin}/static/embed/embed.js"' in page.text
    assert f"frame-src {origin}" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("person", "status"), [("", 401), ("cleo", 403)])
def test_shows_no_element_to_others(host, person, status):
    with host.visitor(person) as visitor:
        page = visitor.get(host.example.page)

    assert page.status_code == status
    assert "<api-keys-portal" not in page.text


def test_shows_no_page_of_another_company(host):
    with host.visitor("mallory") as mallory:
        page = mallory.get(host.example.page)

    assert page.status_code == host.example.page_of_others
    assert "Acme" not in page.text


# ---------------------------------------------------------------------------- the API


@pytest.mark.parametrize(
    ("name", "report"), [("good", "Orders by region"), ("globex", "Turbine hours")]
)
def test_lists_the_reports_of_the_keys_owner(host, name, report):
    answer = host.call(host.desk.secret(name))

    assert answer.status_code == 200
    assert [one["title"] for one in answer.json()["reports"]] == [report]


@pytest.mark.parametrize(
    ("secret", "status", "code"),
    [
        ("", 401, "missing"),
        ("nonsense", 401, "malformed"),
        ("bare", 403, "permission_denied"),
    ],
)
def test_refuses_other_keys(host, secret, status, code):
    offered = host.desk.secret(secret) if secret == "bare" else secret

    answer = host.call(offered)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_refuses_a_revoked_key_from_the_next_request_on(host):
    assert host.call(host.desk.secret("doomed")).status_code == 200

    host.desk.revoke("doomed")
    answer = host.call(host.desk.secret("doomed"))

    assert (answer.status_code, answer.json()["code"]) == (403, "revoked")


@pytest.mark.parametrize("example", hosts.EXAMPLES, ids=lambda one: one.name)
def test_lets_nobody_in_without_a_verdict(example, acme_desk):
    nowhere = replace(acme_desk, url=f"http://127.0.0.1:{hosts.free_port()}")

    with hosts.running(example, nowhere, port=hosts.free_port()) as host:
        api = host.call(acme_desk.secret("good"))
        with host.visitor("ada") as ada:
            ticket = ada.post(example.ticket, json={})

    assert (api.status_code, api.json()["code"]) == (503, "unavailable")
    assert "Retry-After" in api.headers
    assert ticket.status_code == 503


@pytest.mark.parametrize("example", hosts.EXAMPLES, ids=lambda one: one.name)
def test_blames_no_customer_for_its_own_key(example, acme_desk):
    keyless = {**acme_desk.given, "gateway_key": "apb_nobody"}
    wrong = replace(acme_desk, given=keyless)

    with hosts.running(example, wrong, port=hosts.free_port()) as host:
        answer = host.call(acme_desk.secret("good"))

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# --------------------------------------------------------------------------- the text


@pytest.mark.parametrize("example", hosts.EXAMPLES, ids=lambda one: one.name)
def test_is_short_enough_to_be_read(example):
    main = ROOT / "examples" / example.name / example.main

    assert len(main.read_text().splitlines()) <= MOST_LINES
    assert (main.parent / "README.md").exists()
