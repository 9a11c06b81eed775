"""What organizations and users have in common on the wire.

They belong to the whole deployment: a backend key that is bound to some apps would
decide about others, and is kept out.
"""

from datetime import datetime
from typing import Literal, TypedDict

from pydantic import ConfigDict, Field

from apiauth import text
from apiauth.actors import Actor
from apiauth.api import inputs
from apiauth.api.slicing import Slicing
from apiauth.http import guards, requests
from apiauth.models import Deployment, EndUser, Organization, Scope, TenantStatus
from apiauth.models.tenants import TenantQuerySet

Status = Literal["active", "suspended", "deleted"]

GUARD = guards.BackendKeyAuth(Scope.APPS_MANAGE, unrestricted=True)


class TenantQuery(Slicing):
    """Which of them to list."""

    status: Status | None = None
    search: str = Field("", description="A part of the host's own id.")

    def of[T: (Organization, EndUser)](
        self, kind: type[T], deployment: Deployment
    ) -> TenantQuerySet[T]:
        """The rows that are asked for, the newest first. Raises `Invalid`."""
        rows = kind.objects.of(deployment).order_by("-created_at", "-id")
        if self.status is not None:
            rows = rows.filter(status=self.status)
        part = text.clean(
            self.search, field="search", max_length=text.EXTERNAL_ID, required=False
        )
        return rows.known_as(part) if part else rows


class TenantRequest(inputs.Reason):
    """What the host tells of one; what is absent or null stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Acme Ltd", "status": "active"}}
    )

    name: str | None = None
    status: Status | None = None

    @property
    def wanted_status(self) -> TenantStatus | None:
        return None if self.status is None else TenantStatus(self.status)


class Told(TypedDict):
    """What every operation wants to know."""

    deployment: Deployment
    external_id: str
    actor: Actor
    now: datetime
    reason: str


def told(
    request: guards.HostRequest,
    external_id: str,
    body: inputs.Reason | None = None,
) -> Told:
    """Gather who says it, of whom, and why. Raises `Invalid` for a body that was lost."""
    requests.require_length(request)
    return {
        "deployment": request.backend_key.deployment,
        "external_id": external_id,
        "actor": request.actor,
        "now": request.now,
        "reason": body.said() if body else "",
    }
