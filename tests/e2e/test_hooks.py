"""A host's own front end on another site, in real Chromium: the custom model.

It sends what existing hooks send; each answer is compared with what they read.
"""

import re

import pytest

from devtools.paths import ROOT
from tests.e2e.stage import Stage
from tests.e2e.test_main_job import fresh

APP = {"id", "app_slug", "name", "key_prefix", "is_active", "rate_limits"}
KEY = {
    "id",
    "name",
    "key_prefix",
    "key_suffix",
    "permissions",
    "metadata",
    "is_active",
    "expires_at",
    "last_used_at",
    "created_at",
    "updated_at",
    "revoked_at",
    "revoked_reason",
}
DONE = {"data": {"success": True}}
BLOCKED = (
    "async () => { try { await hooks.deployment(); } catch (e) { return `${e}`; } }"
)


class FrontEnd:
    """The front end in one tab."""

    def __init__(self, tab, mode):
        self.tab, self.mode = tab, mode

    def ask(self, call, *values):
        """Call it; the answer's body, which must be a success."""
        answer = self.answer(call, *values)
        assert answer["status"] == 200, answer
        return answer["body"]

    def answer(self, call, *values):
        return self.tab.page.evaluate(f"(values) => hooks.{call}(...values)", values)

    def ticket(self):
        return self.tab.stage.ticket(f"tenant=acme&mode={self.mode}")["ticket"]

    def sign_in(self):
        self.ask("deployment")
        self.ask("exchange", self.ticket())
        return self


def opened(opener, mode):
    return FrontEnd(opener(f"/hooks?mode={mode}"), mode)


def walk(front):
    """Take a key through its life, as a settings page would; its name."""
    name = fresh("Hook")
    assert front.ask("list")["data"] is not None
    made = front.ask("create", {"name": name})["data"]
    assert set(made) >= {*KEY, "secret"}
    rotated = front.ask("rotate", made["id"])["data"]
    assert (rotated["id"], rotated["name"]) == (made["id"], name)
    assert rotated["secret"] != made["secret"]
    [listed] = [k for k in front.ask("list", "active")["data"] if k["name"] == name]
    assert (set(listed) >= KEY, "secret" in listed) == (True, False)
    assert listed["key_suffix"] == rotated["secret"][-8:]
    assert front.ask("revoke", made["id"], "Compromised") == DONE
    return name


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_walks_a_key_through_its_life(open_tab, mode):
    front = opened(open_tab, mode)
    deployment = front.ask("deployment")["data"]
    assert deployment["mode"] == mode
    assert deployment["backend_host"] == front.tab.page.evaluate("hooks.base")
    assert front.answer("session")["status"] == 401

    exchanged = front.ask("exchange", front.ticket())["data"]
    session = front.ask("session")["data"]
    name = walk(front)

    assert exchanged["success"] is True
    assert session["session_id"] == exchanged["session_id"]
    assert set(session["api_auth_app"]) >= APP
    assert name not in [key["name"] for key in front.ask("list", "active")["data"]]
    [revoked] = [k for k in front.ask("list", "revoked")["data"] if k["name"] == name]
    assert (revoked["is_active"], revoked["revoked_reason"]) == (False, "Compromised")


def test_works_by_the_cookie_wherever_there_are_any(open_in_mode, request):
    front = opened(open_in_mode, "production").sign_in()

    if "all-blocked" in request.node.name:
        # Said so that a page can read it: no session, not an outage.
        assert front.answer("session")["status"] == 401
        return
    walk(front)
    front.tab.page.reload()
    assert front.ask("session")["data"]["api_auth_app"]["app_slug"] == "aa_1"


def test_works_in_staging_whatever_is_blocked(open_in_mode):
    front = opened(open_in_mode, "staging").sign_in()

    walk(front)


def test_works_with_a_token_whatever_is_blocked(open_in_mode):
    front = opened(open_in_mode, "production")
    ticket, name = front.ticket(), fresh("Token")
    exchange = {"ticket": ticket, "token": True}
    front.ask("withToken", "POST", "/session/ticket/exchange", exchange)

    made = front.ask("withToken", "POST", "/api-auth/keys", {"name": name})["data"]
    front.ask("withToken", "POST", f"/api-auth/keys/{made['id']}/rotate")
    front.ask(
        "withToken", "POST", f"/api-auth/keys/{made['id']}/revoke", {"reason": ""}
    )

    assert front.ask("withToken", "DELETE", "/api-auth/session") == DONE
    assert front.answer("withToken", "GET", "/api-auth/session")["status"] == 401


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_keeps_its_session_over_a_reload(open_tab, mode):
    front = opened(open_tab, mode).sign_in()
    before = front.ask("session")["data"]["session_id"]

    front.tab.page.reload()

    assert front.ask("session")["data"]["session_id"] == before


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_reads_every_refusal(open_tab, mode):
    front = opened(open_tab, mode).sign_in()
    nobodys = "00000000-0000-4000-8000-000000000000"

    answers = [
        front.answer("exchange", "apt.x"),
        front.answer("rotate", nobodys),
        front.answer("revoke", "[object Object]"),
        front.answer("create", {"name": ""}),
        front.answer("list", "x"),
    ]

    assert [answer["status"] for answer in answers] == [401, 404, 404, 400, 400]
    assert all(answer["body"]["message"].endswith(".") for answer in answers)


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_signs_out(open_tab, mode):
    front = opened(open_tab, mode).sign_in()

    assert front.ask("end") == DONE

    assert front.answer("session")["status"] == 401


def test_spends_a_ticket_once(open_tab):
    front = opened(open_tab, "production")
    ticket = front.ticket()
    front.ask("exchange", ticket)

    assert front.answer("exchange", ticket)["status"] == 401


def test_hides_its_cookie_from_scripts_and_from_other_places(open_tab, stage: Stage):
    front = opened(open_tab, "production").sign_in()
    [cookie] = [
        c for c in front.tab.page.context.cookies() if c["name"].endswith("session")
    ]
    seen_by_script = front.tab.page.evaluate("document.cookie")

    # A visit to our own site: another partition, where that cookie is not.
    visit = open_tab("/blank").page.goto(front.tab.page.evaluate("hooks.base") + "/x")
    sent = visit.request.all_headers().get("cookie", "")

    assert (cookie["httpOnly"], cookie["secure"]) == (True, True)
    assert cookie["sameSite"] == "None"
    assert cookie["value"] not in seen_by_script + sent


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_tells_a_page_of_another_origin_nothing(open_tab, stage: Stage, mode):
    tab = open_tab("/blank")
    foreign = stage.host.replace("host.localhost", "evil.localhost")

    tab.page.goto(f"{foreign}/hooks?mode={mode}")

    assert "Failed to fetch" in tab.page.evaluate(BLOCKED)


def test_does_what_the_guide_shows(open_tab):
    front = opened(open_tab, "production")
    guide = (ROOT / "docs/hooks.md").read_text()
    shown, with_token = re.findall(r"```js\n(.*?)```", guide, re.DOTALL)
    key = front.tab.page.locator("meta[name=publishable-key]").get_attribute("content")
    around = (
        "async ([publishableKey, ticket, again]) => { const seen = [];"
        "const show = (secret) => seen.push(secret.length);"
        f"{shown} {{ const ticket = again; {with_token} }} return seen; }}"
    )

    seen = front.tab.page.evaluate(around, [key, front.ticket(), front.ticket()])

    assert seen == [len("acme_live_") + 40]
    assert "CI" in [key["name"] for key in front.ask("list", "revoked")["data"]]


@pytest.mark.parametrize("mode", ["production", "staging"])
def test_frames_the_desk_at_its_deployments_place(open_in_mode, stage: Stage, mode):
    url = stage.ticket(f"tenant=acme&mode={mode}")["own_url"]

    tab = open_in_mode(f"/frame?url={url}")

    frame = tab.at("S2")
    assert "ticket" not in frame.url
    assert "/vanity/api-auth/s/" in frame.url
    frame.get_by_role("link", name="Create").first.click()
    tab.at("S3")
    assert tab.violations() == []
