"""The main job in a real frame on another site, in four cookie modes."""

import itertools

from tests.e2e.stage import Tab

_numbers = itertools.count(1)


def fresh(name: str) -> str:
    """A name that no earlier test of the run has used."""
    return f"{name} {next(_numbers)}"


def create(tab: Tab, name: str) -> str:
    """Create a key in the frame and return its secret."""
    frame = tab.at("S2")
    frame.get_by_role("link", name="Create").first.click()
    frame = tab.at("S3")
    frame.get_by_label("Name").fill(name)
    boxes = frame.locator('input[name="permissions"]')
    if boxes.count():
        boxes.first.check()
    frame.get_by_role("button", name="Create key").click()
    tab.at("S4")
    return frame.locator("[data-secret-value]").input_value()


def finish(tab: Tab) -> None:
    frame = tab.at("S4")
    frame.get_by_label("I have stored this key safely").check()
    frame.get_by_role("button", name="Done").click()
    tab.at("S2")


def test_does_the_main_job(open_in_mode):
    tab = open_in_mode("/?tenant=acme")

    name = fresh("Production")
    secret = create(tab, name)
    frame = tab.frame
    frame.get_by_role("button", name="Copy key").click()
    frame.locator("[data-copy-status]", has_text="Copied").wait_for()
    finish(tab)

    assert secret.startswith("acme_live_")
    assert frame.get_by_role("link", name=name, exact=True).is_visible()
    assert secret not in frame.content()
    assert secret not in tab.stored()
    assert tab.violations() == []


def test_survives_a_reload_of_the_frame(open_in_mode):
    tab = open_in_mode("/?tenant=acme")
    tab.at("S2")
    before = tab.frame.url

    tab.reload()
    frame = tab.at("S2")

    assert "ticket=" not in before
    assert "ticket=" not in frame.url
    assert tab.violations() == []


def test_survives_a_reload_of_the_host(open_in_mode):
    tab = open_in_mode("/?tenant=acme")
    tab.at("S2")

    tab.page.reload()

    tab.at("S2")
    assert tab.violations() == []


def test_survives_a_second_mount_with_the_same_ticket(open_in_mode):
    tab = open_in_mode("/?tenant=acme")
    tab.at("S2")

    with tab.leaving():
        tab.page.evaluate(
            """() => {
              const element = document.querySelector("api-keys-portal");
              const frame = element.shadowRoot.querySelector("iframe");
              frame.src = frame.src;
            }"""
        )

    tab.at("S2")
    assert tab.violations() == []


def test_keeps_two_tenants_in_two_tabs_apart(open_in_mode):
    acme, globex = open_in_mode("/?tenant=acme"), open_in_mode("/?tenant=globex")

    ours, theirs = fresh("Of acme"), fresh("Of globex")
    create(acme, ours)
    create(globex, theirs)
    finish(acme)
    finish(globex)

    assert acme.frame.get_by_role("link", name=ours, exact=True).is_visible()
    assert acme.frame.get_by_text(theirs).count() == 0
    assert globex.frame.get_by_role("link", name=theirs, exact=True).is_visible()
    assert globex.frame.get_by_text(ours).count() == 0
