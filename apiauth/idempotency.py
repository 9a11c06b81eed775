"""Requests that must not happen twice, however often they are sent."""

import hashlib
import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from apiauth import text
from apiauth.errors import AlreadyDone
from apiauth.models import IdempotencyRecord

MAX_TOKEN = 100


def claim(
    deployment_id: uuid.UUID,
    scope: str,
    token: str,
    key_id: uuid.UUID,
    *,
    now: datetime,
) -> None:
    """Take a token for good, in the caller's transaction; an empty one is no token.

    `scope` names the verb and whose token it is: strangers may choose the same one.
    A second request under way waits for the first one's outcome. Raises
    `AlreadyDone` with the key that the first one made.
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
                key_id=key_id,
                created_at=now,
            )
    except IntegrityError:
        first = IdempotencyRecord.objects.get(
            deployment_id=deployment_id, scope=scope, token=token
        )
        raise AlreadyDone(key_id=first.key_id) from None
