"""The stage: Keyplate and a host on two sites, and Chromium in four cookie modes."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Playwright,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from devtools import chromium, evidence, server
from tests.e2e.stage import PATIENCE, Stage, Tab

MODES = ("allowed", "third-party-blocked", "all-blocked", "incognito")
# What Chromium's settings page would write into a profile.
PREFERENCES = {
    "allowed": {"cookie_controls_mode": 0, "block_third_party_cookies": False},
    "third-party-blocked": {
        "cookie_controls_mode": 1,
        "block_third_party_cookies": True,
    },
    "all-blocked": {"default_content_setting_values": {"cookies": 2}},
}
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
window.__messages = [];
window.addEventListener('message', (event) => {
  window.__messages.push([event.origin, JSON.stringify(event.data)]);
});
window.__clicks = [];
window.addEventListener('mousedown', (event) => {
  window.__clicks.push(`${event.clientX},${event.clientY} ${event.target.outerHTML}`.slice(0, 99));
}, true);
"""


@pytest.fixture(scope="session")
def stage(tmp_path_factory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    database = f"sqlite:///{folder / 'keyplate.sqlite3'}"
    port, host_port = server.free_port(), server.free_port()
    portal = f"http://portal.localhost:{port}"
    extra = {"KEYPLATE_PUBLIC_URL": portal}
    with ExitStack() as stack:
        served = stack.enter_context(
            server.running(database_url=database, port=port, extra=extra)
        )
        host = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.host", str(host_port), portal],
            env={**served.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
        )
        stack.callback(host.wait, 10)
        stack.callback(host.terminate)
        assert host.stdout is not None
        stack.callback(host.stdout.close)
        assert host.stdout.readline() == b"ready\n"
        yield Stage(
            host=f"http://host.localhost:{host_port}", portal=portal, log=served.log
        )


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def incognito(playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**_launch())
    yield browser
    browser.close()


def _launch() -> dict[str, object]:
    path = os.environ.get("CHROMIUM") or os.fspath(chromium.ensure())
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "args": [*chromium.FLAGS, *sandbox]}


type Opener = Callable[..., Tab]
_opened: list[Tab] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell, of a test that failed, what its tabs showed and heard."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [(f"tab {n}", _shown(tab)) for n, tab in enumerate(_opened)]
    return report


def _shown(tab: Tab) -> str:
    if tab.page.is_closed():
        return "closed"
    frames = [f"{frame.url}\n{_text_of(frame)}" for frame in tab.page.frames]
    log = tab.stage.log.read_text().splitlines()[-40:]
    clicks = [str(frame.evaluate("window.__clicks")) for frame in tab.page.frames]
    return "\n".join([*frames, *tab.console, *clicks, str(tab.messages()), *log])


def _text_of(frame: Frame) -> str:
    try:
        return frame.locator("body").inner_text(timeout=2000)
    except PlaywrightError as trouble:
        return f"({trouble.message.splitlines()[0]})"


@contextmanager
def _tabs(stage: Stage, context: BrowserContext) -> Iterator[Opener]:
    """Open tabs; in the end keep what the browser does, to be searched for secrets."""
    context.add_init_script(WATCH)
    context.set_default_timeout(PATIENCE)
    opened = _opened
    opened.clear()

    def opener(path: str = "/?tenant=acme") -> Tab:
        tab = Tab(stage=stage, page=context.new_page())
        tab.page.on("console", lambda said: tab.console.append(said.text))
        opened.append(tab)
        return tab.open(path)

    yield opener
    try:
        _keep([tab for tab in opened if not tab.page.is_closed()])
    finally:
        context.close()


def _keep(tabs: list[Tab]) -> None:
    kept = [
        {"stored": tab.stored(), "messages": tab.messages(), "console": tab.console}
        for tab in tabs
    ]
    evidence.FOLDER.mkdir(parents=True, exist_ok=True)
    path = evidence.FOLDER / f"browser-{uuid.uuid4().hex}.json"
    path.write_text(json.dumps(kept))


@pytest.fixture
def open_tab(stage, incognito) -> Iterator[Opener]:
    """Open tabs in a fresh private window; what most tests need."""
    context = incognito.new_context(viewport={"width": 1100, "height": 900})
    with _tabs(stage, context) as opener:
        yield opener


@pytest.fixture(params=MODES)
def open_in_mode(request, stage, playwright, incognito, tmp_path) -> Iterator[Opener]:
    """Open tabs in each of the four cookie modes."""
    size = {"width": 1100, "height": 900}
    if request.param == "incognito":
        context = incognito.new_context(viewport=size)
    else:
        profile = tmp_path / "profile" / "Default"
        profile.mkdir(parents=True)
        preferences = {"profile": PREFERENCES[request.param]}
        (profile / "Preferences").write_text(json.dumps(preferences))
        context = playwright.chromium.launch_persistent_context(
            profile.parent, viewport=size, **_launch()
        )
    with _tabs(stage, context) as opener:
        yield opener
