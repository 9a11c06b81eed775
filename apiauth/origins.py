"""Web origins that may embed the portal: parsed, never trusted as text.

An entry ends up in a `frame-ancestors` directive and as the target of
`postMessage`, so anything but scheme, host and port would be an injection.
"""

import re
from urllib.parse import urlsplit

from apiauth.errors import Invalid

MAX_ORIGINS = 50
_MAX_LENGTH = 255
_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
    r"|\[[0-9a-f:.]+\]",
    re.ASCII,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse(value: object, *, field: str = "embed_origin") -> str:
    """Read one origin: `scheme://host[:port]`, lower case, no default port.

    A host may start with `*.`. Raises `Invalid` for anything more or less.
    """
    problem = Invalid(
        "An origin looks like https://app.example.com or "
        "https://*.example.com:8443, without a path.",
        field=field,
    )
    if not isinstance(value, str) or len(value) > _MAX_LENGTH or not value.isascii():
        raise problem
    text = value.strip().lower()
    if re.search(r"[\s;,'\"\\@?#]", text):
        raise problem
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise problem from None
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or parts.path or port == 0:
        raise problem
    if not _HOST.fullmatch(host):
        raise problem
    if host.startswith("*.") and "." not in host[2:] and host != "*.localhost":
        raise problem
    if port is None or port == _DEFAULT_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def parse_list(values: object, *, field: str = "embed_origins") -> list[str]:
    """Read a list of origins; returns it without doubles, in the given order."""
    if not isinstance(values, list | tuple) or len(values) > MAX_ORIGINS:
        raise Invalid(
            f"Embed origins must be a list of at most {MAX_ORIGINS}.", field=field
        )
    return list(dict.fromkeys(parse(value, field=field) for value in values))


def exact(value: str) -> str | None:
    """Read the `Origin` that a browser sent; None for what cannot be one."""
    try:
        origin = parse(value)
    except Invalid:
        return None
    return origin if origin == value and "*" not in origin else None


def allows(allowed: list[str], origin: str) -> bool:
    """Tell whether an exact origin is on a list that may hold wildcards."""
    return any(_matches(entry, origin) for entry in allowed)


def _matches(entry: str, origin: str) -> bool:
    if "*" in origin:
        return entry == origin
    scheme, _, host = entry.partition("://")
    if not host.startswith("*."):
        return entry == origin
    asked_scheme, _, asked_host = origin.partition("://")
    # Everything after the star must be equal, the port included.
    return scheme == asked_scheme and asked_host.endswith(host[1:])
