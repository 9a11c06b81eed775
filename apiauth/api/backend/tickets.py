"""`POST /session/tickets` (architecture section 4, wacht-contract section 8)."""

from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import JsonResponse
from ninja import Schema

from apiauth import tickets
from apiauth.api import inputs
from apiauth.api.endpoints import endpoint
from apiauth.errors import Invalid
from apiauth.http import guards

_CLOCKS_DIFFER = 60  # seconds by which a host's clock may be ahead of ours


class TicketRequest(Schema):
    """What a host asks for; members of other ticket types are ignored."""

    model_config = {"strict": True}

    ticket_type: Literal["api_auth_access"]
    api_auth_app_slug: str
    expires_in: int | None = None
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
    auth_time: int | None = None

    def claims(self, *, now: datetime) -> tickets.Claims:
        """What the host vouches for. Raises `Invalid` for an impossible sign-in."""
        said = self.model_dump(
            exclude={"ticket_type", "api_auth_app_slug", "expires_in", "auth_time"},
            exclude_none=True,
        )
        return tickets.Claims(**said, auth_time=_moment(self.auth_time, now=now))


@endpoint("POST")
@guards.host_backend()
def issue(request: guards.HostRequest) -> JsonResponse:
    """Issue a ticket. The operation itself checks the scope and records refusals."""
    asked = inputs.read(request, TicketRequest)
    issued = tickets.issue(
        backend_key=request.backend_key,
        app_slug=asked.api_auth_app_slug,
        claims=asked.claims(now=request.now),
        expires_in=(
            tickets.DEFAULT_LIFE if asked.expires_in is None else asked.expires_in
        ),
        actor=request.actor,
        now=request.now,
    )
    query = urlencode({"ticket": issued.secret})
    return JsonResponse(
        {
            "ticket": issued.secret,
            "expires_at": int(issued.ticket.expires_at.timestamp()),
            "url": f"{settings.KEYPLATE_PUBLIC_URL}/vanity/api-auth?{query}",
        }
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
