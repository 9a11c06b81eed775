"""What a designer would send back: broken words, hidden sentences, crooked names."""

import pytest

from tests.e2e.stage import Stage
from tests.e2e.test_main_job import create, finish, fresh

# Words that go on in the next line. A name may be one endless word; nothing else is.
BROKEN = r"""() => {
  const found = [];
  for (const place of document.querySelectorAll(".status, .when, .do, .name small")) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      for (const word of text.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const tops = [...range.getClientRects()].map((line) => Math.round(line.top));
        if (new Set(tops).size > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""
# Where a place's text and another place's text begin, from the left.
BEGINS = """(places) => places.map((selector) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  return Math.min(...[...range.getClientRects()].map((line) => line.left));
})"""
# "عمل": a name that is written from right to left.
FROM_THE_RIGHT = "\u0639\u0645\u0644"


def test_breaks_no_word_at_any_width(open_tab):
    tab = open_tab("/?tenant=acme")
    create(tab, fresh("Unconfirmed"))
    tab.page.reload()
    frame = tab.at("S2")
    assert frame.get_by_text("Not confirmed as stored").count()
    broken = {}

    for width in (320, 480, 600, 768, 920, 960, 1000, 1039, 1040, 1100, 1280):
        # The host's page has a margin.
        tab.page.set_viewport_size({"width": width + 16, "height": 900})
        tab.settle()
        broken[width] = frame.evaluate(BROKEN)

    assert {width: words for width, words in broken.items() if words} == {}


def test_says_that_its_script_is_missing_where_nothing_shall_move(
    incognito, stage: Stage
):
    context = incognito.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.route("**/static/**/*.js", lambda route: route.abort())

    page.goto(stage.ticket("tenant=acme")["url"])
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("The script of this page did not load").wait_for()

    context.close()


def test_asks_to_stay_where_the_reader_is(open_tab, stage: Stage):
    stage.steer("idle=135")
    try:
        tab = open_tab("/?tenant=acme")
        tab.page.set_viewport_size({"width": 340, "height": 600})
        frame = tab.at("S2")
        frame.get_by_role("link", name="Create").first.click()
        tab.at("S3")
        tab.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        bar = frame.locator("#session-bar")
        bar.wait_for()
        tab.settle()
        place = bar.bounding_box()
    finally:
        stage.steer("idle=1800")

    assert -1 < place["y"] <= 600 - place["height"]


def test_the_skip_link_can_be_read(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    link = frame.get_by_role("link", name="Skip to content")

    link.focus()

    paint = "link => getComputedStyle(link).backgroundColor"
    assert link.evaluate(paint) != "rgba(0, 0, 0, 0)"
    assert link.bounding_box()["height"] >= 24


def test_a_name_from_the_right_stays_in_its_place(open_tab):
    tab = open_tab("/?tenant=acme")
    name = f"{FROM_THE_RIGHT} {fresh('')}"
    create(tab, name)
    finish(tab)
    frame = tab.frame
    frame.get_by_role("link", name=name, exact=True).click()
    tab.at("S5")

    heading, status = frame.evaluate(BEGINS, ["h1", ".head .status"])

    assert heading == pytest.approx(status, abs=4)
