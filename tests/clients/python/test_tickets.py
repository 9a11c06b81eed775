"""Tickets of a real Keyplate."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from keyplate_client import Forbidden, Invalid, NotFound, Unauthenticated


def test_issues_a_ticket_that_opens_the_desk(acme_desk, speak):
    keyplate = speak(acme_desk.url, acme_desk.backend_key)

    ticket = keyplate.tickets.issue(
        acme_desk.app_slug,
        expires_in=60,
        organization_id="org_acme",
        capabilities=["keys:read"],
        embed_origin=acme_desk.origin,
        theme="dark",
    )

    left = ticket.expires_at - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=60)
    assert set(ticket.for_browser()) == {"ticket", "url", "expires_at"}
    assert isinstance(ticket.for_browser()["expires_at"], int)
    page = httpx.get(ticket.url, headers={"Sec-Fetch-Dest": "iframe"})
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"expires_in": 5}, "expires_in"),
        ({"capabilities": ["nothing:known"]}, "capabilities"),
        ({"embed_origin": "https://evil.example"}, "embed_origin"),
    ],
)
def test_names_what_it_may_not_ask_for(acme_desk, speak, wish, field):
    keyplate = speak(acme_desk.url, acme_desk.backend_key)

    with pytest.raises(Invalid) as refused:
        keyplate.tickets.issue(acme_desk.app_slug, **wish)

    assert refused.value.field == field


def test_tells_refusals_apart(acme_desk, speak):
    with pytest.raises(NotFound):
        speak(acme_desk.url, acme_desk.backend_key).tickets.issue("nowhere")
    with pytest.raises(Unauthenticated):
        speak(acme_desk.url, "apb_nobody").tickets.issue(acme_desk.app_slug)
    with pytest.raises(Forbidden):
        speak(acme_desk.url, acme_desk.gateway_key).tickets.issue(acme_desk.app_slug)


def test_takes_no_lone_text_for_a_list(acme_desk, speak):
    keyplate = speak(acme_desk.url, acme_desk.backend_key)

    with pytest.raises(TypeError, match="capabilities"):
        keyplate.tickets.issue(acme_desk.app_slug, capabilities="keys:read")
