"""Reading plain checks fast; whatever is unusual is left to the careful reader.

Both read the same members into the same names; what this one takes, the other one
would take, too. It gives up on escapes, on space before a colon, on members that are
null or given twice, and on every mistake: the other one has the words for that.
"""

import re

import msgspec


class Principal(msgspec.Struct, forbid_unknown_fields=True):
    """The credential of a customer's request."""

    type: str
    value: str

    def __repr__(self) -> str:
        return f"<Principal {self.type}>"


class Check(msgspec.Struct, forbid_unknown_fields=True):
    """A customer's request as the host saw it."""

    principal: Principal
    resource: str
    method: str
    client_ip: str | None = None
    user_agent: str | None = None
    required_permissions: list[str] | None = None
    environment: str | None = None
    explain: bool = False


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """Checks to be answered together."""

    checks: list[Check]


_TYPES = frozenset(["api_key", "oauth_access_token"])
# What each check has at least: principal, type, value, resource, method.
_LEAST = 5
_UNUSUAL = b"\\ \t\n\r"
_DOUBTFUL = re.compile(rb"\\|[ \t\n\r]:")
_check = msgspec.json.Decoder(Check)
_batch = msgspec.json.Decoder(Batch)


def check(body: bytes) -> Check | None:
    """Read one check; None where it takes a closer look."""
    if not _is_plain(body):
        return None
    try:
        read = _check.decode(body)
    except (msgspec.DecodeError, ValueError):
        return None
    # A quote and a colon for every member: with more of them one is given twice.
    is_sound = read.principal.type in _TYPES and body.count(b'":') == _count(read)
    return read if is_sound else None


def checks(body: bytes, most: int) -> list[Check] | None:
    """Read a batch of at most that many; None where it takes a closer look."""
    if not _is_plain(body):
        return None
    try:
        read = _batch.decode(body).checks
    except (msgspec.DecodeError, ValueError):
        return None
    if not 1 <= len(read) <= most or any(c.principal.type not in _TYPES for c in read):
        return None
    return read if body.count(b'":') == 1 + sum(map(_count, read)) else None


def _is_plain(body: bytes) -> bool:
    # Most bodies have neither space nor escapes, which is seen at one glance.
    if len(body.translate(None, _UNUSUAL)) == len(body):
        return True
    return not _DOUBTFUL.search(body)


def _count(read: Check) -> int:
    return (
        _LEAST
        + (read.client_ip is not None)
        + (read.user_agent is not None)
        + (read.required_permissions is not None)
        + (read.environment is not None)
        + read.explain
    )
