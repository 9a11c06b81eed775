"""The history on the wire: ours, no part of any contract."""

from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from apiauth.api.outputs.apps import MaybeText
from apiauth.models import AuditEvent
from apiauth.pages import Page

_EVENT: JsonDict = {
    "sequence": 42,
    "action": "key.revoked",
    "actor": {"kind": "customer", "id": "usr_ada", "label": "Ada"},
    "channel": "portal",
    "address": "192.0.2.7",
    "agent": "Mozilla/5.0",
    "request_id": "5f0c9d6f1f0e4a7b",
    "ticket_id": "3c1f8a52-9d0e-4b7a-8f21-0d9a4c6e7b10",
    "session_id": "8e2d7b64-1a3f-4c5d-9e80-5b6c7d8e9f01",
    "app_slug": "aa_acme",
    "key_id": "019ac9f0-0000-7000-8000-000000000002",
    "organization_id": "org_acme",
    "user_id": "usr_ada",
    "reason": "leaked",
    "before": {"name": "CI"},
    "after": None,
    "timestamp": "2027-03-12T14:00:00.123Z",
}


class EventActor(Schema):
    """Who acted: a host's backend, a customer, an operator or the system."""

    kind: str
    id: str = Field(description="A backend key's id, a user id, an operator's.")
    label: str


class Event(Schema):
    """One thing that happened, or was refused."""

    sequence: int = Field(description="Its place in the deployment's chain.")
    action: str
    actor: EventActor
    channel: str = Field(description="The door the actor came through.")
    address: str
    agent: str
    request_id: str
    ticket_id: str | None
    session_id: str | None
    app_slug: str | None
    key_id: str | None
    organization_id: str | None
    user_id: str | None
    reason: str
    before: dict[str, Any] | None  # what the operation found worth telling
    after: dict[str, Any] | None  # the same
    timestamp: datetime

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """Show an event; needs its app's slug fetched."""
        return cls(
            sequence=event.sequence,
            action=event.action,
            actor=EventActor(
                kind=event.actor_kind, id=event.actor_id, label=event.actor_label
            ),
            channel=event.channel,
            address=event.address,
            agent=event.agent,
            request_id=event.request_id,
            ticket_id=_id(event.ticket_id),
            session_id=_id(event.session_id),
            app_slug=event.app_slug,
            key_id=_id(event.key_id),
            organization_id=event.organization_id,
            user_id=event.user_id,
            reason=event.reason,
            before=event.before,
            after=event.after,
            timestamp=event.created_at,
        )


class Events(Schema):
    """A page of the history, newest first; the last one has no `next_cursor`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"data": [_EVENT], "limit": 100, "has_more": False}]
        }
    )

    data: list[Event]
    limit: int
    has_more: bool
    next_cursor: MaybeText = None

    @classmethod
    def of(cls, page: Page[AuditEvent]) -> Self:
        """Show a page of events with their apps' slugs."""
        return cls(
            data=[Event.of(row) for row in page.rows],
            limit=page.limit,
            has_more=page.next_cursor is not None,
            next_cursor=page.next_cursor,
        )


def _id(value: object) -> str | None:
    return None if value is None else str(value)
