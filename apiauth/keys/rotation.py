"""Rotating keys: a new secret for the same identity."""

from datetime import datetime, timedelta

from django.db import transaction

from apiauth import audit, owners
from apiauth.actors import Actor
from apiauth.errors import Conflict, KeyExpired, KeyPaused, KeyRevoked
from apiauth.keys import rows
from apiauth.keys.values import KEEP, Issued
from apiauth.models import ApiAuthApp, Key, KeySecret
from apiauth.models.clock import database_now
from apiauth.policies import Policy


@transaction.atomic(durable=True)
def rotate(
    *,
    key: Key,
    overlap_seconds: int = 0,
    expires_at: datetime | None = KEEP,
    version: int | None = None,
    token: str = "",
    actor: Actor,
    now: datetime,
) -> Issued:
    """Give a key a new secret; the old one ends now, or after the overlap.

    Its identity, name and counters stay; the new secret may live as long as a new
    key's, the old one no longer than it would have. Of two rotations of the same
    `version` the second raises `Conflict`. At most two secrets live at once: one that
    was still in an earlier overlap ends now. Raises `KeyRevoked`, `KeyPaused`,
    `KeyExpired` (give a new `expires_at`), `PolicyViolation` (also for an expiry that
    would stay), `QuotaReached` (an expired key whose place is taken), `AlreadyDone`,
    `TenantSuspended`.
    """
    app = rows.locked_app(key.app_id)
    key = rows.locked(key)
    owners.require_active(key, now=now)
    rows.claim(token, "rotate", key, among=str(key.id), actor=actor, now=now)
    app.rules.check_overlap(overlap_seconds)
    old_end = key.expires_at
    _renew_expiry(key, expires_at, app=app, now=now)
    current = _current(key, version)
    ends_at, lives_on = _end(current, overlap_seconds, old_end, policy=app.rules)
    newest = current.version + 1
    secret = rows.issue_secret(key, app.key_prefix, version=newest, now=now)
    key.acknowledged_at, key.updated_at = None, now
    key.save(update_fields=["acknowledged_at", "expires_at", "updated_at"])
    before: audit.Facts = {"version": current.version}
    after: audit.Facts = {"version": newest, "old_ends_at": ends_at.isoformat()}
    rows.record(
        audit.Action.KEY_ROTATED, key, actor=actor, now=now, before=before, after=after
    )
    shown_end = ends_at if lives_on else None
    return Issued(key=key, secret=secret, version=newest, old_ends_at=shown_end)


@transaction.atomic(durable=True)
def end_old_secret(*, key: Key, actor: Actor, now: datetime) -> bool:
    """End a rotated key's old secret now; False when none was left."""
    key, moment = rows.locked(key), database_now()
    if not key.secrets.filter(ends_at__gt=moment).update(ends_at=moment):
        return False
    rows.record(audit.Action.KEY_OLD_SECRET_ENDED, key, actor=actor, now=now)
    return True


def _current(key: Key, version: int | None) -> KeySecret:
    current = rows.current_secret(key)
    if version is not None and current.version != version:
        raise Conflict("This key was rotated just now. Look at it again first.")
    return current


def _end(
    current: KeySecret,
    overlap_seconds: int,
    old_end: datetime | None,
    *,
    policy: Policy,
) -> tuple[datetime, bool]:
    """End a secret after an overlap, and at once what was in an earlier one.

    `old_end` is the expiry that its key had. Says when it ends, and whether that is
    later than now.
    """
    moment = database_now()
    ends_at = policy.overlap_end(
        moment + timedelta(seconds=overlap_seconds),
        secret_made_at=current.created_at,
        expires_at=old_end,
    )
    ends_at = max(ends_at, moment)
    secrets = KeySecret.objects.filter(key=current.key_id)
    secrets.filter(ends_at__gt=moment).update(ends_at=moment)
    secrets.filter(pk=current.pk).update(ends_at=ends_at)
    return ends_at, ends_at > moment


def _renew_expiry(
    key: Key, expires_at: datetime | None, *, app: ApiAuthApp, now: datetime
) -> None:
    if key.revoked_at is not None:
        raise KeyRevoked
    if key.disabled_at is not None:
        raise KeyPaused
    is_kept = expires_at is KEEP
    if is_kept:
        expires_at = key.expires_at
        if expires_at is not None and expires_at <= now:
            raise KeyExpired
    # One that stays is checked, too: a rule may be younger than the key.
    app.rules.check_expiry(expires_at, now=now)
    if not is_kept:
        rows.check_revival(key, app, now=now)
    key.expires_at = expires_at
