"""Apps and their limits on the wire (wacht-contract sections 4, 6 and 10)."""

from datetime import datetime
from typing import Annotated, Self

from ninja import Schema
from pydantic import ConfigDict, Field

from apiauth.applications import Page
from apiauth.models import ApiAuthApp


def is_unset(value: object) -> bool:
    """Tell what is left out of an answer."""
    return value is None


# What is not set is left out, as existing clients expect.
MaybeText = Annotated[str | None, Field(exclude_if=is_unset)]


class Rule(Schema):
    """One limit: at most so many requests in a window, counted by `mode`."""

    unit: str
    duration: int
    max_requests: int
    mode: str
    endpoints: Annotated[list[str] | None, Field(exclude_if=is_unset)] = None
    priority: int = 0


class App(Schema):
    """An app as host backends see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "deployment_id": "0199a3c5-5f10-7b7e-8f43-1f2e3d4c5b6a",
                "app_slug": "acme-v2",
                "name": "Acme public API V2",
                "key_prefix": "wk_live",
                "description": None,
                "is_active": True,
                "permissions": ["read:data", "write:data"],
                "resources": [],
                "rate_limits": [
                    {
                        "unit": "minute",
                        "duration": 1,
                        "max_requests": 100,
                        "mode": "per_key",
                        "priority": 0,
                    }
                ],
                "created_at": "2026-11-02T09:31:00Z",
                "updated_at": "2026-11-02T09:31:00Z",
                "deleted_at": None,
                "organization_id": "org_abc123",
                "rate_limit_scheme_slug": "standard_tier",
            }
        }
    )

    deployment_id: str
    app_slug: str
    name: str
    key_prefix: str
    description: str | None
    is_active: bool
    permissions: list[str]
    resources: list[str]
    rate_limits: list[Rule]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    user_id: MaybeText = None
    organization_id: MaybeText = None
    workspace_id: MaybeText = None
    rate_limit_scheme_slug: MaybeText = None

    @classmethod
    def of(cls, app: ApiAuthApp) -> Self:
        """Show an app; needs its rate-limit scheme fetched."""
        scheme = app.rate_limit_scheme
        return cls(
            deployment_id=str(app.deployment_id),
            app_slug=app.app_slug,
            name=app.name,
            key_prefix=app.key_prefix,
            description=app.description or None,
            is_active=app.is_active,
            permissions=app.permissions,
            resources=app.resources,
            rate_limits=scheme.rules if scheme else [],
            created_at=app.created_at,
            updated_at=app.updated_at,
            deleted_at=app.deleted_at,
            user_id=app.user_id,
            organization_id=app.organization_id,
            workspace_id=app.workspace_id,
            rate_limit_scheme_slug=scheme.slug if scheme else None,
        )


class AppList(Schema):
    """Apps, newest first, under both names that clients read."""

    apps: list[App]
    data: list[App] = Field(description="The same as `apps`.")
    total: int = Field(description="How many there are, on this page or not.")
    limit: int = Field(description="As asked for, else all that there are.")
    offset: int
    has_more: bool

    @classmethod
    def of(cls, page: Page) -> Self:
        """Show a page of apps."""
        shown = [App.of(app) for app in page.apps]
        return cls(
            apps=shown,
            data=shown,
            total=page.total,
            limit=page.limit,
            offset=page.offset,
            has_more=page.has_more,
        )


class Nothing(Schema):
    """Done; there is nothing to tell."""
