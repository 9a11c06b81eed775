"""`POST /session/tickets` (architecture section 4, wacht-contract section 8)."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from django.conf import settings
from ninja import Router, Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from apiauth import tickets
from apiauth.api import inputs
from apiauth.api.surface import REFUSALS
from apiauth.errors import Invalid
from apiauth.http import guards
from apiauth.models import Capability, Scope, Ticket

_CLOCKS_DIFFER = 60  # seconds by which a host's clock may be ahead of ours

# No scope here: the operation itself checks it, so that refusals leave an event.
router = Router(tags=["Tickets"], auth=guards.BackendKeyAuth())
_SAID_BY_HAND = {"security": [{"backendKey": [Scope.TICKETS_ISSUE.value]}]}

# Words that the operation itself judges.
Right = Annotated[str, WithJsonSchema({"type": "string", "enum": Capability.values})]
Theme = Annotated[str, WithJsonSchema({"type": "string", "enum": Ticket.Theme.values})]


class TicketRequest(inputs.Body):
    """What a host asks for; members of other ticket types are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket_type": "api_auth_access",
                    "api_auth_app_slug": "aa_acme",
                    "user_id": "usr_ada",
                    "user_label": "Ada Lovelace",
                    "organization_id": "org_acme",
                    "organization_label": "Acme Ltd",
                    "capabilities": ["keys:read", "keys:create", "keys:revoke"],
                    "embed_origin": "https://app.example.com",
                }
            ]
        }
    )

    ticket_type: Literal["api_auth_access"]
    api_auth_app_slug: str = Field(description="Which app.")
    expires_in: int | None = Field(
        None, description="Seconds, from 10 to 600; 120 without it."
    )
    user_id: str | None = Field(None, description="Who it is, by your own id.")
    user_label: str | None = Field(None, description="How to call them.")
    organization_id: str | None = Field(
        None, description="For which company they act, by your own id."
    )
    organization_label: str | None = Field(None, description="How to call it.")
    workspace_id: str | None = Field(None, description="Or for which workspace.")
    capabilities: list[Right] | None = Field(
        None, description="What may be done; without it all that the app allows."
    )
    grantable_permissions: list[str] | None = Field(
        None, description="What a new key may be given; without it all of the app."
    )
    embed_origin: str | None = Field(
        None,
        description="The one origin that will frame it; must be on the app's list.",
    )
    return_url: str | None = Field(
        None, description="Where the way back to the product leads."
    )
    locale: str | None = Field(
        None, description="The person's language; kept, the desk is in English."
    )
    theme: Theme | None = Field(None, description="Of the desk.")
    auth_time: int | None = Field(
        None, description="When the person signed in, in unix seconds."
    )

    def claims(self, *, now: datetime) -> tickets.Claims:
        """What the host vouches for. Raises `Invalid` for an impossible sign-in."""
        said = self.model_dump(
            exclude={"ticket_type", "api_auth_app_slug", "expires_in", "auth_time"},
            exclude_none=True,
        )
        return tickets.Claims(**said, auth_time=_moment(self.auth_time, now=now))


class TicketAnswer(Schema):
    """A ticket for one browser, and where it opens the desk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket": "apt.…",
                    "expires_at": 1795305600,
                    "url": "https://keys.example.com/vanity/api-auth?ticket=apt.…",
                }
            ]
        }
    )

    ticket: str
    expires_at: int = Field(description="Unix seconds.")
    url: str


@router.post(
    "",
    response={200: TicketAnswer, **REFUSALS},
    summary="Issue a ticket",
    openapi_extra=_SAID_BY_HAND,
)
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
