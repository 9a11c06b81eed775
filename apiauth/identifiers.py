"""Identifiers of rows: opaque outside, time-ordered inside."""

import uuid

import uuid6


def new() -> uuid.UUID:
    """Make a time-ordered UUID (version 7, RFC 9562 section 5.7)."""
    return uuid.UUID(int=uuid6.uuid7().int)


def locator() -> uuid.UUID:
    """Make a random UUID (version 4) for ids that appear in URLs before sign-in."""
    return uuid.uuid4()
