"""Requests that must not happen twice, however often they are sent."""

import hashlib
import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from apiauth import text
from apiauth.actors import Actor, ActorKind
from apiauth.errors import AlreadyDone, Made
from apiauth.models import IdempotencyRecord

MAX_TOKEN = 100


def scope(verb: str, app_id: uuid.UUID, subject: str, *, actor: Actor) -> str:
    """Name a verb, and among whom a token for it is unique.

    A host counts its tokens over the whole app, whatever they were used for. All
    others only know what is their own, which `subject` names.
    """
    host = actor.kind is ActorKind.HOST
    return f"{verb}:{app_id}" if host else f"{verb}:{app_id}:{subject}"


def claim(
    deployment_id: uuid.UUID,
    scope: str,
    token: str,
    made_id: uuid.UUID,
    *,
    made: Made = "key",
    now: datetime,
) -> None:
    """Take a token for good, in the caller's transaction; an empty one is no token.

    `scope` names the verb and whose token it is: strangers may choose the same one.
    A second request under way waits for the first one's outcome. Raises
    `AlreadyDone` with what the first one made.
    """
    if not token:
        return
    token = text.clean(token, field="idempotency_key", max_length=MAX_TOKEN)
    # Owners' ids are longer than an index entry may be.
    scope = hashlib.sha256(scope.encode()).hexdigest()
    try:
        with transaction.atomic():
            IdempotencyRecord.objects.create(
                deployment_id=deployment_id,
                scope=scope,
                token=token,
                made_id=made_id,
                created_at=now,
            )
    except IntegrityError:
        first = IdempotencyRecord.objects.get(
            deployment_id=deployment_id, scope=scope, token=token
        )
        raise AlreadyDone(first.made_id, made=made) from None
