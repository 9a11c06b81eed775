"""Keys on the wire (wacht-contract sections 5, 10 and 13)."""

from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import Field

from apiauth import keys
from apiauth.api.outputs.apps import MaybeText, Rule
from apiauth.models import Key as KeyRow


class Key(Schema):
    """A key, never with its secret: that is only in the answer that made it."""

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
        """Show a key; needs what `with_masks()` fetches, and its app and scheme."""
        return cls(**_facts(key))


class KeyWithSecret(Key):
    """A key with its new secret, flat and nested: clients read either form."""

    secret: str = Field(description="Shown this once.")
    key: Key

    @classmethod
    def from_issued(cls, issued: keys.Issued, key: KeyRow) -> Self:
        """Show what was just made; `key` is its row, fetched as `Key.of` needs it."""
        facts = _facts(key)
        return cls(**facts, secret=issued.secret, key=Key(**facts))


def _facts(key: KeyRow) -> dict[str, Any]:
    scheme = key.app.rate_limit_scheme
    use = getattr(key, "use", None)
    return {
        "id": str(key.id),
        "deployment_id": str(key.deployment_id),
        "app_slug": key.app.app_slug,
        "name": key.name,
        "description": key.description,
        "key_prefix": key.prefix,
        "key_suffix": key.last_eight,
        "permissions": key.permissions,
        "org_role_permissions": [],
        "workspace_role_permissions": [],
        "metadata": key.metadata,
        "is_active": key.revoked_at is None and key.disabled_at is None,
        "rate_limits": scheme.rules if scheme else [],
        "rate_limit_scheme_slug": scheme.slug if scheme else None,
        "owner_user_id": key.user_id,
        "created_at": key.created_at,
        "updated_at": key.updated_at,
        "expires_at": key.expires_at,
        "last_used_at": use.last_used_at if use else None,
        "revoked_at": key.revoked_at,
        "revoked_reason": key.revoked_reason or None,
        "old_secret_ends_at": key.old_secret_ends_at,
        "organization_id": key.organization_id,
        "workspace_id": key.workspace_id,
    }
