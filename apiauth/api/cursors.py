"""Opaque marks in answers that say where a list goes on."""

from django.core.signing import BadSignature, Signer

from apiauth.errors import Invalid


def seal(purpose: str, *facts: str) -> str:
    """Make a mark of a list; only the same list reads it."""
    return _signer(purpose).sign_object(list(facts))


def read(purpose: str, cursor: str) -> list[str]:
    """Read a mark. Raises `Invalid` for one that this list did not give."""
    try:
        facts: list[str] = _signer(purpose).unsign_object(cursor)
    except BadSignature:
        raise Invalid(
            "Take the cursor from the next_cursor of the page before.", field="cursor"
        ) from None
    return facts


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"keyplate.cursor.{purpose}")
