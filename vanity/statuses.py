"""What a key's state is called by its customer: a word, an icon and a tone."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from apiauth.actors import Channel
from apiauth.models import Key

SOON = timedelta(days=14)
REASONS = {
    "no_longer_needed": "no longer needed",
    "leaked": "leaked",
    "replaced": "replaced by another",
    "owner_left": "its owner left",
    "other": "",
}


class Kind(enum.StrEnum):
    """The states a customer can tell apart; the first that applies is shown."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    PAUSED = "paused"
    UNCONFIRMED = "unconfirmed"
    ROTATING = "rotating"
    EXPIRING = "expiring"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One state as it is shown; `at` is the moment that completes the sentence."""

    kind: Kind
    word: str
    icon: str
    tone: str = ""
    at: datetime | None = None

    @property
    def is_usable(self) -> bool:
        """Tell whether the gateway would still let the key pass."""
        return self.kind not in {Kind.REVOKED, Kind.EXPIRED, Kind.PAUSED}


def of(
    key: Key, *, now: datetime, old_secret_ends_at: datetime | None = None
) -> Status:
    """Say which state a key is in at `now`."""
    return _closed(key, now) or _open(key, now, old_secret_ends_at)


def ends_soon(key: Key, *, now: datetime) -> bool:
    """Tell whether a live key expires within the next two weeks."""
    at = key.expires_at
    return key.revoked_at is None and at is not None and now < at <= now + SOON


def is_unconfirmed(key: Key) -> bool:
    """Tell whether a secret was shown here and nobody said that it was stored."""
    return key.created_via == Channel.PORTAL and key.acknowledged_at is None


def reason_of(key: Key) -> str:
    """Say in words why a key was revoked; nothing where nobody said."""
    return REASONS.get(key.revoked_reason, key.revoked_reason)


def _closed(key: Key, now: datetime) -> Status | None:
    if key.revoked_at is not None:
        return Status(kind=Kind.REVOKED, word=_revoked(key), icon="stop")
    if key.expires_at is not None and key.expires_at <= now:
        return Status(
            kind=Kind.EXPIRED,
            word="Expired",
            icon="clock",
            tone="danger",
            at=key.expires_at,
        )
    if key.disabled_at is not None:
        return Status(kind=Kind.PAUSED, word="Paused", icon="paused")
    return None


def _open(key: Key, now: datetime, old_secret_ends_at: datetime | None) -> Status:
    if is_unconfirmed(key):
        return Status(
            kind=Kind.UNCONFIRMED,
            word="Not confirmed as stored",
            icon="warning",
            tone="warning",
        )
    if old_secret_ends_at is not None and old_secret_ends_at > now:
        return Status(
            kind=Kind.ROTATING,
            word="Old secret ends",
            icon="rotate",
            tone="warning",
            at=old_secret_ends_at,
        )
    if ends_soon(key, now=now):
        return Status(
            kind=Kind.EXPIRING,
            word="Expires",
            icon="clock",
            tone="warning",
            at=key.expires_at,
        )
    return Status(kind=Kind.ACTIVE, word="Active", icon="active", tone="success")


def _revoked(key: Key) -> str:
    by = f" by {key.revoked_by_label}" if key.revoked_by_label else ""
    why = reason_of(key)
    return f"Revoked{by}{', ' if why else ''}{why}"
