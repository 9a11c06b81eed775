"""Customers' sessions as their host sees them: never a token, a binder or a digest."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from apiauth.api.outputs.slices import Slice
from apiauth.models import PortalSession
from apiauth.models.sessions import SeenSession

_SESSION: JsonDict = {
    "id": "5b1f7d0c-2f64-4f0e-9c55-8a4a0d6f2f11",
    "app_slug": "aa_acme",
    "user_id": "usr_ada",
    "organization_id": "org_acme",
    "workspace_id": None,
    "capabilities": ["keys:create", "keys:read"],
    "created_at": "2027-03-12T14:00:00Z",
    "last_seen_at": "2027-03-12T14:05:00Z",
    "expires_at": "2027-03-12T22:00:00Z",
    "ended_at": None,
    "ended_reason": None,
    "is_live": True,
}


class LiveSession(Schema):
    """One session; that its id is known opens nothing."""

    model_config = ConfigDict(json_schema_extra={"example": _SESSION})

    id: str
    app_slug: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    capabilities: list[str] = Field(description="What its ticket and the app allow.")
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime = Field(description="When it ends at the latest.")
    ended_at: datetime | None
    ended_reason: PortalSession.EndReason | None
    is_live: bool = Field(description="Neither ended, nor too old, nor idle too long.")

    @classmethod
    def of(cls, session: SeenSession) -> Self:
        """Show a session; as `seen_by_host` fetches it."""
        reason, ticket = session.ended_reason, session.ticket
        return cls(
            id=str(session.pk),
            app_slug=session.app.app_slug,
            user_id=ticket.user_id,
            organization_id=ticket.organization_id,
            workspace_id=ticket.workspace_id,
            capabilities=[one for one in ticket.capabilities if session.may(one)],
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            ended_at=session.ended_at,
            ended_reason=PortalSession.EndReason(reason) if reason else None,
            is_live=session.is_live,
        )


class SessionList(Slice):
    """Sessions of one app, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sessions": [_SESSION],
                "total": 1,
                "limit": 50,
                "offset": 0,
                "has_more": False,
            }
        }
    )

    sessions: list[LiveSession]


class Ended(Schema):
    """How many sessions ended by this."""

    model_config = ConfigDict(json_schema_extra={"example": {"ended": 3}})

    ended: int
