"""Staying signed in: what happens at the end, and on the way back in."""

import pytest

from tests.e2e.stage import PATIENCE, Stage
from tests.e2e.test_main_job import fresh


@pytest.fixture
def typing(open_tab):
    """A tab in which somebody has begun to fill in the form."""
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")
    name = fresh("Typed")
    frame.get_by_label("Name").fill(name)
    frame.locator('input[name="permissions"]').first.check()
    return tab, name


def test_gets_back_in_and_keeps_what_was_typed(typing, stage: Stage):
    tab, name = typing
    stage.steer("end=admin")

    tab.frame.get_by_role("button", name="Create key").click()
    frame = tab.at("S4")

    assert name in frame.locator("h1").inner_text()
    assert tab.violations() == []


def test_shows_the_gate_when_nobody_helps(typing, stage: Stage):
    tab, name = typing
    stage.steer("end=admin&deny=yes")
    try:
        tab.frame.get_by_role("button", name="Create key").click()
        frame = tab.at("G", "G2", timeout=PATIENCE)
        shown = frame.get_by_role("heading", name="Your session ended").is_visible()
    finally:
        stage.steer("deny=no")

    assert shown
    frame.get_by_role("button", name="Reconnect").click()
    tab.at("S3", timeout=PATIENCE)
    assert frame.get_by_label("Name").input_value() == name


def test_offers_to_stay_signed_in(open_tab, stage: Stage):
    stage.steer("idle=140")
    try:
        tab = open_tab("/?tenant=acme")
        frame = tab.at("S2")
        bar = frame.locator("#session-bar")
        bar.wait_for(timeout=PATIENCE)
        offered = bar.inner_text()
        frame.get_by_role("button", name="Stay signed in").click()
        bar.wait_for(state="hidden")
    finally:
        stage.steer("idle=1800")

    assert "Session ends in" in offered


def test_ends_by_itself_without_a_word_of_the_user(open_tab, stage: Stage):
    stage.steer("absolute=61")
    try:
        tab = open_tab("/frame?tenant=acme")
        frame = tab.at("S2")
        frame.locator("#session-bar").wait_for(timeout=PATIENCE)
        tab.at("G", "G2", timeout=80_000)
    finally:
        stage.steer("absolute=28800")

    assert any('"session-ended"' in data for _, data in tab.messages())


def test_renews_with_a_ticket_of_the_host_unasked(open_tab, stage: Stage):
    stage.steer("absolute=121")
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    stage.steer("absolute=28800")

    tab.page.wait_for_function(
        """() => __messages.some(([, data]) => data.includes('"session-renewed"'))"""
    )

    assert frame.locator("#session-bar").is_hidden()


def test_shows_a_gate_for_a_used_link(open_tab, stage: Stage):
    url = stage.ticket("tenant=acme")["url"]
    open_tab(f"/frame?url={url}").at("S2")
    other = open_tab("/blank")
    other.page.context.clear_cookies()

    # A plain frame: nobody there answers the wish for a ticket.
    other.open(f"/frame?url={url}")
    frame = other.at("G", "G3", timeout=PATIENCE)
    frame.get_by_role("button", name="Get a new link").wait_for(timeout=PATIENCE)

    assert frame.get_by_role("heading").first.is_visible()


def test_two_portals_that_open_at_once_both_survive_a_reload(open_in_mode):
    tab = open_in_mode("/two")

    for number in (0, 1):
        tab.at("S2", number=number)
        tab.page.wait_for_timeout(1000)
        tab.reload(number)

    for number, tenant in enumerate(("Acme Ltd", "Globex Ltd")):
        frame = tab.at("S2", number=number)
        assert frame.get_by_text(tenant).count() == 1
    assert tab.violations() == []
