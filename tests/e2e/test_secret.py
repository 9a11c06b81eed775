"""The one-time secret: copied honestly, not lost by accident, gone afterwards."""

import re

import pytest

from tests.e2e.test_main_job import create, finish, fresh

SECRET = re.compile(r"acme_live_[0-9A-Za-z]{40}")


@pytest.fixture
def shown(open_tab):
    """A tab that shows a new secret, and the secret."""
    tab = open_tab("/?tenant=acme")
    return tab, create(tab, fresh("Shown"))


def test_asks_before_a_link_loses_it(shown):
    tab, secret = shown
    frame = tab.frame

    frame.locator("body").press("Escape")
    frame.get_by_role("button", name="Stay").click()

    assert frame.locator("[data-secret-value]").input_value() == secret
    assert frame.get_by_role("dialog").count() == 0


def test_wipes_it_when_told_to_leave(shown):
    tab, secret = shown
    frame = tab.frame

    frame.locator("body").press("Escape")
    frame.get_by_role("button", name="Leave").click()
    tab.at("S2")

    assert secret not in frame.content()
    assert frame.get_by_text("Not confirmed as stored").first.is_visible()


def test_asks_before_back_loses_it(shown):
    tab, secret = shown
    frame = tab.frame

    frame.evaluate("history.back()")
    frame.get_by_role("dialog").wait_for()
    frame.get_by_role("button", name="Stay").click()

    assert frame.locator("[data-secret-value]").input_value() == secret


def test_hides_and_shows_it_everywhere(shown):
    tab, secret = shown
    frame = tab.frame

    frame.get_by_role("button", name="Hide").click()
    hidden = frame.content() + frame.locator("[data-secret-value]").input_value()
    frame.get_by_role("button", name="Show").click()

    assert secret not in hidden
    assert frame.locator("[data-secret-value]").input_value() == secret


def test_copies_it_while_it_is_hidden(shown):
    tab, secret = shown
    frame = tab.frame
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    frame.get_by_role("button", name="Hide").click()
    frame.get_by_role("button", name="Copy key").click()
    frame.locator("[data-copy-status]", has_text="Copied").wait_for()

    assert _clipboard(tab) == secret


def _clipboard(tab) -> str:
    tab.page.bring_to_front()
    field = tab.page.evaluate_handle(
        """() => { const f = document.createElement("textarea");
                   document.body.append(f); f.focus(); return f; }"""
    )
    tab.page.keyboard.press("Control+V")
    return tab.page.evaluate("field => field.value", field)


def test_copies_without_permission_by_selection(open_tab):
    tab = open_tab("/?tenant=acme")
    tab.at("S2")
    # A host that wrote its own iframe and forgot the permission.
    with tab.leaving():
        tab.page.evaluate(
            """() => { const f = document.querySelector("api-keys-portal")
                         .shadowRoot.querySelector("iframe");
                       f.allow = ""; f.src = f.src; }"""
        )
    tab.at("S2")
    secret = create(tab, fresh("By selection"))

    tab.frame.get_by_role("button", name="Copy key").click()
    tab.frame.locator("[data-copy-status]", has_text="Copied").wait_for()

    assert _clipboard(tab) == secret


def test_says_so_when_copying_fails(shown):
    tab, secret = shown
    frame = tab.frame
    frame.evaluate(
        """() => { navigator.clipboard.writeText = () => Promise.reject(new Error());
                   document.execCommand = () => false; }"""
    )

    frame.get_by_role("button", name="Copy key").click()
    frame.locator("[data-copy-status]", has_text="Ctrl+C").wait_for()

    selected = frame.evaluate(
        """() => { const f = document.activeElement;
                   return f.value.slice(f.selectionStart, f.selectionEnd); }"""
    )
    assert selected == secret
    assert not frame.get_by_text("Copied", exact=True).first.is_visible()


def test_downloads_the_env_line(shown):
    tab, secret = shown
    frame = tab.frame
    frame.locator(".tabs label", has_text=".env").click()

    with tab.page.expect_download() as saved:
        frame.get_by_role("button", name="Download .env").click()

    text = saved.value.path().read_text()
    assert text.strip().endswith(secret)


def test_keeps_done_shut_until_it_is_stored(shown):
    tab, _ = shown
    done = tab.frame.get_by_role("button", name="Done")

    assert done.is_disabled()
    tab.frame.get_by_label("I have stored this key safely").check()
    assert done.is_enabled()


def test_leaves_no_trace_after_done(shown):
    tab, secret = shown
    finish(tab)

    assert secret not in tab.frame.content()
    assert secret not in tab.stored()
    assert not any(secret in data for _, data in tab.messages())
    assert not any(secret in line for line in tab.console)


def test_confirms_no_secret_that_was_replaced_meanwhile(open_tab):
    ada, name = open_tab("/?tenant=acme"), fresh("Replaced")
    secret = create(ada, name)
    rotate(open_tab("/?tenant=acme"), name)

    ada.at("S4").get_by_label("I have stored this key safely").check()
    ada.frame.get_by_role("button", name="Done").click()
    frame = ada.at("S5", "S5.unconfirmed")

    warning = frame.locator("[data-error-summary]")
    assert "what you have stored is an old secret" in warning.inner_text()
    assert warning.evaluate("warning => warning === document.activeElement")
    assert secret not in frame.content()


def rotate(tab, name):
    """Rotate a key by its page."""
    tab.at("S2").get_by_role("link", name=name, exact=True).click()
    tab.at("S5").get_by_role("link", name="Rotate").first.click()
    tab.at("S7").get_by_role("button", name="Rotate key").click()
    tab.at("S4", "S4.rotated")


def test_does_not_come_back_from_the_back_forward_cache(shown):
    tab, secret = shown
    tab.page.on("dialog", lambda dialog: dialog.accept())

    tab.page.goto("about:blank")
    tab.page.go_back()
    tab.at("S2")

    assert secret not in tab.frame.content()


def test_does_not_come_back_after_a_reload(shown):
    tab, secret = shown
    tab.page.on("dialog", lambda dialog: dialog.accept())

    tab.reload()
    tab.frame.locator('html[data-script="on"]').wait_for(state="attached")

    assert secret not in tab.frame.content()


def test_tells_the_host_that_it_is_busy_and_what_happened(shown):
    tab, _ = shown
    finish(tab)

    said = [data for _, data in tab.messages()]
    assert any('"busy":true' in data for data in said)
    assert any('"busy":false' in data for data in said)
    assert any('"key.created"' in data for data in said)
    assert not any(SECRET.search(data) for data in said)


def test_says_for_all_to_see_that_an_id_was_not_copied(open_tab):
    tab = open_tab("/?tenant=acme")
    name = fresh("Uncopied")
    create(tab, name)
    finish(tab)
    frame = tab.frame
    frame.get_by_role("link", name=name, exact=True).click()
    tab.at("S5")
    frame.evaluate(
        """() => { navigator.clipboard.writeText = () => Promise.reject(new Error());
                   document.execCommand = () => false; }"""
    )

    frame.get_by_role("button", name="Copy key id").click()

    frame.locator("#problem").get_by_text("The text is selected").wait_for()
    selected = frame.evaluate("getSelection().toString()")
    assert selected == frame.locator("#key-id").inner_text()
