"""The reference of the API as people see it, with the script and without."""

import pytest
from playwright.sync_api import Page

from tests.e2e.stage import Stage, Tab
from tests.e2e.test_accessibility import AXE, RUN

WIDTHS = (320, 768, 1280)
# With parameters, a form, an empty body, a deprecation, no credential, two forms.
OPERATIONS = ["listKeys", "createOwnKey", "rotateKeyById", "checkHealth", "checkKey"]
OVERFLOWS = (
    "document.documentElement.scrollWidth > document.documentElement.clientWidth"
)

# Classes for which none of the page's own style sheets has a rule.
UNSTYLED = r"""() => {
  const rules = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText).join(" ");
  const names = [...document.querySelectorAll("[class]")]
    .flatMap((element) => [...element.classList]);
  return [...new Set(names)].filter(
    (name) => !new RegExp(`\\.${name}(?![\\w-])`).test(rules));
}"""


@pytest.fixture
def tab(open_tab, stage: Stage):
    opened = open_tab("/blank")
    opened.page.goto(f"{stage.portal}/docs")
    return opened


def _barriers(page: Page) -> list[str]:
    """Look at the whole page, with a handful of its operations.

    They are all made by one template; these have every part of it between them.
    """
    page.evaluate(
        """kept => document.querySelectorAll(".operation").forEach(
             (one) => kept.includes(one.id) || one.remove())""",
        OPERATIONS,
    )
    page.evaluate(AXE)
    return page.evaluate(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_finds_no_barrier(tab: Tab, width, scheme):
    tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.page.set_viewport_size({"width": width, "height": 800})

    assert _barriers(tab.page) == []
    assert not tab.page.evaluate(OVERFLOWS)
    assert (tab.violations(), tab.console) == ([], [])


def test_loads_the_styles_that_it_names(tab: Tab):
    field = tab.page.get_by_label("Find an operation")

    assert tab.page.evaluate(UNSTYLED) == []
    assert field.evaluate("field => getComputedStyle(field).borderRadius") == "8px"


def test_opens_the_contents_over_a_narrow_page(tab: Tab):
    page = tab.page
    page.set_viewport_size({"width": 320, "height": 800})
    link = page.get_by_role("link", name="Check a key POST")
    assert link.is_hidden()

    page.get_by_role("button", name="Contents").click()
    found = _barriers(page)
    link.click()

    assert found == []
    assert page.url.endswith("#checkKey")
    assert link.is_hidden()
    assert page.get_by_role("heading", name="Check a key").is_visible()


def test_finds_operations_by_their_words(tab: Tab):
    page = tab.page

    page.get_by_role("searchbox", name="Find an operation").fill("post issue ticket")

    assert page.get_by_role("link", name="Issue a ticket POST").is_visible()
    assert page.get_by_role("link", name="Check a key POST").is_hidden()
    assert page.get_by_role("status").first.inner_text().startswith("1 of ")


def test_says_when_it_finds_nothing(tab: Tab):
    tab.page.get_by_role("searchbox", name="Find an operation").fill("xyzzy")

    assert tab.page.get_by_role("status").first.inner_text().startswith("0 of ")
    assert tab.page.locator("[data-operation]:visible").count() == 0


def test_copies_an_example(tab: Tab):
    page = tab.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sample = page.locator("#checkKey .sample-block").first

    sample.get_by_role("button", name="Copy").click()
    sample.get_by_role("button", name="Copied").wait_for()

    assert page.evaluate("navigator.clipboard.readText()").startswith("curl http")


def test_can_be_walked_by_keyboard(tab: Tab):
    page = tab.page

    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_needs_no_script(incognito, stage: Stage):
    context = incognito.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{stage.portal}/docs")

    page.get_by_role("button", name="Contents").click()
    page.get_by_role("link", name="Check a key POST").click()

    assert page.get_by_role("heading", name="Check a key").is_visible()
    assert page.get_by_role("searchbox").count() == 0
    context.close()
