"""What hosts' own front ends are told (wacht-contract sections 9 and 10)."""

import base64
from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import ConfigDict, Field

from apiauth import deployments, keys
from apiauth.api.outputs.apps import MaybeText, Rule
from apiauth.api.outputs.keys import Key
from apiauth.models import ApiAuthApp, PortalSession
from apiauth.models import Deployment as DeploymentRow

_DEPLOYMENT = "01936d2e-8f5a-7c31-9d40-52b8a1c0e7f3"
_HOST = f"https://keys.example.com/d/{_DEPLOYMENT}"
_APP = {
    "id": "01936d2e-9b77-7f02-8a1e-3c5d7e9f1a2b",
    "app_slug": "aa_42",
    "name": "Acme Public API",
    "key_prefix": "acme_live",
    "is_active": True,
    "rate_limits": [],
}
_SESSION = {
    "session_id": "7f3c1d52-0c0f-4f0e-9a67-1f6f0a8f2f11",
    "api_auth_app": _APP,
    "expires_at": "2027-03-12T22:00:00Z",
    "capabilities": ["keys:create", "keys:read", "keys:revoke", "keys:rotate"],
    "grantable_permissions": ["reports:read"],
}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Data[T](Schema):
    """Every success of the session API: what was asked for is in `data`."""

    # A class made from this one has no words of its own.
    model_config = ConfigDict(
        json_schema_extra={"description": "What was asked for is in `data`."}
    )

    data: T


class Done(Schema):
    """It is done, now or before."""

    model_config = _example({"success": True})

    success: bool = True


class KeyList(Schema):
    """A customer's keys, newest first."""

    data: list[Key]
    limit: int
    offset: int
    has_more: bool


class InterfaceSettings(Schema):
    """How front ends present the product."""

    app_name: str


class Deployment(Schema):
    """What a front end must know before it has a session."""

    model_config = _example(
        {
            "id": _DEPLOYMENT,
            "mode": "production",
            "backend_host": _HOST,
            "frontend_host": _HOST,
            "publishable_key": f"pk_live_{base64.b64encode(_HOST.encode()).decode()}",
            "ui_settings": {"app_name": "Acme"},
            "b2b_settings": {},
            "auth_settings": {},
            "restrictions": {},
            "social_connections": [],
        }
    )

    id: str
    mode: str = Field(description="`production` or `staging`: how sessions travel.")
    backend_host: str = Field(description="Every later address begins with this.")
    frontend_host: str
    publishable_key: str
    ui_settings: InterfaceSettings
    # Existing clients expect these, of which nothing here depends.
    b2b_settings: dict[str, Any] = Field(description="Always empty.")
    auth_settings: dict[str, Any] = Field(description="Always empty.")
    restrictions: dict[str, Any] = Field(description="Always empty.")
    social_connections: list[Any] = Field(description="Always empty.")

    @classmethod
    def of(cls, deployment: DeploymentRow) -> Self:
        """Show a deployment to anybody."""
        host = deployments.public_url(deployment)
        return cls(
            id=str(deployment.pk),
            mode=deployment.mode,
            backend_host=host,
            frontend_host=host,
            publishable_key=deployments.publishable_key(deployment),
            ui_settings=InterfaceSettings(app_name=deployment.product_name),
            b2b_settings={},
            auth_settings={},
            restrictions={},
            social_connections=[],
        )


class SessionApp(Schema):
    """The app of a session, as its customer may see it."""

    model_config = _example(_APP)

    id: str
    app_slug: str
    name: str
    key_prefix: str
    description: MaybeText = None
    is_active: bool
    rate_limits: list[Rule]

    @classmethod
    def of(cls, app: ApiAuthApp) -> Self:
        """Show an app; fetches its rate-limit scheme if it has one."""
        scheme = app.rate_limit_scheme
        return cls(
            id=str(app.pk),
            app_slug=app.app_slug,
            name=app.name,
            key_prefix=app.key_prefix,
            description=app.description or None,
            is_active=app.is_active,
            rate_limits=scheme.rules if scheme else [],
        )


class Session(Schema):
    """A customer's session: of which app, until when, and what it may do."""

    model_config = _example(_SESSION)

    session_id: str
    api_auth_app: SessionApp
    expires_at: datetime = Field(description="At the latest; sooner when idle.")
    capabilities: list[str] = Field(description="What it may see and do.")
    grantable_permissions: list[str] = Field(
        description="What a new key may be given; all of it when nothing is named."
    )

    @classmethod
    def of(cls, session: PortalSession) -> Self:
        """Show a session; needs its app and ticket fetched."""
        return cls(**_facts(session))


class ExchangedSession(Session):
    """A session that a ticket has just opened."""

    model_config = _example({"success": True, **_SESSION})

    success: bool = True
    token: MaybeText = Field(
        default=None,
        description="For the header, if it was asked for. Shown this once.",
    )

    @classmethod
    def opened(cls, session: PortalSession, token: str | None) -> Self:
        """Show a new session, with its token where the script shall have it."""
        return cls(**_facts(session), token=token)


def _facts(session: PortalSession) -> dict[str, Any]:
    narrowed = session.ticket.grantable_permissions
    return {
        "session_id": str(session.pk),
        "api_auth_app": SessionApp.of(session.app),
        "expires_at": session.expires_at,
        "capabilities": sorted(
            set(session.ticket.capabilities) & set(session.app.ceiling)
        ),
        "grantable_permissions": keys.grantable(session.app, narrowed),
    }
