"""`/api-auth/apps` (wacht-contract sections 4 and 13)."""

from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from apiauth import applications
from apiauth.api import inputs
from apiauth.api.outputs import App, AppList, Nothing
from apiauth.api.surface import REFUSALS
from apiauth.errors import Invalid
from apiauth.http import guards
from apiauth.models import Scope

router = Router(tags=["Apps"], auth=guards.BackendKeyAuth(Scope.APPS_MANAGE))
# A key that is bound to some apps could not reach the one it makes.
_of_the_whole = guards.BackendKeyAuth(Scope.APPS_MANAGE, unrestricted=True)


class Wanted(Schema):
    """Which apps to list."""

    limit: int | None = Field(
        None, ge=1, le=applications.MAX_PAGE, description="Without it: all."
    )
    offset: int = Field(0, ge=0)
    search: str = Field("", description="An exact slug.")
    include_inactive: bool = False


class NewApp(inputs.Body):
    """A new app; members that it does not name are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "app_slug": "acme-v2",
                "name": "Acme public API V2",
                "permissions": ["read:data", "write:data"],
                "rate_limit_scheme_slug": "standard_tier",
                "organization_id": "org_abc123",
            }
        }
    )

    app_slug: str | None = Field(None, description="Needed, under this name or `slug`.")
    slug: str | None = Field(None, description="Another name of `app_slug`.")
    name: str
    key_prefix: str | None = Field(None, description="Without it: `wk_live`.")
    description: str | None = None
    user_id: inputs.ExternalId | None = None
    organization_id: inputs.ExternalId | None = None
    workspace_id: inputs.ExternalId | None = None
    permissions: list[str] | None = None
    resources: list[str] | None = None
    rate_limit_scheme_slug: str | None = Field(
        None, description="A scheme that exists."
    )

    def one_slug(self) -> str:
        """The slug, whatever it was called. Raises `Invalid` for none and for two."""
        slugs = {slug for slug in (self.app_slug, self.slug) if slug is not None}
        if not slugs:
            raise Invalid("app_slug is required.", field="app_slug")
        if len(slugs) > 1:
            raise Invalid(
                "app_slug and slug are two names of one member, and differ.",
                field="slug",
            )
        return slugs.pop()


class AppChanges(inputs.Body):
    """What to change of an app; what is absent or null stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Acme public API",
                "rate_limit_scheme_slug": "premium_tier",
            }
        }
    )

    name: str | None = None
    key_prefix: str | None = Field(None, description="For secrets to come.")
    description: str | None = Field(None, description="An empty text clears it.")
    is_active: bool | None = None
    organization_id: inputs.ExternalId | None = None
    workspace_id: inputs.ExternalId | None = None
    permissions: list[str] | None = None
    resources: list[str] | None = None
    rate_limit_scheme_slug: str | None = Field(
        None, description="A scheme that exists; an empty text takes it away."
    )


@router.get("", response={200: AppList, **REFUSALS}, summary="List apps")
def index(request: guards.HostRequest, wanted: Query[Wanted]) -> AppList:
    """List the apps that this backend key reaches, newest first.

    Without `limit` it is all of them. Apps that are switched off are left out unless
    `include_inactive` is true; deleted ones always.
    """
    return AppList.of(applications.page(request.backend_key, **wanted.model_dump()))


@router.post(
    "",
    response={200: App, **REFUSALS},
    auth=_of_the_whole,
    summary="Create an app",
)
def create(request: guards.HostRequest, body: NewApp) -> App:
    """Create an app: a family of keys, its prefix, and what they may be given.

    A slug that is in use is 409 `name_taken`; a backend key that is bound to some apps
    is refused with 403.
    """
    said = body.model_dump(
        exclude={"app_slug", "slug", "permissions"}, exclude_none=True
    )
    app = applications.provision(
        deployment=request.backend_key.deployment,
        app_slug=body.one_slug(),
        granted=body.permissions or (),
        actor=request.actor,
        now=request.now,
        **said,
    )
    return App.of(app)


@router.get("/{app_slug}", response={200: App, **REFUSALS}, summary="Show an app")
def show(request: guards.HostRequest, app_slug: str) -> App:
    """Show one app, by its slug or its exact name."""
    return App.of(applications.find(request.backend_key, app_slug))


@router.patch("/{app_slug}", response={200: App, **REFUSALS}, summary="Change an app")
def update(request: guards.HostRequest, app_slug: str, body: AppChanges) -> App:
    """Change an app; keys and sessions that exist follow at once.

    Switching it off refuses its keys and closes its sessions until it is switched on
    again. A new prefix is for secrets to come.
    """
    app = applications.update(
        app=applications.find(request.backend_key, app_slug),
        actor=request.actor,
        now=request.now,
        **body.model_dump(exclude_none=True),
    )
    return App.of(app)


@router.delete(
    "/{app_slug}", response={200: Nothing, **REFUSALS}, summary="Delete an app"
)
def delete(request: guards.HostRequest, app_slug: str) -> Nothing:
    """Delete an app for good: its keys are refused and its sessions end at once.

    What the history tells of it stays. A second time it is 404.
    """
    applications.delete(
        app=applications.find(request.backend_key, app_slug),
        actor=request.actor,
        now=request.now,
    )
    return Nothing()
