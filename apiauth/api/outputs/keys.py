"""Keys on the wire (wacht-contract sections 5, 10 and 13)."""

import uuid
from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from apiauth import keys
from apiauth.api.outputs.apps import MaybeText, Rule
from apiauth.models import Key as KeyRow

_EXAMPLE: JsonDict = {
    "id": "0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f506",
    "deployment_id": "0192f3a4-0000-7000-8000-000000000001",
    "app_slug": "aa_acme",
    "name": "Production backend",
    "description": "",
    "key_prefix": "wk_live",
    "key_suffix": "x7Rtk9Qe",
    "permissions": ["reports:read"],
    "org_role_permissions": [],
    "workspace_role_permissions": [],
    "metadata": {"team": "data"},
    "is_active": True,
    "rate_limits": [],
    "rate_limit_scheme_slug": None,
    "owner_user_id": "usr_ada",
    "created_at": "2027-03-12T14:00:00Z",
    "updated_at": "2027-03-12T14:00:00Z",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
    "revoked_reason": None,
    "old_secret_ends_at": None,
    "organization_id": "org_acme",
}


class Key(Schema):
    """A key, never with its secret: that is only in the answer that made it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    deployment_id: str
    app_slug: str
    name: str
    description: str
    key_prefix: str
    key_suffix: str = Field(description="The last eight characters of the secret.")
    permissions: list[str]
    org_role_permissions: list[str]
    workspace_role_permissions: list[str]
    metadata: dict[str, Any]  # JSON of the host
    is_active: bool
    rate_limits: list[Rule]
    rate_limit_scheme_slug: str | None
    owner_user_id: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None
    old_secret_ends_at: datetime | None = Field(
        description="Until when the secret before the last rotation is accepted."
    )
    organization_id: MaybeText = None
    workspace_id: MaybeText = None
    organization_membership_id: MaybeText = None
    workspace_membership_id: MaybeText = None

    @classmethod
    def of(cls, key: KeyRow) -> Self:
        """Show a key; needs `with_masks()`, `with_roles()`, its app and its scheme."""
        return cls(**_facts(key))


class KeyWithSecret(Key):
    """A key with its new secret, flat and nested: clients read either form."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_EXAMPLE, "secret": "wk_live_…", "key": _EXAMPLE}]
        }
    )

    secret: str = Field(description="Shown this once.")
    key: Key

    @classmethod
    def from_issued(cls, issued: keys.Issued, key: KeyRow) -> Self:
        """Show what was just made; `key` is its row, fetched as `Key.of` needs it."""
        facts = _facts(key)
        return cls(**facts, secret=issued.secret, key=Key(**facts))


def _facts(key: KeyRow) -> dict[str, Any]:
    scheme = key.app.rate_limit_scheme
    return {
        "id": str(key.id),
        "deployment_id": str(key.deployment_id),
        "app_slug": key.app.app_slug,
        "name": key.name,
        "description": key.description,
        "key_prefix": key.prefix,
        "key_suffix": key.last_eight,
        "permissions": key.permissions,
        "org_role_permissions": key.org_role_permissions or [],
        "workspace_role_permissions": key.workspace_role_permissions or [],
        "metadata": key.metadata,
        "is_active": key.revoked_at is None and key.disabled_at is None,
        "rate_limits": scheme.rules if scheme else [],
        "rate_limit_scheme_slug": scheme.slug if scheme else None,
        "owner_user_id": key.user_id,
        "created_at": key.created_at,
        "updated_at": key.updated_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "revoked_reason": key.revoked_reason or None,
        "old_secret_ends_at": key.old_secret_ends_at,
        "organization_id": key.organization_id,
        "workspace_id": key.workspace_id,
        "organization_membership_id": _text(key.org_membership_id),
        "workspace_membership_id": _text(key.workspace_membership_id),
    }


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
