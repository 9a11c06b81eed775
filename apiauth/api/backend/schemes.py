"""`/api-auth/rate-limit-schemes` (wacht-contract section 6)."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, JsonValue

from apiauth import schemes
from apiauth.api import inputs
from apiauth.api.outputs import Scheme, SchemeList
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import RateLimitScheme, Scope

router = Router(
    tags=["Rate-limit schemes"], auth=guards.BackendKeyAuth(Scope.APPS_MANAGE)
)
# All apps of a deployment share its schemes: who is bound to some may only look.
_of_the_whole = guards.BackendKeyAuth(Scope.APPS_MANAGE, unrestricted=True)
_RULES: JsonValue = [
    {"unit": "minute", "duration": 1, "max_requests": 100, "mode": "per_key"}
]


class RuleSaid(inputs.Body):
    """One limit: at most so many requests in a window, counted by `mode`."""

    unit: Literal[
        "calendar_day",
        "calendar_month",
        "day",
        "hour",
        "millisecond",
        "minute",
        "month",
        "second",
    ]
    duration: int = Field(description="How many units; its longest is by the unit.")
    max_requests: int
    mode: (
        Literal["per_app", "per_app_and_ip", "per_ip", "per_key", "per_key_and_ip"]
        | None
    ) = Field(None, description="Without it: `per_app`.")
    endpoints: list[str] | None = Field(
        None, description="Whole paths; without them, or with `*`: every path."
    )
    priority: int | None = Field(None, description="Lowest first; without it: 0.")


class NewScheme(inputs.Body):
    """A new scheme; members that it does not name are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "slug": "standard_tier",
                "name": "Standard tier",
                "rules": _RULES,
            }
        }
    )

    slug: str
    name: str
    rules: list[RuleSaid]
    description: str | None = None


class SchemeChanges(inputs.Body):
    """What to change of a scheme; what is absent or null stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"rules": _RULES}})

    name: str | None = None
    description: str | None = Field(None, description="An empty text clears it.")
    rules: list[RuleSaid] | None = Field(None, description="All of them, anew.")


@router.get(
    "", response={200: SchemeList, **REFUSALS}, summary="List rate-limit schemes"
)
def index(request: guards.HostRequest) -> SchemeList:
    """List all schemes of the deployment, last updated first."""
    known = RateLimitScheme.objects.of(request.backend_key.deployment)
    shown = [Scheme.of(scheme) for scheme in known.last_changed_first()]
    return SchemeList(schemes=shown, total=len(shown))


@router.post(
    "",
    response={200: Scheme, **REFUSALS},
    auth=_of_the_whole,
    summary="Create a rate-limit scheme",
)
def create(request: guards.HostRequest, body: NewScheme) -> Scheme:
    """Create a scheme that apps may name. A slug that is in use is 409 `name_taken`."""
    scheme = schemes.create(
        deployment=request.backend_key.deployment,
        actor=request.actor,
        now=request.now,
        **_said(body),
    )
    return Scheme.of(scheme)


@router.get(
    "/{slug}", response={200: Scheme, **REFUSALS}, summary="Show a rate-limit scheme"
)
def show(request: guards.HostRequest, slug: str) -> Scheme:
    """Show one scheme."""
    return Scheme.of(schemes.find(request.backend_key.deployment, slug))


@router.patch(
    "/{slug}",
    response={200: Scheme, **REFUSALS},
    auth=_of_the_whole,
    summary="Change a rate-limit scheme",
)
def update(request: guards.HostRequest, slug: str, body: SchemeChanges) -> Scheme:
    """Change a scheme for all apps that name it. Its slug is for ever."""
    scheme = schemes.update(
        scheme=schemes.find(request.backend_key.deployment, slug),
        actor=request.actor,
        now=request.now,
        **_said(body),
    )
    return Scheme.of(scheme)


@router.delete(
    "/{slug}",
    response={204: None, **REFUSALS},
    auth=_of_the_whole,
    summary="Delete a rate-limit scheme",
)
def delete(
    request: guards.HostRequest, response: HttpResponse, slug: str
) -> Status[None]:
    """Delete a scheme. While an app names it that is 400 `scheme_in_use`."""
    # Clients may parse whatever calls itself JSON, and here is nothing to parse.
    del response.headers["Content-Type"]
    schemes.delete(
        scheme=schemes.find(request.backend_key.deployment, slug),
        actor=request.actor,
        now=request.now,
    )
    return Status(204, None)


def _said(body: Schema) -> dict[str, Any]:
    """Keywords of an operation, which types them."""
    return body.model_dump(exclude_none=True)
