"""Renaming, acknowledging and revoking keys."""

from datetime import datetime

from django.db import transaction

from apiauth import audit, text
from apiauth.actors import Actor, ActorKind
from apiauth.errors import Conflict, KeyRevoked
from apiauth.keys import rows
from apiauth.keys.values import Revoked
from apiauth.models import ApiAuthApp, Key

_OUTDATED = (
    "This key was rotated meanwhile: what you have stored is an old secret. Ask "
    "whoever rotated it for the new one, or rotate the key again."
)


@transaction.atomic(durable=True)
def rename(
    *,
    key: Key,
    name: str,
    description: str | None = None,
    actor: Actor,
    now: datetime,
) -> Key:
    """Give a key another name or description. Raises `NameTaken`, `KeyRevoked`."""
    key = rows.locked(key)
    if key.revoked_at is not None:
        raise KeyRevoked
    before: audit.Facts = {"name": key.name, "description": key.description}
    key.name = text.clean(name, field="name", max_length=text.NAME)
    if description is not None:
        key.description = rows.description(description)
    key.updated_at = now
    rows.save_named(key, update_fields=["name", "description", "updated_at"])
    after: audit.Facts = {"name": key.name, "description": key.description}
    rows.record(
        audit.Action.KEY_RENAMED, key, actor=actor, now=now, before=before, after=after
    )
    return key


@transaction.atomic(durable=True)
def acknowledge(*, key: Key, version: int, actor: Actor, now: datetime) -> bool:
    """Note that the holder stored the secret that was shown; False when noted before.

    `version` is the one that was shown: when it is no longer the newest, nothing is
    noted. Raises `KeyRevoked` or `Conflict`.
    """
    # A rotation waits for the lock, or has been here before: then we see its version.
    key = rows.locked(key)
    if key.revoked_at is not None:
        raise KeyRevoked
    if rows.current_secret(key).version != version:
        raise Conflict(_OUTDATED)
    if key.acknowledged_at is not None:
        return False
    key.acknowledged_at = now
    key.save(update_fields=["acknowledged_at"])
    rows.record(audit.Action.KEY_ACKNOWLEDGED, key, actor=actor, now=now)
    return True


@transaction.atomic(durable=True)
def revoke(
    *, key: Key, reason: str, note: str = "", actor: Actor, now: datetime
) -> Revoked:
    """Revoke a key for good: every check that starts afterwards refuses it.

    A key that is revoked already is answered as such, unchanged.
    """
    reason = _reason(reason, "reason")
    note = _reason(note, "note")
    ApiAuthApp.objects.get(pk=key.app_id).rules.check_reason(reason)
    live = Key.objects.unrevoked().filter(pk=key.pk)
    done = live.update(
        revoked_at=now,
        revoked_reason=reason,
        revoked_note=note,
        revoked_by_label=_shown_to_owners(actor),
        updated_at=now,
    )
    key = Key.objects.select_related("app").get(pk=key.pk)
    if done:
        rows.record(
            audit.Action.KEY_REVOKED,
            key,
            actor=actor,
            now=now,
            reason=reason,
            after={"note": note},
        )
    return Revoked(key=key, already=not done)


def _reason(value: str, name: str) -> str:
    return text.clean(
        value, field=name, max_length=text.REASON, required=False, multiline=True
    )


def _shown_to_owners(actor: Actor) -> str:
    # An operator's label is the name they sign in with; the history has it.
    return "" if actor.kind is ActorKind.OPERATOR else actor.label
