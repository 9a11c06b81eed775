"""Sessions as their host sees them: found by id, ended by whom they belong to."""

import uuid
from datetime import datetime
from typing import TypedDict

from django.db import transaction

from apiauth import audit, endings, text
from apiauth.actors import Actor
from apiauth.errors import NotFound
from apiauth.models import ApiAuthApp, BackendKey, PortalSession


class _Claims(TypedDict):
    user_id: str | None
    organization_id: str | None


def find(backend_key: BackendKey, session_id: uuid.UUID) -> PortalSession:
    """Find a session of the apps that a backend key may act on, with its ticket.

    Raises `NotFound` for absent and foreign ones alike.
    """
    reachable = PortalSession.objects.reachable_by(backend_key)
    session = reachable.select_related("ticket").filter(pk=session_id).first()
    if session is None:
        raise NotFound("There is no such session.")
    return session


@transaction.atomic(durable=True)
def end_all(
    *,
    app: ApiAuthApp,
    user_id: str | None = None,
    organization_id: str | None = None,
    reason: PortalSession.EndReason = PortalSession.EndReason.HOST,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> int:
    """End every session of an app, or those of a person, an organization, or both.

    Returns how many; one that was open without being used counts as well. Raises
    `Invalid` naming the id or the note that cannot be.
    """
    claims: _Claims = {
        "user_id": _external(user_id, "user_id"),
        "organization_id": _external(organization_id, "organization_id"),
    }
    sessions = PortalSession.objects.of_app(app)
    return endings.end(
        sessions.claimed_by(app.deployment_id, **claims),
        reason=reason,
        about=audit.Subject(deployment_id=app.deployment_id, app_id=app.pk, **claims),
        note=text.clean(
            note, field="reason", max_length=text.REASON, required=False, multiline=True
        ),
        actor=actor,
        now=now,
    )


def _external(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)
