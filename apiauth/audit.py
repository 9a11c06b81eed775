"""The history: a closed vocabulary of actions, one way to record, one to verify."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from apiauth import canonical, text
from apiauth.actors import Actor
from apiauth.models import AuditChain, AuditEvent

_GENESIS = bytes(32)
_CHAINED = [
    "deployment_id",
    "sequence",
    "action",
    "actor_kind",
    "actor_id",
    "actor_label",
    "channel",
    "address",
    "agent",
    "request_id",
    "ticket_id",
    "session_id",
    "app_id",
    "key_id",
    "organization_id",
    "user_id",
    "reason",
    "before",
    "after",
    "created_at",
]


class Action(models.TextChoices):
    """What can happen: `<subject>.<verb in the past>`."""

    APP_ACTIVATED = "app.activated"
    APP_DEACTIVATED = "app.deactivated"
    APP_DELETED = "app.deleted"
    APP_PROVISIONED = "app.provisioned"
    APP_UPDATED = "app.updated"
    BACKEND_KEY_MINTED = "backend_key.minted"
    BACKEND_KEY_REVOKED = "backend_key.revoked"
    DEPLOYMENT_PROVISIONED = "deployment.provisioned"
    DEPLOYMENT_UPDATED = "deployment.updated"
    KEY_ACKNOWLEDGED = "key.acknowledged"
    KEY_CREATED = "key.created"
    KEY_OLD_SECRET_ENDED = "key.old_secret_ended"  # noqa: S105 - an action
    KEY_RENAMED = "key.renamed"
    KEY_REVOKED = "key.revoked"
    KEY_ROTATED = "key.rotated"
    KEY_UPDATED = "key.updated"
    MEMBERSHIP_CHANGED = "membership.changed"
    MEMBERSHIP_REMOVED = "membership.removed"
    ORGANIZATION_CHANGED = "organization.changed"
    SCHEME_CREATED = "scheme.created"
    SCHEME_DELETED = "scheme.deleted"
    SCHEME_UPDATED = "scheme.updated"
    SESSION_ENDED = "session.ended"
    SESSION_OPENED = "session.opened"
    SESSION_RENEWED = "session.renewed"
    TICKET_DENIED = "ticket.denied"
    TICKET_ISSUED = "ticket.issued"
    TICKET_REPLAYED = "ticket.replayed"
    USER_CHANGED = "user.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is about, by plain ids."""

    deployment_id: uuid.UUID
    app_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    organization_id: str | None = None
    user_id: str | None = None


type Facts = dict[str, object]


def record(
    action: Action,
    *,
    about: Subject,
    actor: Actor,
    now: datetime,
    reason: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> AuditEvent:
    """Append one event to its deployment's chain, in the caller's transaction.

    The chain's row lock holds until that transaction ends: events of one
    deployment are in the order in which their changes became visible. `before` and
    `after` are hashed and stored in their canonical form, so that no database can
    give them back otherwise than they were hashed.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit event belongs to a transaction.")
    chain = _locked_chain(about.deployment_id)
    event = AuditEvent(
        deployment_id=about.deployment_id,
        sequence=chain.sequence + 1,
        action=action,
        app_id=about.app_id,
        key_id=about.key_id,
        organization_id=about.organization_id,
        user_id=about.user_id,
        reason=text.shorten(reason, text.REASON),
        before=_canonical(before),
        after=_canonical(after),
        created_at=now,
        previous_hash=bytes(chain.head),
        **_who(actor),
    )
    event.hash = _hash(event)
    event.save(force_insert=True)
    AuditChain.objects.filter(pk=chain.pk).update(
        sequence=event.sequence, head=event.hash
    )
    return event


def verify_chain(deployment_id: uuid.UUID) -> int | None:
    """Recompute a deployment's chain; returns the first bad sequence number.

    None means that no event was edited, removed, swapped or cut off. Every history
    begins with its deployment, so one without events was emptied. Events that are
    recorded meanwhile are read as well: they are no damage.
    """
    sequence, head = 0, _GENESIS
    while True:
        read = sequence
        for event in _in_order(deployment_id, after=sequence):
            if not _continues(event, sequence, head):
                return sequence + 1
            sequence, head = event.sequence, bytes(event.hash)
        if sequence and _end(deployment_id) == (sequence, head):
            return None
        if read == sequence:
            return sequence + 1


def _continues(event: AuditEvent, sequence: int, head: bytes) -> bool:
    return (
        event.sequence == sequence + 1
        and bytes(event.previous_hash) == head
        and bytes(event.hash) == _hash(event)
    )


def _end(deployment_id: uuid.UUID) -> tuple[int, bytes]:
    chain = AuditChain.objects.filter(pk=deployment_id).first()
    return (chain.sequence, bytes(chain.head)) if chain else (0, _GENESIS)


def _in_order(deployment_id: uuid.UUID, *, after: int) -> Iterator[AuditEvent]:
    events = AuditEvent.objects.filter(deployment_id=deployment_id, sequence__gt=after)
    return events.order_by("sequence").iterator(chunk_size=1000)


def _locked_chain(deployment_id: uuid.UUID) -> AuditChain:
    # The first event of a deployment makes the row; who comes second waits here.
    AuditChain.objects.bulk_create(
        [AuditChain(deployment_id=deployment_id, head=_GENESIS)], ignore_conflicts=True
    )
    return AuditChain.objects.select_for_update(no_key=True).get(pk=deployment_id)


def _canonical(facts: Facts | None) -> object:
    return None if facts is None else canonical.form(facts)


def _who(actor: Actor) -> Facts:
    return {
        "actor_kind": actor.kind,
        "actor_id": text.shorten(actor.id, text.EXTERNAL_ID),
        "actor_label": text.shorten(actor.label, text.LABEL),
        "channel": actor.channel,
        "address": text.shorten(actor.address, text.ADDRESS),
        "agent": text.shorten(actor.agent, text.AGENT),
        "request_id": actor.request_id,
        "ticket_id": actor.ticket_id,
        "session_id": actor.session_id,
    }


def _hash(event: AuditEvent) -> bytes:
    facts = {name: getattr(event, name) for name in _CHAINED}
    facts["created_at"] = event.created_at.timestamp()
    body = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(bytes(event.previous_hash) + body.encode()).digest()
