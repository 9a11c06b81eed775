"""Identifiers of rows: opaque outside, time-ordered inside."""

import uuid

import uuid_utils
from uuid_utils.compat import uuid7


def new() -> uuid.UUID:
    """Make a time-ordered UUID (version 7, RFC 9562 section 5.7)."""
    return uuid7()


def new_hex() -> str:
    """Make the same, written as 32 hexadecimal digits."""
    return uuid_utils.uuid7().hex


def random_hex() -> str:
    """Make 16 hexadecimal digits that name one request among others in a log."""
    return uuid_utils.uuid4().hex[16:]


def locator() -> uuid.UUID:
    """Make a random UUID (version 4) for ids that appear in URLs before sign-in."""
    return uuid.uuid4()
