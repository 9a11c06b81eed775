"""axe on every state that this part owns, and the script's bearing on focus."""

import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, Route

from tests.e2e.stage import Stage, Tab
from tests.e2e.test_main_job import create, finish, fresh

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
}"""
# What takes an open session away, by the gate that then stands there.
ENDS = {"G2": "end=admin", "G5": "suspend=shut-g5-ltd"}


def findings(tab: Tab) -> list[str]:
    frame = tab.frame
    frame.evaluate(AXE)
    return frame.evaluate(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["S2", "S3", "S4"])
def test_finds_no_barrier_on_a_screen(open_tab, screen, scheme):
    tab = open_tab("/?tenant=acme")
    tab.page.evaluate(
        "s => document.querySelector('api-keys-portal').setAttribute('theme', s)",
        scheme,
    )
    frame = tab.at("S2")
    if screen == "S3":
        frame.get_by_role("link", name="Create").first.click()
    if screen == "S4":
        create(tab, fresh("Axe"))
    tab.at(screen)

    assert findings(tab) == []


def test_finds_no_barrier_on_the_leave_dialog(open_tab):
    tab = open_tab("/?tenant=acme")
    create(tab, fresh("Axe"))

    tab.frame.locator("body").press("Escape")
    tab.frame.get_by_role("dialog").wait_for()

    assert findings(tab) == []


@pytest.mark.parametrize("gate", ["G1", "G2", "G3", "G4", "G5"])
def test_finds_no_barrier_on_a_gate(open_tab, stage: Stage, gate):
    tab = open_tab("/blank")
    page = tab.page
    # Nobody may frame the page of an unknown ticket; by itself each gate can be read.
    page.goto(_address_of(stage, gate))
    if gate not in {"G1", "G3"}:
        page.get_by_role("button", name="Continue").click()
    if gate in ENDS:
        page.wait_for_url("**/s/**")
        stage.steer(ENDS[gate])
        page.goto(page.url)
    page.locator(f'html[data-script="on"] [data-state="{gate}"]').wait_for()

    assert _in_both_schemes(page) == []


def _address_of(stage: Stage, gate: str) -> str:
    entry = f"{stage.portal}/vanity/api-auth"
    if gate == "G1":
        return entry
    if gate == "G3":
        return f"{entry}?ticket=apt.none"
    may = "&may=limits:read" if gate == "G4" else ""
    return stage.ticket(f"tenant=shut-{gate.lower()}{may}")["url"]


def _in_both_schemes(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = []
    for scheme in ("light", "dark"):
        # Colours that still move are neither the one nor the other.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += page.evaluate(RUN)
    return found


def test_finds_no_barrier_on_the_session_bar(open_tab, stage: Stage):
    tab = open_tab("/blank")
    stage.steer("absolute=100")
    try:
        # By itself: in a frame the host would renew before anybody is asked.
        tab.page.goto(stage.ticket("tenant=acme")["url"])
        tab.page.get_by_role("button", name="Continue").click()
        tab.page.locator("#session-bar").wait_for()
    finally:
        stage.steer("absolute=28800")

    assert _in_both_schemes(tab.page) == []


def test_finds_no_barrier_without_a_network(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")

    tab.page.context.set_offline(True)
    frame.locator("#offline-bar").wait_for()
    found = findings(tab)
    frame.get_by_role("link", name="Create").first.click()
    frame.locator("#problem").wait_for()

    assert found + findings(tab) == []
    assert frame.locator("#offline-bar").is_hidden()


def test_moves_the_focus_to_the_new_screen(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")

    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")

    frame.wait_for_function("document.activeElement.name === 'name'")
    assert frame.title().startswith("Create key")


def test_moves_the_focus_to_what_is_wrong(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")

    frame.get_by_role("button", name="Create key").click()
    frame.locator("[data-error-summary]").wait_for()

    frame.wait_for_function(
        "document.activeElement.closest('[data-error-summary]') !== null"
    )


def test_keeps_its_place_and_says_so_when_an_old_secret_is_ended(open_tab):
    tab = open_tab("/?tenant=acme")
    create(tab, fresh("Rotated"))
    finish(tab)
    frame = tab.frame
    frame.locator("[data-fresh] .do a").first.click()
    tab.at("S7")
    frame.get_by_role("button", name="Rotate key").click()
    tab.at("S4", "S4.rotated")

    frame.get_by_role("button", name="End it now").press("Enter")

    frame.locator("#old-secret:focus").wait_for()
    said = frame.locator("#live-polite")
    said.get_by_text("The old secret has ended").wait_for(state="attached")


def test_counts_without_reading_out_a_link(open_tab):
    tab = open_tab("/?tenant=acme")
    create(tab, fresh("Counted"))
    finish(tab)
    frame = tab.frame
    said = frame.locator("#live-polite")

    frame.get_by_label("Search keys").fill("Counted")
    frame.get_by_role("link", name="Clear filters").wait_for()

    said.get_by_text(re.compile(r"^\d+ keys?$")).wait_for(state="attached")


def test_goes_back_and_forward(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")

    frame.evaluate("history.back()")
    tab.at("S2")
    frame.evaluate("history.forward()")

    tab.at("S3")


def test_says_when_the_service_does_not_answer(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    tab.page.route("**/keys/new", lambda route: route.abort())

    frame.get_by_role("link", name="Create").first.click()
    problem = frame.locator("#problem")
    problem.wait_for()
    tab.page.unroute("**/keys/new")
    problem.get_by_role("button", name="Try again").click()

    tab.at("S3")


@pytest.mark.parametrize("screen", ["S4", "S4.lost"])
def test_finds_out_what_became_of_a_lost_answer(open_tab, screen):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")
    frame.get_by_label("Name").fill(fresh("Lost"))
    frame.locator('input[name="permissions"]').first.check()

    [kept] = tab.page.context.cookies()

    def lose(route: Route) -> None:
        if screen == "S4.lost":
            # It is carried out, and only the answer is lost. The driver does not
            # resolve names under .localhost.
            address = route.request.url.replace("portal.localhost", "127.0.0.1")
            headers = {
                **route.request.headers,
                "cookie": f"{kept['name']}={kept['value']}",
            }
            assert route.fetch(url=address, headers=headers).ok
        route.abort()

    tab.page.route("**/keys/new", lose)
    frame.get_by_role("button", name="Create key").click()
    problem = frame.locator("#problem")
    problem.get_by_text("We do not know whether this was done").wait_for()
    tab.page.unroute("**/keys/new")
    problem.get_by_role("button", name="Check").click()

    name, _, state = screen.partition(".")
    tab.at(name, screen if state else None)


def test_can_be_read_without_its_script(open_tab, stage: Stage):
    tab = open_tab("/blank")
    tab.page.route("**/static/**/*.js", lambda route: route.abort())
    tab.page.goto(f"{stage.host}/frame?tenant=acme")
    frame = tab.frame
    frame.locator('[data-screen="S2"]').wait_for()

    assert frame.get_by_role("heading", name="API keys").is_visible()
    frame.get_by_text("The script of this page did not load").wait_for()
