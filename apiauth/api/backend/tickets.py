"""`POST /session/tickets` (architecture section 4, wacht-contract section 8)."""

from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from django.conf import settings
from ninja import Router, Schema
from pydantic import Field

from apiauth import tickets
from apiauth.api import inputs
from apiauth.api.surface import REFUSALS
from apiauth.errors import Invalid
from apiauth.http import guards

_CLOCKS_DIFFER = 60  # seconds by which a host's clock may be ahead of ours

# No scope here: the operation itself checks it, so that refusals leave an event.
router = Router(tags=["Tickets"], auth=guards.BackendKeyAuth())


class TicketRequest(inputs.Body):
    """What a host asks for; members of other ticket types are ignored."""

    ticket_type: Literal["api_auth_access"]
    api_auth_app_slug: str
    expires_in: int | None = Field(None, description="Seconds, from 10 to 600.")
    user_id: str | None = None
    user_label: str | None = None
    organization_id: str | None = None
    organization_label: str | None = None
    workspace_id: str | None = None
    capabilities: list[str] | None = None
    grantable_permissions: list[str] | None = None
    embed_origin: str | None = None
    return_url: str | None = None
    locale: str | None = None
    theme: str | None = None
    auth_time: int | None = Field(None, description="Of the sign-in, unix seconds.")

    def claims(self, *, now: datetime) -> tickets.Claims:
        """What the host vouches for. Raises `Invalid` for an impossible sign-in."""
        said = self.model_dump(
            exclude={"ticket_type", "api_auth_app_slug", "expires_in", "auth_time"},
            exclude_none=True,
        )
        return tickets.Claims(**said, auth_time=_moment(self.auth_time, now=now))


class TicketAnswer(Schema):
    """A ticket for one browser, and where it opens the desk."""

    ticket: str
    expires_at: int = Field(description="Unix seconds.")
    url: str


@router.post("", response={200: TicketAnswer, **REFUSALS}, summary="Issue a ticket")
def issue(
    request: guards.HostRequest,
    body: TicketRequest,
    idempotency_key: inputs.IdempotencyKey,
) -> TicketAnswer:
    """Issue a one-time ticket that opens the desk of one app for one owner.

    Hand it to that person's browser and keep it nowhere. Repeated with the same
    `Idempotency-Key` it answers 409 `idempotency_replay` and issues nothing.
    """
    issued = tickets.issue(
        backend_key=request.backend_key,
        app_slug=body.api_auth_app_slug,
        claims=body.claims(now=request.now),
        expires_in=(
            tickets.DEFAULT_LIFE if body.expires_in is None else body.expires_in
        ),
        token=idempotency_key,
        actor=request.actor,
        now=request.now,
    )
    query = urlencode({"ticket": issued.secret})
    return TicketAnswer(
        ticket=issued.secret,
        expires_at=int(issued.ticket.expires_at.timestamp()),
        url=f"{settings.KEYPLATE_PUBLIC_URL}/vanity/api-auth?{query}",
    )


def _moment(seconds: int | None, *, now: datetime) -> datetime | None:
    if seconds is None:
        return None
    if not 0 <= seconds <= now.timestamp() + _CLOCKS_DIFFER:
        raise Invalid(
            "auth_time is when the person signed in, in unix seconds; "
            "it cannot be in the future.",
            field="auth_time",
        )
    return datetime.fromtimestamp(seconds, UTC)
