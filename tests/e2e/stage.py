"""The stage of the browser tests, and a tab of it: a host's page with the desk in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Page

# Machines are busy at times; nothing here is about speed.
PATIENCE = 30_000  # milliseconds
# Two frames later Chromium has drawn what was there before, and sends clicks to it. A
# frame that is scrolled out of sight is not drawn at all.
DRAWN = """
  await new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
    setTimeout(resolve, 500);
  });
"""
# How tall a page is, and how tall it would like to be.
INSIDE = f"""async () => {{ {DRAWN}
  const ends = [document.body, ...document.querySelectorAll("dialog[open]")].map(
    (element) => element.getBoundingClientRect().bottom + scrollY);
  return [innerHeight, Math.ceil(Math.max(...ends))];
}}"""
# How tall a frame is, where it is, and how tall it may become; its user has scrolled to it.
AROUND = f"""async (frame) => {{
  const {{ top, bottom }} = frame.getBoundingClientRect();
  if (bottom < 0 || top > innerHeight) frame.scrollIntoView();
  {DRAWN}
  const portal = frame.getRootNode().host;
  const limit = (name) => Number(portal?.getAttribute(name)) || frame.clientHeight;
  return [
    frame.clientHeight,
    frame.getBoundingClientRect().top,
    limit("min-height"),
    portal && !portal.hasAttribute("max-height") ? Infinity : limit("max-height"),
  ];
}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where everything is."""

    host: str
    portal: str
    log: Path

    def steer(self, query: str) -> dict[str, int]:
        """Change the host's world, or ask how it is."""
        return self._ask(f"/steer?{query}")

    def ticket(self, query: str) -> dict[str, str]:
        """Get a ticket as the host's page would."""
        return self._ask(f"/ticket?{query}")

    def _ask(self, path: str) -> Any:  # counts of one, texts of the other
        # Python does not resolve names under .localhost.
        address = self.host.replace("host.localhost", "127.0.0.1") + path
        return httpx.post(address, timeout=10).json()


@dataclass(slots=True, kw_only=True)
class Tab:
    """One page of the host with the portal in it."""

    stage: Stage
    page: Page
    console: list[str] = field(default_factory=list)

    def open(self, path: str = "/?tenant=acme") -> "Tab":
        self.page.goto(self.stage.host + path)
        return self

    @property
    def frame(self) -> Frame:
        """The portal's frame, once it shows a screen."""
        return self.nth_frame(0)

    def nth_frame(self, number: int) -> Frame:
        """One of several portals of a page."""
        place = self.page.locator("iframe").nth(number)
        place.wait_for(state="attached")
        found = place.element_handle().content_frame()
        assert found is not None
        return found

    def at(
        self,
        screen: str,
        state: str | None = None,
        timeout: float = PATIENCE,
        number: int = 0,
    ) -> Frame:
        """Wait until the portal shows this screen, in a tab in front, in its place."""
        wanted = f'[data-screen="{screen}"]'
        if state is not None:
            wanted += f'[data-state="{state}"]'
        frame = self.nth_frame(number)
        page = frame.locator(f'html[data-script="on"]:has({wanted})')
        page.wait_for(state="attached", timeout=timeout)
        self.page.bring_to_front()
        self.settle(number)
        return frame

    @contextmanager
    def leaving(self, number: int = 0) -> Iterator[Frame]:
        """Wait in the end until this portal's frame has gone on to its next page."""
        frame = self.nth_frame(number)
        with self.page.expect_event(
            "framenavigated", lambda gone: gone == frame, timeout=PATIENCE
        ):
            yield frame

    def reload(self, number: int = 0) -> None:
        """Reload a portal's frame, as its own menu does."""
        with self.leaving(number) as frame:
            frame.evaluate("location.reload()")

    def settle(self, number: int = 0) -> None:
        """Wait until the desk has the height it wants, and both pages are drawn.

        Until then Chromium may send a click on the frame to the page around it.
        """
        place = self.page.locator("iframe").nth(number)
        seen = None
        for _ in range(200):
            inside = _measured(self.nth_frame(number))
            now = (inside, place.evaluate(AROUND))
            if inside and now == seen and _fits(*inside, *now[1]):
                return
            seen = now
        pytest.fail(f"The frame never came to rest: {seen}.")

    def violations(self) -> list[str]:
        return [
            violation
            for frame in self.page.frames
            for violation in frame.evaluate("window.__violations ?? []")
        ]

    def messages(self) -> list[list[str]]:
        """What the host's page has heard."""
        return self.page.evaluate("window.__messages")

    def stored(self) -> str:
        """Everything in the browser's storages, of both sites."""
        return " ".join(
            frame.evaluate(
                """() => { try {
                     return JSON.stringify([{...localStorage}, {...sessionStorage}]);
                   } catch { return ""; } }"""
            )
            for frame in self.page.frames
        )


def _measured(frame: Frame) -> list[float] | None:
    try:
        return frame.evaluate(INSIDE)
    except PlaywrightError:  # It goes on to its next page just now.
        return None


def _fits(
    inner: float, wanted: float, outer: float, _top: float, least: float, most: float
) -> bool:
    """Whether a frame is as tall as its page believes, and has what the page wants."""
    return inner == outer and abs(max(least, min(wanted, most)) - outer) < 2
