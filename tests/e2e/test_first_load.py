"""What the first screen loads, and what comes with a later one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Frame, Route

from bench import pages
from config import static
from tests.e2e.stage import Stage
from tests.e2e.test_main_job import create, finish, fresh

SHEETS = sorted(Path(settings.BASE_DIR, "static").rglob("*.css"))
LATER = {"forms.js", "later.css", "leaving.js", "secret.js"}
# Styles and modules arrive in any order; all of them must have.
HAS_COME = """names => names.every((wanted) => performance.getEntriesByType("resource")
  .some(({ name }) => name.replace(/\\.[0-9a-f]{12}\\./, ".").endsWith(`/${wanted}`)))"""
# A style sheet as the browser understands it.
RULES = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map((rule) => rule.cssText.replace(/\\s+/g, " "));
}"""


def loads(frame: Frame) -> set[str]:
    """What a desk has loaded so far: its scripts and style sheets."""
    addresses = frame.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    paths = {urlsplit(address).path for address in addresses}
    return {path for path in paths if path.endswith((".css", ".js"))}


def weighed(stage: Stage, *, is_later: bool = False) -> set[str]:
    """What `./dev bench pages` counts."""
    # Python does not resolve names under .localhost.
    address = stage.portal.replace("portal.localhost", "127.0.0.1") + pages.PAGE
    return {urlsplit(url).path for url in pages.sizes(address, is_later=is_later)}


def later(frame: Frame) -> set[str]:
    """Which parts of later screens it has loaded so far."""
    names = {re.sub(r"\.[0-9a-f]{12}\.", ".", Path(path).name) for path in loads(frame)}
    return names & LATER


def test_loads_what_is_weighed_and_nothing_else(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    listed = tab.at("S2")
    tab.page.wait_for_timeout(500)
    found = loads(listed)
    tab.page.goto(stage.portal + pages.PAGE)
    tab.page.locator('[data-script="on"] [data-screen="G"]').wait_for()

    assert found == weighed(stage)
    assert loads(tab.page.main_frame) == weighed(stage)


def test_searches_and_sorts_without_loading_more(open_tab):
    tab = open_tab("/?tenant=acme")
    create(tab, fresh("Sorted"))
    finish(tab)
    tab.page.reload()
    frame = tab.at("S2")

    frame.get_by_label("Search keys").fill("Sorted")
    frame.locator("#key-list").get_by_text("Clear filters").wait_for()

    assert later(frame) == set()


def test_loads_the_rest_when_somebody_comes_to_a_link_by_keyboard(open_tab, stage):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")

    frame.get_by_role("link", name="Create").first.focus()
    frame.wait_for_function(HAS_COME, arg=sorted(LATER))

    assert later(frame) == LATER
    assert loads(frame) == weighed(stage, is_later=True)


def test_begins_at_a_later_screen(open_tab):
    tab = open_tab("/?tenant=acme")
    name = fresh("Begun")
    create(tab, name)
    finish(tab)
    tab.frame.get_by_role("link", name=name, exact=True).click()
    frame = tab.at("S5")
    tab.reload()

    tab.at("S5").get_by_role("button", name="Copy").click()

    frame.get_by_role("button", name="Copied").wait_for()
    assert tab.violations() == []


@pytest.mark.parametrize("lost", ["css/later.*.css", "secret.*.js"])
def test_stays_on_the_list_until_the_rest_has_come(open_tab, lost):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    tab.page.route(f"**/static/portal/{lost}", lambda route: route.abort())

    frame.get_by_role("link", name="Create").first.click()
    problem = frame.locator("#problem")
    problem.get_by_text("The service did not answer").wait_for()
    assert frame.locator('[data-screen="S2"]:not([aria-busy])').is_visible()
    tab.page.unroute(f"**/static/portal/{lost}")
    problem.get_by_role("button", name="Try again").click()

    tab.at("S3")
    assert later(frame) == LATER


def test_begins_anew_where_a_browser_does_not_ask_twice(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    tab.page.route("**/static/portal/secret.*.js", lambda route: route.abort())
    frame.get_by_role("link", name="Create").first.click()
    frame.locator("#problem").wait_for()

    with tab.page.expect_event("framenavigated"):
        frame.get_by_role("button", name="Try again").click()
    tab.page.unroute("**/static/portal/secret.*.js")
    tab.at("S2").get_by_role("link", name="Create").first.click()

    tab.at("S3")


def test_says_when_the_rest_takes_too_long_and_goes_on_when_it_has_come(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    tab.page.route("**/static/portal/secret.*.js", keep)

    frame.get_by_role("link", name="Create").first.click()
    frame.locator("#problem", has_text="We have had no answer for a while").wait_for()
    waiting[0].continue_()
    frame.get_by_role("button", name="Try again").click()

    tab.at("S3")


@pytest.mark.parametrize(
    "path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_shortened_sheet_means_the_same(incognito, path):
    text = path.read_text()
    page = incognito.new_page()

    try:
        assert page.evaluate(RULES, static.sheet(text)) == page.evaluate(RULES, text)
    finally:
        page.close()
