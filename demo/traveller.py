"""What the journey's steps share: what is known so far, and how one asks."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin

from demo.browser import Answer, Browser
from demo.pages import Form

TOKEN_META = "portal-token"  # noqa: S105 - the name of a tag, not a secret
HOME_META = "portal-home"


class WrongTurnError(Exception):
    """A step did not go as promised; the message says what was seen instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the two sides answer, and the host's own right to ask for tickets."""

    base_url: str
    portal_origin: str
    host_url: str
    app_slug: str
    backend_key: str = field(repr=False)


@dataclass(slots=True)
class Traveller:
    """One person on the way, with everything seen so far."""

    addresses: Addresses
    browser: Browser = field(default_factory=Browser, repr=False)
    settings_url: str = ""
    ticket_url: str = ""
    csrf_token: str = field(default="", repr=False)
    entry_url: str = field(default="", repr=False)
    portal_url: str = ""
    portal_token: str = field(default="", repr=False)
    key_id: str = ""
    secret: str = field(default="", repr=False)


def expect(answer: Answer, status: HTTPStatus) -> Answer:
    """Return the answer if it has this status."""
    if answer.status != status:
        message = answer.json().get("message", "")
        raise WrongTurnError(f"{answer} instead of {status.value}. {message}".strip())
    return answer


def expect_code(answer: Answer, code: str) -> None:
    """Go on only if the answer names this code."""
    if answer.json().get("code") != code:
        raise WrongTurnError(f"{answer} instead of the code {code}")


def sign_in_as(browser: Browser, addresses: Addresses, person: str) -> str:
    """Choose a person at the host, and return where that leads."""
    front = f"{addresses.host_url}/"
    form = expect(browser.get(front), HTTPStatus.OK).page().form(bool)
    if form is None:
        raise WrongTurnError("there is nobody to choose")
    answer = browser.post_form(urljoin(front, form.target), form.filled(person=person))
    expect(answer, HTTPStatus.FOUND)
    return urljoin(front, answer.headers.get("Location", ""))


def ask_host_for_ticket(browser: Browser, url: str, csrf_token: str) -> Answer:
    """Ask the host's ticket endpoint, as its embed script does."""
    return browser.post_json(url, {}, {"X-CSRFToken": csrf_token})


def ticket_of(walk: Traveller, person: str, url: str = "") -> Answer:
    """Ask for a ticket as somebody else, with everything a request needs but rights."""
    browser = Browser()
    sign_in_as(browser, walk.addresses, person)
    reports = f"{walk.addresses.host_url}/"
    forms = expect(browser.get(reports), HTTPStatus.OK).page().forms
    token = dict(forms[0].fields).get("csrfmiddlewaretoken", "") if forms else ""
    return ask_host_for_ticket(browser, url or walk.ticket_url, token)


def from_htmx(walk: Traveller) -> dict[str, str]:
    """Return the headers with which the portal's script asks."""
    return {
        "X-Portal-Session": walk.portal_token,
        "HX-Request": "true",
        "HX-Target": "main",
        "HX-Current-URL": walk.portal_url,
        "Sec-Fetch-Dest": "empty",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
    }


def portal_form(walk: Traveller, path: str) -> Form:
    """Open a screen of the portal and return its form."""
    url = f"{walk.portal_url}/{path}"
    answer = expect(walk.browser.get(url, from_htmx(walk)), HTTPStatus.OK)
    form = answer.page().form(lambda target: target.endswith(path))
    if form is None:
        raise WrongTurnError(f"there is no form at {path}")
    return form


def submit(walk: Traveller, form: Form, **values: str) -> Answer:
    """Send a form of the portal as its script does."""
    url = urljoin(walk.portal_url, form.target)
    return walk.browser.post_form(url, form.filled(**values), from_htmx(walk))


def call_api(addresses: Addresses, secret: str) -> Answer:
    """Call the host's guarded API the way a customer's server does."""
    bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Browser().get(f"{addresses.host_url}/api/reports", bearer)
