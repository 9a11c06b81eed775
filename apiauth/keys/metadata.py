"""What hosts may note on a key: a small JSON object that gateways hand back."""

import json
import math
from collections.abc import Iterator

from apiauth import text
from apiauth.errors import Invalid

MAX_MEMBERS = 50
MAX_BYTES = 8 * 1024
MAX_DEPTH = 5
# Clients take the principal's kind from it: nobody may set it (wacht-contract 11).
_RESERVED = "principal_type"


def clean(value: object) -> dict[str, object]:
    """Prove that this may be stored and handed on; names of members are cleaned.

    Raises `Invalid` when it is no object, holds more than 50 members or 8 KiB, is
    nested too deeply, names `principal_type`, or has text or numbers that cannot be
    stored.
    """
    if not isinstance(value, dict):
        raise _invalid("Metadata must be an object.")
    if len(value) > MAX_MEMBERS:
        raise _invalid(f"Metadata has at most {MAX_MEMBERS} members.")
    named = {_name(name): part for name, part in value.items()}
    if len(named) < len(value):
        raise _invalid("Metadata names a member twice.")
    if _RESERVED in named:
        raise _invalid(
            f"Metadata cannot have a member {_RESERVED}: gateways read the kind of the "
            "credential from it."
        )
    for part in _parts(value, depth=0):
        _check(part)
    if len(json.dumps(named, ensure_ascii=False).encode()) > MAX_BYTES:
        raise _invalid(f"Metadata is at most {MAX_BYTES} bytes of JSON.")
    return named


def _name(name: object) -> str:
    try:
        return text.clean(name, field="metadata_name", max_length=text.NAME)
    except Invalid as refusal:
        raise _invalid(refusal.message) from None


def _parts(value: object, *, depth: int) -> Iterator[object]:
    """Walk through all that is inside, names included."""
    if depth > MAX_DEPTH:
        raise _invalid(f"Metadata is nested at most {MAX_DEPTH} deep.")
    yield value
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _parts(part, depth=depth + 1)


def _check(part: object) -> None:
    # What JSON can say and no column can hold.
    if isinstance(part, str) and any(
        c == "\0" or "\ud800" <= c < "\ue000" for c in part
    ):
        raise _invalid("Metadata has text that cannot be stored.")
    if isinstance(part, float) and not math.isfinite(part):
        raise _invalid("Metadata has a number that is too large.")


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, field="metadata")
