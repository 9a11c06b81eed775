"""The host's own rules: who is signed in, and what they may do here.

Keyplate trusts what these rules decide, so they run before a ticket is asked for.
"""

import time
from collections.abc import Mapping

from django.http import Http404, HttpRequest

from northwind.directory import CAPABILITIES, PEOPLE, Person


class Refused(Exception):
    """The host says no: with a status, a code and a sentence for the person."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what the answer needs."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def sign_in(request: HttpRequest, person: Person) -> None:
    """Start a new session for this person; put your own sign-in here."""
    request.session.flush()
    request.session["person"] = person.slug
    request.session["signed_in_at"] = int(time.time())


def person_of(request: HttpRequest) -> Person | None:
    """Return who is signed in, or None."""
    return PEOPLE.get(request.session.get("person", ""))


def person_on_page(request: HttpRequest) -> Mapping[str, Person | None]:
    """Tell every template who is signed in."""
    return {"person": person_of(request)}


def member(request: HttpRequest, tenant: str) -> Person:
    """Return the person if this is their company; to others it does not exist."""
    person = person_of(request)
    if person is None:
        raise Refused(401, "signed_out", "Sign in first.")
    if person.tenant.slug != tenant:
        raise Http404
    return person


def desk_capabilities(person: Person) -> tuple[str, ...]:
    """Return what the person may do in the key desk; raise Refused if nothing."""
    if person.tenant.suspended:
        sentence = f"{person.tenant.name} is suspended, so its API keys are locked."
        raise Refused(403, "tenant_suspended", sentence)
    capabilities = CAPABILITIES.get(person.role)
    if not capabilities:
        sentence = "Your role does not include API keys. Ask a manager of your team."
        raise Refused(403, "forbidden", sentence)
    return capabilities
