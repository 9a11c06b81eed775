"""Where customers put their keys: the places that an operator named, in that order."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from django.conf import settings

AUTHORIZATION = "authorization"
_SCHEMES = frozenset(["apikey", "bearer"])
# Never the shape of a key: two values in one place are nobody's key.
_BETWEEN = ","


def credential(headers: Mapping[str, str], query: str) -> str:
    """Find the key that a request brings; empty when it brings none.

    The first of `KEYPLATE_GATEWAY_CREDENTIALS` that holds anything decides. Two
    different values in one place come back as one that no key looks like: whoever is
    behind the proxy might take the other one.
    """
    for kind, name in settings.KEYPLATE_GATEWAY_CREDENTIALS:
        values = dict.fromkeys(_values(kind, name, headers, query))
        values.pop("", None)
        if values:
            return _BETWEEN.join(values)
    return ""


def _values(
    kind: str, name: str, headers: Mapping[str, str], query: str
) -> Iterator[str]:
    if kind == "query":
        yield from _of_query(name, query)
    elif kind == "cookie":
        yield from _of_cookies(name, headers.get("cookie", ""))
    elif name == AUTHORIZATION:
        yield from _of_authorization(headers.get(name, ""))
    else:
        yield from _lines(headers.get(name, ""))


def _of_query(name: str, query: str) -> Iterator[str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    yield from (value for key, value in pairs if key == name)


def _of_cookies(name: str, header: str) -> Iterator[str]:
    for pair in header.split(";"):
        key, _, value = pair.partition("=")
        if key.strip() == name:
            yield value.strip().removeprefix('"').removesuffix('"')


def _of_authorization(header: str) -> Iterator[str]:
    lines = list(_lines(header))
    parts = [line.partition(" ") for line in lines]
    is_ours = [scheme.lower() in _SCHEMES for scheme, _, _ in parts]
    if any(is_ours) and not all(is_ours):
        # One of ours and one of another kind: which one counts is anybody's guess.
        yield from lines
        return
    yield from (value.strip() for (_, _, value) in parts if all(is_ours))


def _lines(header: str) -> Iterator[str]:
    """The lines of a header that came more than once (RFC 9110, section 5.3)."""
    yield from (line.strip() for line in header.split(","))
