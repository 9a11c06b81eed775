"""The end of many sessions at once, as one step of the operation that wants it."""

import itertools
from datetime import datetime

from django.db.models.functions import Now

from apiauth import audit
from apiauth.actors import Actor
from apiauth.models import PortalSession
from apiauth.models.clock import database_now
from apiauth.models.sessions import PortalSessionQuerySet

# As many fit into one statement and one event.
BATCH = 500


def end(
    sessions: PortalSessionQuerySet,
    *,
    reason: PortalSession.EndReason,
    about: audit.Subject,
    actor: Actor,
    now: datetime,
    note: str = "",
) -> int:
    """End those that could still be used; returns how many, which may be none.

    In the caller's transaction. One event for all of them, with their ids, or one
    for every `BATCH`; none when there was nothing to end.
    """
    # In one order for everybody: who locks the same ones waits, and meets no deadlock.
    locked = (
        sessions.unended(database_now())
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    ids = list(locked)
    for batch in itertools.batched(ids, BATCH):
        PortalSession.objects.filter(pk__in=batch).update(
            ended_at=Now(), ended_reason=reason
        )
        audit.record(
            audit.Action.SESSION_ENDED,
            about=about,
            actor=actor,
            now=now,
            reason=note or reason,
            after={"count": len(batch), "session_ids": [str(pk) for pk in batch]},
        )
    return len(ids)
