"""What crosses the border of the frame, and what does not."""

import pytest

from tests.e2e.stage import Stage


def test_says_nothing_to_a_foreign_origin(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")

    assert tab.messages()
    assert {origin for origin, _ in tab.messages()} == {stage.portal}
    assert not any("aps_" in data or "apt." in data for _, data in tab.messages())


def test_follows_the_hosts_theme(open_tab):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")

    tab.page.evaluate(
        'document.querySelector("api-keys-portal").setAttribute("theme", "dark")'
    )

    frame.locator('html[data-theme="dark"]').wait_for(state="attached")


@pytest.mark.parametrize(
    "message",
    [
        {"source": "keyplate", "type": "theme", "theme": "url(evil)"},
        {"source": "keyplate", "type": "ticket", "ticket": "apt.unasked.for"},
        {"source": "keyplate", "type": "viewport", "top": "1px;}"},
        {"source": "keyplate", "type": "__proto__"},
        {"source": "other", "type": "theme", "theme": "dark"},
        "text",
        None,
    ],
)
def test_ignores_hostile_messages_of_its_host(open_tab, message):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")
    before = frame.url

    tab.page.evaluate(
        """message => document.querySelector("api-keys-portal").shadowRoot
             .querySelector("iframe").contentWindow.postMessage(message, "*")""",
        message,
    )
    tab.page.wait_for_timeout(300)

    assert frame.url == before
    assert frame.locator("html").get_attribute("data-theme") == "light"
    assert tab.at("S2")


def test_ignores_another_window_of_another_origin(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    frame = tab.at("S2")

    # A stranger's frame inside the same host page, speaking to its sibling.
    address = stage.host.replace("host.", "stranger.") + "/blank"
    with tab.page.expect_event(
        "framenavigated", lambda one: one.url == address
    ) as came:
        tab.page.evaluate(
            """origin => { const f = document.createElement("iframe");
                 f.src = origin; document.body.append(f); }""",
            address,
        )
    came.value.evaluate(
        """() => { for (let i = 0; i < parent.length; i++) parent[i].postMessage(
             {source: "keyplate", type: "theme", theme: "dark"}, "*"); }"""
    )
    tab.page.wait_for_timeout(300)

    assert frame.locator("html").get_attribute("data-theme") == "light"


def test_ignores_messages_that_only_look_like_the_portals(open_tab):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")
    tab.page.evaluate(
        """() => { window.heard = [];
             addEventListener("portal:session-ended", () => heard.push(1)); }"""
    )

    tab.page.evaluate(
        """() => postMessage({source: "keyplate", type: "session-ended"}, "*")"""
    )
    tab.page.wait_for_timeout(300)

    assert tab.page.evaluate("heard") == []


def test_is_refused_in_a_strangers_frame(open_tab, stage: Stage):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")
    stranger = stage.host.replace("host.", "stranger.")

    tab.page.goto(f"{stranger}/frame?tenant=acme")
    tab.page.wait_for_timeout(1000)

    assert not any("data-screen" in frame.content() for frame in tab.page.frames)
    assert any("frame-ancestors" in line for line in tab.console)


def test_loads_in_a_host_that_isolates_itself(open_tab):
    tab = open_tab("/frame?tenant=acme&isolated=yes")

    tab.at("S2")


def test_stands_alone_without_any_host(open_tab, stage: Stage):
    tab = open_tab("/blank")
    url = stage.ticket("tenant=acme")["url"]

    tab.page.goto(url)
    tab.page.get_by_role("button", name="Continue").click()
    tab.page.locator('[data-screen="S2"]').wait_for()

    assert "ticket=" not in tab.page.url
    assert tab.violations() == []
