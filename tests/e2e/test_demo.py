"""The demo by hand: a real browser, a product on another site, the whole job."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from devtools.paths import ROOT
from devtools.server import free_port
from tests.e2e.stage import PATIENCE

STARTS_WITHIN = 120
STOPS_WITHIN = 20
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
SECRET = re.compile(r"northwind_test_[0-9A-Za-z]{40}")

SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
STICKING_OUT = """(main) => {
  const edge = main.getBoundingClientRect().right + 1;
  return [...main.querySelectorAll("*")]
    .filter((part) => part.getBoundingClientRect().right > edge)
    .map((part) => part.outerHTML.slice(0, 80));
}"""


def _demo(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", *arguments]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A demo that stays up until the module is through."""
    folder: Path = tmp_path_factory.mktemp("demo")
    ports = ["--port", str(free_port()), "--host-port", str(free_port())]
    process = subprocess.Popen(
        _demo(*ports, "--data", str(folder)),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for line in iter(process.stderr.readline, ""):
        said.append(line)
        if "Ctrl-C" in line:
            break
    assert process.poll() is None, "".join(said)
    yield json.loads((folder / "credentials.json").read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOPS_WITHIN) == 0
    process.stderr.close()


@pytest.fixture
def page(incognito: Browser) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE)
    context = incognito.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def _sign_in(page: Page, demo: dict[str, str], person: str) -> FrameLocator:
    page.goto(demo["host_url"])
    page.get_by_role("button", name=person).click()
    return page.locator("api-keys-portal").frame_locator("iframe")


def _drawn(desk: FrameLocator) -> None:
    """Wait for the desk's scripts: they run once its style sheets are there."""
    desk.locator('html[data-script="on"]').wait_for(state="attached")


def _key(desk: FrameLocator, name: str) -> Locator:
    return desk.get_by_role("link", name=name, exact=True)


def _try(page: Page, secret: str) -> str:
    page.get_by_label("API key", exact=True).fill(secret)
    with page.expect_response("**/api/reports") as answer:
        page.get_by_role("button", name="Call GET /api/reports").click()
    status = str(answer.value.status)
    expect(page.locator("#try-status")).to_have_text(status)
    return status


def _axe(page: Page) -> list[str]:
    """Name what axe finds in the product's own page."""
    page.get_by_role("main").wait_for()
    page.evaluate(AXE)
    return page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false})"
        ".then((found) => found.violations.map("
        "(v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`))"
    )


def _create(desk: FrameLocator, name: str) -> str:
    desk.get_by_role("link", name="Create key").click()
    desk.get_by_role("textbox", name="Name").fill(name)
    desk.get_by_role("button", name="Create key").click()
    secret = desk.locator("#secret").input_value()
    desk.get_by_label("I have stored this key safely").check()
    desk.get_by_role("button", name="Done").click()
    return secret


def test_a_key_is_made_used_and_revoked(demo, page):
    desk = _sign_in(page, demo, "Ada")

    secret = _create(desk, "Nightly export")
    assert SECRET.fullmatch(secret)
    assert _try(page, secret) == "200"

    desk.get_by_role("link", name="Revoke Nightly export").click()
    desk.locator("[name=typed_name]").fill("Nightly export")
    desk.get_by_role("button", name="Revoke key").click()
    # Its link is gone before that, on the page that asks for its name.
    expect(desk.get_by_text("Revoked for good")).to_be_visible()
    expect(desk.get_by_role("link", name="Revoke Nightly export")).to_have_count(0)

    assert _try(page, secret) == "403"
    assert "revoked" in page.locator("#try-body").inner_text()


def test_who_may_only_look_finds_no_button(demo, page):
    desk = _sign_in(page, demo, "Ben")

    expect(_key(desk, "Production backend")).to_be_visible()
    expect(desk.get_by_role("link", name="Create key")).to_have_count(0)


@pytest.mark.parametrize(
    ("person", "sentence"), [("Cleo", "Your role"), ("Sam", "suspended")]
)
def test_who_has_no_right_gets_no_desk(demo, page, person, sentence):
    _sign_in(page, demo, person)

    expect(page.get_by_text("API keys are closed for you")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(sentence)
    expect(page.locator("iframe")).to_have_count(0)


def test_another_company_sees_only_its_own_keys(demo, page):
    desk = _sign_in(page, demo, "Mallory")

    expect(_key(desk, "Turbine gateway")).to_be_visible()
    expect(_key(desk, "Production backend")).to_have_count(0)
    page.goto(f"{demo['host_url']}/t/acme/settings/api-keys")
    expect(page.get_by_text("Page not found")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_scrolls_sideways(demo, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    desk = _sign_in(page, demo, "Ada")
    expect(_key(desk, "Production backend")).to_be_visible()
    _drawn(desk)

    widths = [frame.evaluate(SIDEWAYS) for frame in page.frames]

    assert max(widths) <= 0


@pytest.mark.parametrize("width", [320, 700, 768, 1280])
def test_nothing_in_the_desk_sticks_out(demo, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    desk = _sign_in(page, demo, "Ada")
    expect(_key(desk, "Production backend")).to_be_visible()
    _drawn(desk)

    sticking = desk.locator("#main").evaluate(STICKING_OUT)

    assert not sticking


def test_nothing_of_the_operators_scrolls_sideways(demo, page):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(demo["admin"]["url"])
    page.get_by_label("Username").fill(demo["admin"]["username"])
    page.get_by_label("Password").fill(demo["admin"]["password"])
    page.get_by_role("button", name="Log in").click()

    for subject in ("apiauthapp", "auditevent", "backendkey", "key"):
        page.goto(f"{demo['admin']['url']}apiauth/{subject}/")
        assert page.evaluate(SIDEWAYS) <= 0
        page.locator("#result_list tbody th a").first.click()
        page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate(SIDEWAYS) <= 0


def test_the_page_and_the_desk_break_no_rule_of_their_own(demo, page):
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))

    desk = _sign_in(page, demo, "Ada")
    expect(_key(desk, "Production backend")).to_be_visible()

    assert not heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_product_is_open_to_everybody(demo, page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(demo["host_url"])
    found = _axe(page)

    for person in ("Ada", "Cleo"):
        _sign_in(page, demo, person)
        found += _axe(page)
        page.get_by_role("link", name="Reports", exact=True).click()
        found += _axe(page)
    page.goto(f"{demo['host_url']}/nowhere")
    found += _axe(page)

    assert not found


def test_takes_the_journey_by_itself():
    done = subprocess.run(
        _demo("--check"),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
        env={**os.environ, "KEYPLATE_PUBLIC_URL": "http://nowhere.example"},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert not SECRET.search(done.stdout + done.stderr)
