"""Which paths the keys of an app reach; pure.

An entry is a whole path, `/v1/reports`, or ends in `/*` for everything below it:
`/v1/*` reaches `/v1/reports/7`, but neither `/v1` nor `/v1/`. `/*` is every path.

Paths are compared segment by segment, in one spelling of what a percent sign may or
may not encode (RFC 3986, section 6.2.2). Servers disagree on dots, empty segments and
encoded slashes; a path with any of those might end up elsewhere than it reads, so a
list reaches none of them. A slash at the end is part of a path, as in `/v1/reports/`.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from apiauth import text
from apiauth.errors import Invalid

MAX_RESOURCES = 100
_BELOW = "/*"
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})", re.ASCII)
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]", re.ASCII)
# Slashes and controls, encoded once or twice, and percent signs that encode nothing.
_DOUBTFUL = re.compile(
    r"\\|%(?:2f|5c|[01][0-9a-f]|7f|25(?:2e|2f|5c))|%(?![0-9a-f]{2})",
    re.ASCII | re.IGNORECASE,
)


def clean(values: object, *, field: str = "resources") -> list[str]:
    """Check a list of resources; returns it without doubles, in order.

    Raises `Invalid` saying what is allowed where an entry could never be reached.
    """
    if not isinstance(values, list | tuple):
        raise Invalid("Resources must be a list of paths.", field=field)
    if len(values) > MAX_RESOURCES:
        raise Invalid(f"At most {MAX_RESOURCES} resources.", field=field)
    return list(dict.fromkeys(_judged(value, field) for value in values))


def reaches(resources: Sequence[str], path: str) -> bool:
    """Tell whether a list of resources reaches a path; an empty one reaches all.

    The path has no query. In doubt the answer is no.
    """
    if not resources:
        return True
    asked = _segments(path)
    return asked is not None and any(_covers(entry, asked) for entry in resources)


def is_doubtful(path: str) -> bool:
    """Tell whether servers may disagree on which path this is."""
    return ";" in path or _segments(path) is None


def spelled(path: str) -> str:
    """Write a path in the one spelling in which paths are compared."""
    if "%" in path:
        path = _ENCODED.sub(_respelled, path)
    # What is beyond ASCII may be sent as it is or encoded.
    return path if path.isascii() else quote(path, safe="".join(map(chr, range(128))))


def _covers(entry: str, asked: list[str]) -> bool:
    if not entry.endswith(_BELOW):
        return _segments(entry) == asked
    above = _segments(entry.removesuffix(_BELOW)) if entry != _BELOW else []
    if above is None or asked[: len(above)] != above:
        return False
    return not above or (len(asked) > len(above) and bool(asked[len(above)]))


def _segments(path: str) -> list[str] | None:
    """Split a path; None when it may not be what it reads."""
    spelling = spelled(path)
    if not path.startswith("/") or _DOUBTFUL.search(spelling):
        return None
    segments = spelling[1:].split("/")
    # Some servers cut off what follows a semicolon, and find the dots then.
    bare = [segment.partition(";")[0] for segment in segments]
    if "." in bare or ".." in bare or not all(bare[:-1]):
        return None
    return segments


def _respelled(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if _UNRESERVED.fullmatch(char) else found[0].upper()


def _judged(value: object, field: str) -> str:
    cleaned = text.clean(value, field=field, max_length=text.URL)
    path = cleaned.removesuffix("*") if cleaned.endswith(_BELOW) else cleaned
    if any(sign in path for sign in "*?#") or _segments(path) is None:
        raise Invalid(
            "A resource is a whole path such as /v1/reports, or ends in /* for "
            "everything below it. It has no query, no other *, no //, no . or .. as "
            "a segment, no backslash and no encoded slash.",
            field=field,
        )
    return cleaned
