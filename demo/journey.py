"""The main job over HTTP, step by step, as one person's browser would do it.

    for outcome in journey.walk(Addresses(...)):
        print(outcome)

It needs a running Keyplate and a running example host. The first step that does not
go as promised ends the walk.
"""

import http.client
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from demo.browser import Browser
from demo.traveller import (
    HOME_META,
    TOKEN_META,
    Addresses,
    Traveller,
    WrongTurnError,
    ask_host_for_ticket,
    call_api,
    expect,
    expect_code,
    from_htmx,
    portal_form,
    sign_in_as,
    submit,
    ticket_of,
)

type Step = Callable[[Traveller], str]

KEY = re.compile(r"\b[a-z][a-z0-9_]{1,30}_[0-9A-Za-z]{40}\b")
KEY_ID = re.compile(r"/keys/([0-9a-f]{8}-[0-9a-f-]{27})")
FRAMED = {
    "Sec-Fetch-Dest": "iframe",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "cross-site",
}
KEY_NAME = "Nightly export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One step: what was done, whether it went as promised, and what happened."""

    title: str
    went_well: bool
    what_happened: str

    def __str__(self) -> str:
        """Say it in two lines, for a terminal."""
        mark = "ok  " if self.went_well else "FAIL"
        return f"{mark} {self.title}\n       {self.what_happened}"


def walk(addresses: Addresses) -> Iterator[Outcome]:
    """Go through the whole job, telling of each step; stop at the first wrong turn."""
    traveller = Traveller(addresses)
    for step in STEPS:
        outcome = _take(step, traveller)
        yield outcome
        if not outcome.went_well:
            return


def _take(step: Step, traveller: Traveller) -> Outcome:
    title = (step.__doc__ or step.__name__).rstrip(".")
    try:
        happened = step(traveller)
    except (WrongTurnError, OSError, http.client.HTTPException) as wrong:
        seen = str(wrong) or type(wrong).__name__
        return Outcome(title=title, went_well=False, what_happened=seen)
    return Outcome(title=title, went_well=True, what_happened=happened)


def sign_in(walk: Traveller) -> str:
    """Ada signs in at the host."""
    walk.settings_url = sign_in_as(walk.browser, walk.addresses, "ada")
    return f"she lands on {urlsplit(walk.settings_url).path}"


def open_settings(walk: Traveller) -> str:
    """The settings page carries the desk."""
    answer = expect(walk.browser.get(walk.settings_url), HTTPStatus.OK)
    desk = answer.page().element("api-keys-portal")
    if not desk.get("ticket-url"):
        raise WrongTurnError("there is no <api-keys-portal ticket-url=…> on it")
    walk.ticket_url = urljoin(walk.settings_url, desk["ticket-url"])
    walk.csrf_token = desk.get("csrf-token", "")
    return f"<api-keys-portal ticket-url={desk['ticket-url']}>"


def ask_for_ticket(walk: Traveller) -> str:
    """The host's backend issues a ticket for her."""
    answer = ask_host_for_ticket(walk.browser, walk.ticket_url, walk.csrf_token)
    walk.entry_url = str(expect(answer, HTTPStatus.OK).json().get("url", ""))
    if not walk.entry_url.startswith(f"{walk.addresses.portal_origin}/vanity/"):
        raise WrongTurnError("its url does not lead to the portal")
    return "200, with an address inside the portal"


def enter_portal(walk: Traveller) -> str:
    """The frame loads, and the ticket becomes a session."""
    referer = {"Referer": f"{walk.addresses.host_url}/"}
    answer = walk.browser.get(walk.entry_url, FRAMED | referer)
    expect(answer, HTTPStatus.OK)
    ancestors = answer.headers.get("Content-Security-Policy", "")
    if f"frame-ancestors {walk.addresses.host_url}" not in ancestors:
        raise WrongTurnError("its policy does not let the host frame it")
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        raise WrongTurnError("a cache may keep it")
    metas = answer.page().metas
    walk.portal_token = metas.get(TOKEN_META, "")
    path = metas.get(HOME_META, "")
    if not walk.portal_token or not path:
        raise WrongTurnError("it carries no session token")
    walk.portal_url = urljoin(walk.entry_url, path)
    return "200, the whole first page, framed by this host alone"


def create_key(walk: Traveller) -> str:
    """She creates a key in the portal's form."""
    form = portal_form(walk, "keys/new")
    answer = submit(walk, form, name=KEY_NAME)
    shown = KEY.search(expect(answer, HTTPStatus.OK).text)
    named = KEY_ID.search(answer.text)
    if shown is None or named is None:
        raise WrongTurnError("no key is shown")
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        raise WrongTurnError("a cache may keep the key")
    walk.secret, walk.key_id = shown.group(), named.group(1)
    return f"“{KEY_NAME}” is shown once: {walk.secret[:10]}····{walk.secret[-4:]}"


def call_with_key(walk: Traveller) -> str:
    """A server calls the host's API with the key."""
    answer = expect(call_api(walk.addresses, walk.secret), HTTPStatus.OK)
    return f"200, {len(answer.json().get('reports', []))} reports"


def call_without_key(walk: Traveller) -> str:
    """The same call without a key, and with one mistyped letter, is refused."""
    bare = expect(call_api(walk.addresses, ""), HTTPStatus.UNAUTHORIZED)
    typo = walk.secret[:-1] + ("0" if walk.secret[-1] != "0" else "1")
    mistyped = expect(call_api(walk.addresses, typo), HTTPStatus.UNAUTHORIZED)
    return f"{bare}, {mistyped}"


def revoke_key(walk: Traveller) -> str:
    """She revokes it in the portal."""
    form = portal_form(walk, f"keys/{walk.key_id}/revoke")
    reason = form.first_choice("reason")
    answer = submit(walk, form, reason=reason, typed_name=KEY_NAME)
    return f"{expect(answer, HTTPStatus.OK)}, reason “{reason}”"


def call_revoked(walk: Traveller) -> str:
    """The very next call with that key is refused."""
    answer = expect(call_api(walk.addresses, walk.secret), HTTPStatus.FORBIDDEN)
    expect_code(answer, "revoked")
    return str(answer)


def replay_ticket(walk: Traveller) -> str:
    """Somebody else opens the spent ticket."""
    answer = Browser().get(walk.entry_url, FRAMED)
    expect(answer, HTTPStatus.UNAUTHORIZED)
    if TOKEN_META in answer.page().metas:
        raise WrongTurnError("it still opens a session")
    return f"{answer}, no session"


def look_only(walk: Traveller) -> str:
    """Ben may look, but the portal gives him no way to create a key."""
    ben = Traveller(walk.addresses)
    ben.settings_url = sign_in_as(ben.browser, ben.addresses, "ben")
    for step in (open_settings, ask_for_ticket, enter_portal):
        step(ben)
    answer = ben.browser.get(f"{ben.portal_url}/keys/new", from_htmx(ben))
    return f"his list opens; the form answers {expect(answer, HTTPStatus.FORBIDDEN)}"


def no_rights(walk: Traveller) -> str:
    """Cleo has no right to keys, so the host asks for no ticket."""
    answer = ticket_of(walk, "cleo")
    expect_code(expect(answer, HTTPStatus.FORBIDDEN), "forbidden")
    return str(answer)


def other_tenant(walk: Traveller) -> str:
    """Mallory of another company asks at Acme's address."""
    answer = ticket_of(walk, "mallory")
    return str(expect(answer, HTTPStatus.NOT_FOUND))


def suspended_at_host(walk: Traveller) -> str:
    """Sam's company is suspended, so the host refuses."""
    address = walk.ticket_url.replace("/t/acme/", "/t/initech/")
    answer = ticket_of(walk, "sam", address)
    expect_code(expect(answer, HTTPStatus.FORBIDDEN), "tenant_suspended")
    return str(answer)


def suspended_at_keyplate(walk: Traveller) -> str:
    """Had the host forgotten to look, Keyplate would refuse as well."""
    wanted = {
        "ticket_type": "api_auth_access",
        "api_auth_app_slug": walk.addresses.app_slug,
        "organization_id": "org_initech",
    }
    answer = Browser().post_json(
        f"{walk.addresses.base_url}/session/tickets",
        wanted,
        {"Authorization": f"Bearer {walk.addresses.backend_key}"},
    )
    expect_code(expect(answer, HTTPStatus.FORBIDDEN), "tenant_suspended")
    return str(answer)


STEPS: tuple[Step, ...] = (
    sign_in,
    open_settings,
    ask_for_ticket,
    enter_portal,
    create_key,
    call_with_key,
    call_without_key,
    revoke_key,
    call_revoked,
    replay_ticket,
    look_only,
    no_rights,
    other_tenant,
    suspended_at_host,
    suspended_at_keyplate,
)
