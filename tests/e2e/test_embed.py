"""<api-keys-portal>: what a host's developer relies on."""

from tests.e2e.stage import Stage
from tests.e2e.test_main_job import create, finish, fresh

LISTEN = """
window.heard = [];
for (const name of ["ready", "key-created", "session-ended", "busy", "error"]) {
  addEventListener(`portal:${name}`, (event) => {
    window.heard.push([name, JSON.stringify(event.detail)]);
  });
}
"""


def test_tells_its_page_by_dom_events(open_tab):
    tab = open_tab("/blank")
    tab.page.context.add_init_script(LISTEN)
    tab.open("/?tenant=acme")
    name = fresh("Heard")

    secret = create(tab, name)
    finish(tab)

    heard = tab.page.evaluate("heard")
    names = [event for event, _ in heard]
    assert names[0] == "ready"
    assert names.count("key-created") == 1
    assert name in str(heard)
    assert secret not in str(heard)


HIDDEN = "document.documentElement.scrollHeight - innerHeight"
HEIGHT = "document.querySelector('api-keys-portal').offsetHeight"


def test_grows_and_shrinks_with_its_content(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    heights = []

    # How long the list is depends on what ran before; its frame must fit it anyway.
    for name, screen in (("Create", "S3"), ("Cancel", "S2"), ("Create", "S3")):
        frame.get_by_role("link", name=name).first.click()
        tab.at(screen)
        assert frame.evaluate(HIDDEN) <= 1
        heights.append(tab.page.evaluate(HEIGHT))

    assert heights[0] != heights[1]
    assert abs(heights[0] - heights[2]) < 60


def test_has_its_height_before_anybody_scrolls_down_to_it(open_tab):
    tab = open_tab("/below?tenant=acme")

    # Chromium draws nothing there yet, and reports no sizes.
    tab.page.wait_for_function(f"{HEIGHT} > 301")

    assert tab.page.evaluate("scrollY") == 0
    first = tab.page.evaluate(HEIGHT)
    frame = tab.at("S2")
    assert abs(tab.page.evaluate(HEIGHT) - first) < 2
    assert frame.evaluate(HIDDEN) <= 1


def test_obeys_its_limits(open_tab):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")

    tab.page.evaluate(
        "document.querySelector('api-keys-portal').setAttribute('max-height', '310')"
    )

    box = tab.page.locator("iframe").bounding_box()
    assert box is not None
    assert box["height"] <= 310


def test_says_so_when_keys_may_not_be_managed(open_tab, stage: Stage):
    stage.steer("deny=yes")
    try:
        tab = open_tab("/?tenant=acme")
        tab.page.get_by_text("You may not manage API keys here.").wait_for()
    finally:
        stage.steer("deny=no")

    assert tab.page.get_by_role("button", name="Try again").count() == 0


def test_offers_another_try_when_the_network_fails(open_tab):
    tab = open_tab("/blank")
    tab.page.route("**/ticket*", lambda route: route.abort())
    tab.open("/?tenant=acme")
    again = tab.page.get_by_role("button", name="Try again")
    again.wait_for()

    tab.page.unroute("**/ticket*")
    again.click()

    tab.at("S2")


def test_asks_for_tickets_no_more_than_it_should(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    before = stage.steer("")["issued"]

    for _ in range(8):
        frame.evaluate(
            """origin => parent.postMessage(
                 {source: "keyplate", type: "ticket-required"}, origin)""",
            stage.host,
        )
        tab.page.wait_for_timeout(60)
    tab.page.wait_for_timeout(500)

    assert stage.steer("")["issued"] - before <= 3


def test_works_twice_on_one_page(open_tab):
    tab = open_tab("/two")

    whose = []
    for number in (0, 1):
        frame = tab.page.locator("iframe").nth(number).content_frame
        frame.locator('[data-screen="S2"]').wait_for()
        whose.append(frame.locator(".masthead-whose").inner_text())

    assert "Acme Ltd" in whose[0]
    assert "Globex Ltd" in whose[1]


def test_cleans_up_and_can_be_put_back(open_tab):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")

    tab.page.evaluate(
        """() => { window.element = document.querySelector("api-keys-portal");
                   element.remove(); }"""
    )
    assert tab.page.locator("iframe").count() == 0
    tab.page.evaluate("() => document.body.append(element)")

    tab.at("S2")


def test_needs_one_ticket_when_mounted_twice_in_a_row(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")
    before = stage.steer("")["issued"]

    tab.page.evaluate(
        """() => { const e = document.querySelector("api-keys-portal");
                   const home = e.parentNode; e.remove();
                   home.append(e); e.remove(); home.append(e); }"""
    )
    tab.at("S2")

    assert stage.steer("")["issued"] - before == 1
