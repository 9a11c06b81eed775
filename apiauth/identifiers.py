"""Identifiers of rows: opaque outside, time-ordered inside."""

import uuid

from uuid_utils.compat import uuid7


def new() -> uuid.UUID:
    """Make a time-ordered UUID (version 7, RFC 9562 section 5.7)."""
    return uuid7()


def locator() -> uuid.UUID:
    """Make a random UUID (version 4) for ids that appear in URLs before sign-in."""
    return uuid.uuid4()
