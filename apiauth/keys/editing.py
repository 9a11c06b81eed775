"""Changing what a key is called, may do, carries, and until when."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import transaction

from apiauth import audit, canonical, owners, permissions, text
from apiauth.actors import Actor
from apiauth.errors import KeyRevoked
from apiauth.keys import creation, metadata, rows
from apiauth.models import ApiAuthApp, Key


class Changes(TypedDict, total=False):
    """What may be changed of a key; what is left out stays as it is."""

    name: str
    description: str
    permissions: Sequence[str]
    metadata: dict[str, object]
    expires_at: datetime | None


@transaction.atomic(durable=True)
def update(*, key: Key, actor: Actor, now: datetime, **changes: Unpack[Changes]) -> Key:
    """Change a key; the next check sees it. `expires_at=None` is never.

    Nothing is written when nothing is different, and only what is different is held
    against the policy. Raises `Invalid` naming the field, `PolicyViolation`,
    `QuotaReached` for an expired key whose place is taken, `NameTaken`, `KeyRevoked`,
    `AppInactive` or `TenantSuspended`.
    """
    app = rows.locked_app(key.app_id)
    key = rows.locked(key)
    owners.require_active(key, now=now)
    if key.revoked_at is not None:
        raise KeyRevoked
    wanted = {name: _CLEAN[name](value) for name, value in changes.items()}
    after = {n: v for n, v in wanted.items() if not _is_same(getattr(key, n), v)}
    if not after:
        return key
    _check(app, key, after, changes, now=now)
    before = {name: getattr(key, name) for name in after}
    for name, value in after.items():
        setattr(key, name, value)
    key.updated_at = now
    rows.save_named(key, update_fields=[*after, "updated_at"])
    rows.record(
        audit.Action.KEY_UPDATED,
        key,
        actor=actor,
        now=now,
        before=_facts(before),
        after=_facts(after),
    )
    return key


def _is_same(stored: object, wanted: object) -> bool:
    if isinstance(stored, datetime) and isinstance(wanted, datetime):
        # Answers tell moments to the millisecond: to send one back changes nothing.
        return abs(stored - wanted) < timedelta(milliseconds=1)
    return canonical.is_same(stored, wanted)


def _check(
    app: ApiAuthApp, key: Key, changed: audit.Facts, changes: Changes, *, now: datetime
) -> None:
    if "expires_at" in changed:
        made_at = rows.current_secret(key).created_at
        app.rules.check_expiry(changes["expires_at"], secret_made_at=made_at, now=now)
        rows.check_revival(key, app, now=now)
    if "permissions" in changed:
        creation.bounded(app, changes["permissions"])


def _facts(values: audit.Facts) -> audit.Facts:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


_CLEAN: dict[str, Callable[..., object]] = {
    "name": lambda value: text.clean(value, field="name", max_length=text.NAME),
    "description": rows.description,
    "permissions": lambda values: permissions.grants(list(values)),
    "metadata": metadata.clean,
    "expires_at": lambda value: value,
}
