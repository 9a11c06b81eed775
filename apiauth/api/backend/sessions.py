"""`/api-auth/apps/{app_slug}/sessions…` and `/api-auth/sessions/{session_id}/end`."""

import uuid
from typing import Literal

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import ConfigDict, Field

from apiauth import applications, live_sessions, sessions, text
from apiauth.api import inputs
from apiauth.api.outputs import Ended, LiveSession, SessionList
from apiauth.api.slicing import Slicing
from apiauth.api.surface import REFUSALS
from apiauth.errors import Invalid
from apiauth.http import guards
from apiauth.models import ApiAuthApp, PortalSession, Scope
from apiauth.models.clock import database_now
from apiauth.models.sessions import SeenSession

router = Router(tags=["Sessions"], auth=guards.BackendKeyAuth(Scope.KEYS_MANAGE))


class SessionQuery(Slicing):
    """Which sessions to list."""

    status: Literal["live", "all"] = "live"
    user_id: str | None = None
    organization_id: str | None = None

    def of(self, app: ApiAuthApp) -> QuerySet[SeenSession]:
        """The rows that are asked for, the newest first. Raises `Invalid`."""
        rows = PortalSession.objects.claimed_by(
            app.deployment_id,
            user_id=_external(self.user_id, "user_id"),
            organization_id=_external(self.organization_id, "organization_id"),
        )
        moment = database_now()
        is_all = self.status == "all"
        chosen = rows.of_app(app) if is_all else rows.live_in(app, moment)
        return chosen.seen_by_host(app, moment).order_by("-created_at", "-id")


class EndRequest(inputs.Reason):
    """Whose sessions to end; all of an app's only when that is said."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"user_id": "usr_ada", "reason": "Left."}}
    )

    user_id: inputs.ExternalId | None = None
    organization_id: inputs.ExternalId | None = Field(
        None, description="With `user_id`: theirs in this organization."
    )
    all: bool | None = Field(None, description="True, and nobody named: everybody's.")

    def check(self) -> None:
        """Raises `Invalid` for nobody, and for somebody and all."""
        is_named = self.user_id is not None or self.organization_id is not None
        if is_named == bool(self.all):
            raise Invalid(
                "Name user_id, organization_id or both, or else send all: true.",
                field="all",
            )


@router.get(
    "/apps/{app_slug}/sessions",
    response={200: SessionList, **REFUSALS},
    summary="List sessions",
)
def index(
    request: guards.HostRequest, app_slug: str, query: Query[SessionQuery]
) -> SessionList:
    """List the sessions of an app's customers, the newest first.

    By default those that are in use; with `status=all` also those that have ended
    or lapsed.
    """
    app = applications.find(request.backend_key, app_slug)
    rows, place = query.cut(query.of(app))
    return SessionList(sessions=[LiveSession.of(row) for row in rows], **place)


@router.post(
    "/apps/{app_slug}/sessions/end",
    response={200: Ended, **REFUSALS},
    summary="End sessions",
)
def end_all(request: guards.HostRequest, app_slug: str, body: EndRequest) -> Ended:
    """End the sessions of a person, of an organization, or all of an app, at once.

    Their pages stop at the next request; whoever gets another ticket may come back.
    Repeating finds nothing more to end.
    """
    body.check()
    ended = live_sessions.end_all(
        app=applications.find(request.backend_key, app_slug),
        user_id=body.user_id,
        organization_id=body.organization_id,
        note=body.said(),
        actor=request.actor,
        now=request.now,
    )
    return Ended(ended=ended)


@router.post(
    "/sessions/{uuid:session_id}/end",
    response={200: Ended, **REFUSALS},
    summary="End a session",
)
def end(
    request: guards.HostRequest,
    session_id: uuid.UUID,
    body: inputs.Reason | None = None,
) -> Ended:
    """End one session at once; one that had ended before answers `ended: 0`."""
    why = inputs.unless_absent(request, body, inputs.Reason)
    ended = sessions.end(
        session=live_sessions.find(request.backend_key, session_id),
        reason=PortalSession.EndReason.HOST,
        note=why.said(),
        actor=request.actor,
        now=request.now,
    )
    return Ended(ended=int(ended))


def _external(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)
