"""What host backends send about keys."""

import uuid
from datetime import datetime
from typing import Any, Literal, cast

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonValue

from apiauth import keys
from apiauth.api import cursors, inputs
from apiauth.errors import Invalid
from apiauth.models import ApiAuthApp


def _example(**members: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [members]})


class KeyQuery(Schema):
    """Which keys to list: without anything all active ones, as clients expect."""

    include_inactive: bool = Field(default=False, description="Revoked ones, too.")
    status: keys.Status | None = Field(
        None, description="Goes before `include_inactive`. Expired keys are active."
    )
    user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    limit: int | None = Field(
        None, description=f"From 1 to {keys.MAX_PAGE}; left out: all at once."
    )
    cursor: str | None = Field(None, description="The `next_cursor` of the last page.")

    def search(self, app: ApiAuthApp) -> keys.Search:
        """What it asks of an app. Raises `Invalid` for a cursor of another list."""
        everything: Literal["all", "active"] = (
            "all" if self.include_inactive else "active"
        )
        return keys.Search(
            status=self.status or everything,
            user_id=self.user_id,
            organization_id=self.organization_id,
            workspace_id=self.workspace_id,
            limit=self.limit,
            after=None if self.cursor is None else _position(app, self.cursor),
        )


class NewKey(inputs.Body):
    """A key to make. Its owner is the narrowest that is named, else the app's own."""

    model_config = _example(
        name="Production backend",
        permissions=["reports:read"],
        owner_user_id="usr_ada",
        organization_id="org_acme",
        expires_at="2027-03-12T14:00:00Z",
        metadata={"team": "data"},
    )

    name: str
    description: str | None = None
    permissions: list[str] | None = Field(
        None, description="Within the app's; left out: all of the app's."
    )
    metadata: dict[str, Any] | None = Field(  # Any: JSON of the host
        None, description="At most 50 members and 8 KiB; handed back at the gateway."
    )
    expires_at: inputs.Moment | None = None
    owner_user_id: inputs.ExternalId | None = None
    organization_id: inputs.ExternalId | None = None
    workspace_id: inputs.ExternalId | None = None

    def owner(self, app: ApiAuthApp) -> keys.Owner:
        """Whose key it shall be. Raises `Invalid` naming an id that cannot be."""
        return keys.owner_within(
            app,
            owner_user_id=self.owner_user_id,
            organization_id=self.organization_id,
            workspace_id=self.workspace_id,
        )

    def draft(self) -> keys.Draft:
        """What it shall be."""
        return keys.Draft(
            name=self.name,
            description=self.description or "",
            permissions=self.permissions,
            metadata=self.metadata or {},
            expires_at=self.expires_at,
        )


class KeyChanges(inputs.Body):
    """What to change of a key; what is left out stays as it is."""

    model_config = _example(permissions=["reports:read"], expires_at=None)

    # The defaults are never used: only what was sent is changed.
    name: str = Field(default_factory=str)
    description: str = Field(default_factory=str)
    permissions: list[str] = Field(
        default_factory=list, description="Within the app's."
    )
    metadata: dict[str, Any] = Field(  # Any: JSON of the host
        default_factory=dict, description="The new one as a whole."
    )
    expires_at: inputs.Moment | None = Field(None, description="null: never.")

    def sent(self) -> keys.Changes:
        """What was sent, and nothing else."""
        # cast: the members of the two are the same.
        return cast("keys.Changes", self.model_dump(exclude_unset=True))


class Rotation(inputs.Body):
    """How to rotate; all of it may be left out."""

    model_config = _example(overlap_seconds=3600)

    overlap_seconds: int | None = Field(
        None, description="How long the old secret lives on; left out: not at all."
    )
    expires_at: inputs.Moment | None = Field(
        None, description="The key's new expiry, null: never; left out: as it was."
    )

    def expiry(self) -> datetime | None:
        """The new expiry, or that it stays."""
        is_sent = "expires_at" in self.model_fields_set
        return self.expires_at if is_sent else keys.KEEP


class Revocation(inputs.Body):
    """Why to revoke. Other members are ignored: some clients send all they have."""

    model_config = _example(reason="leaked")

    reason: str | None = Field(None, description="At most 500 characters.")


class LegacyKey(inputs.Body):
    """Names the key itself, by either member."""

    key_id: inputs.ExternalId | None = None
    api_key_id: inputs.ExternalId | None = None

    def named(self) -> str:
        """The key's id. Raises `Invalid` for none, or for two different ones."""
        named = {self.key_id, self.api_key_id} - {None}
        if len(named) != 1:
            raise Invalid("key_id must name one key.", field="key_id")
        return str(named.pop())


class LegacyRotation(LegacyKey, Rotation):
    """Which key to rotate, and how."""

    model_config = _example(key_id="0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f506")


class LegacyRevocation(LegacyKey, Revocation):
    """Which key to revoke, and why."""

    model_config = _example(
        key_id="0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f506", reason="leaked"
    )


def cursor_of(app: ApiAuthApp, position: keys.Position | None) -> str | None:
    """Give the mark from which the next page of an app's list begins."""
    if position is None:
        return None
    moment, key_id = position.created_at.isoformat(), position.id.hex
    return cursors.seal(_list_of(app), moment, key_id)


def _position(app: ApiAuthApp, cursor: str) -> keys.Position:
    created_at, key_id = cursors.read(_list_of(app), cursor)
    return keys.Position(
        created_at=datetime.fromisoformat(created_at), id=uuid.UUID(key_id)
    )


def _list_of(app: ApiAuthApp) -> str:
    return f"keys.{app.id}"
