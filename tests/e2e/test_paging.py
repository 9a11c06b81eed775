"""Pages of the keys list in a frame: with the keyboard, and after a reload."""

import pytest

from tests.e2e.stage import Stage
from tests.e2e.test_accessibility import findings

KEYS = 60
ROWS = ".keys tbody tr"


@pytest.fixture(scope="module")
def sixty(stage: Stage) -> None:
    stage.steer(f"tenant=pager&keys={KEYS}")


@pytest.mark.usefixtures("sixty")
def test_leads_to_the_last_page_and_back(open_tab):
    tab = open_tab("/?tenant=pager")
    frame = tab.at("S2")

    frame.get_by_role("link", name="Next").press("Enter")
    frame.get_by_role("link", name="Worker 35", exact=True).wait_for()
    focused = frame.locator(":focus").get_attribute("id")
    frame.get_by_role("link", name="Next").press("Enter")
    frame.get_by_role("link", name="Worker 1", exact=True).wait_for()

    assert focused == "page-next"
    frame.locator("#page-previous:focus").wait_for()
    assert frame.locator(ROWS).count() == KEYS - 50
    assert frame.get_by_role("link", name="Next").count() == 0
    tab.settle()
    frame.get_by_role("link", name="Previous").click()
    frame.get_by_role("link", name="Worker 35", exact=True).wait_for()
    tab.settle()
    frame.get_by_role("link", name="First").click()
    frame.get_by_role("link", name="Worker 60", exact=True).wait_for()
    assert tab.violations() == []


@pytest.mark.usefixtures("sixty")
def test_a_page_survives_a_reload_of_the_frame(open_tab):
    tab = open_tab("/?tenant=pager")
    frame = tab.at("S2")
    frame.get_by_role("link", name="Next").click()
    frame.get_by_role("link", name="Worker 35", exact=True).wait_for()

    tab.reload()
    frame = tab.at("S2")

    frame.get_by_role("link", name="Worker 35", exact=True).wait_for()
    assert frame.locator(ROWS).count() == 25


@pytest.mark.usefixtures("sixty")
@pytest.mark.parametrize("link", ["sort-name", "size-50"])
def test_keeps_the_focus_on_what_was_pressed(open_tab, link):
    tab = open_tab("/?tenant=pager")
    frame = tab.at("S2")
    before = frame.locator(".region").element_handle()

    frame.locator(f"#{link}").press("Enter")
    before.wait_for_element_state("hidden")

    frame.locator(f"#{link}:focus").wait_for()


@pytest.mark.usefixtures("sixty")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_links_fit_and_are_no_barrier(open_tab, width, scheme):
    tab = open_tab("/?tenant=pager")
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.evaluate(
        "s => document.querySelector('api-keys-portal').setAttribute('theme', s)",
        scheme,
    )
    frame = tab.at("S2")
    frame.get_by_role("link", name="Next").click()
    frame.get_by_role("link", name="Previous").wait_for()

    assert findings(tab) == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert frame.evaluate(wide) <= 0
