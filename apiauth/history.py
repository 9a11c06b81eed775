"""The history as support and security teams read it: who changed what, newest first."""

import struct
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from apiauth import pages, text, windows
from apiauth.actors import ActorKind
from apiauth.audit import Action
from apiauth.errors import Forbidden
from apiauth.models import ApiAuthApp, AuditEvent, BackendKey
from apiauth.models.audit import AuditEventQuerySet
from apiauth.pages import Page

# The sequence number in its deployment's chain, padded to whole groups of base64.
_PLACE = struct.Struct(">xq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which events are asked for; unset means all. From `start`, before `end`."""

    action: Action | None = None
    actor_kind: ActorKind | None = None
    key_id: UUID | None = None
    organization_id: str | None = None
    user_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def of_app(
    app: ApiAuthApp,
    *,
    filters: Filters,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[AuditEvent]:
    """Read a page of what happened in one app.

    Following `next_cursor` shows every event that was there at the first page exactly
    once. Raises `Invalid` naming the part of the filters that cannot be used.
    """
    events = AuditEvent.objects.of(app.deployment_id).filter(app_id=app.pk)
    return _page(events, filters, cursor=cursor, limit=limit, now=now)


def of_deployment(
    backend_key: BackendKey,
    *,
    filters: Filters,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[AuditEvent]:
    """Read a page of what happened in a whole deployment; as for one app.

    Raises `Forbidden` for a backend key that is bound to some apps.
    """
    if backend_key.apps.exists():
        raise Forbidden(
            "This backend key is bound to some apps: ask for the events of one of them."
        )
    events = AuditEvent.objects.of(backend_key.deployment_id)
    return _page(events, filters, cursor=cursor, limit=limit, now=now)


def _page(
    events: AuditEventQuerySet,
    filters: Filters,
    *,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[AuditEvent]:
    found = events.filter(_wanted(filters, now))
    if cursor is not None:
        (sequence,) = _PLACE.unpack(pages.place(cursor, length=_PLACE.size))
        found = found.before(sequence)
    app = ApiAuthApp.objects.filter(pk=OuterRef("app_id"))
    columns = {"app_slug": Subquery(app.values("app_slug")[:1])}
    rows = found.annotate(**columns).order_by("-sequence")[: limit + 1]
    return pages.cut(list(rows), limit=limit, place=_place_of)


def _place_of(event: AuditEvent) -> bytes:
    return _PLACE.pack(event.sequence)


def _wanted(filters: Filters, now: datetime) -> Q:
    window = windows.ask(start=filters.start, end=filters.end, default=None, now=now)
    wanted = {
        "action": filters.action,
        "actor_kind": filters.actor_kind,
        "key_id": filters.key_id,
        "organization_id": _external(filters.organization_id, "organization_id"),
        "user_id": _external(filters.user_id, "user_id"),
        "created_at__gte": window.since,
        "created_at__lt": window.until,
    }
    return Q(**{column: value for column, value in wanted.items() if value is not None})


def _external(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)
