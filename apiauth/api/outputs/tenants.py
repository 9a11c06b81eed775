"""Organizations, users and memberships on the wire."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from apiauth.api.outputs.slices import Slice
from apiauth.models import EndUser, Membership, Organization, TenantStatus

_TENANT: JsonDict = {
    "deployment_id": "01975e8a-3c1f-7d2a-9b1e-0f6d5c4b3a29",
    "external_id": "org_acme",
    "name": "Acme Ltd",
    "status": "active",
    "created_at": "2027-03-12T14:00:00Z",
    "updated_at": "2027-03-12T14:00:00Z",
}
_SLICE: JsonDict = {"total": 1, "limit": 50, "offset": 0, "has_more": False}
_MEMBER: JsonDict = {
    "id": "01975e8a-4d20-7a3b-8c2f-1a7e6d5c4b3a",
    "organization_id": "org_acme",
    "user_id": "usr_ada",
    "workspace_id": None,
    "permissions": ["reports:read"],
    "created_at": "2027-03-12T14:00:00Z",
}


class Tenant(Schema):
    """An organization or a user of the host product."""

    model_config = ConfigDict(json_schema_extra={"example": _TENANT})

    deployment_id: str
    external_id: str = Field(description="The host's own id.")
    name: str
    status: TenantStatus
    created_at: datetime = Field(description="When we first heard of it.")
    updated_at: datetime

    @classmethod
    def of(cls, tenant: Organization | EndUser) -> Self:
        """Show a tenant."""
        return cls(
            deployment_id=str(tenant.deployment_id),
            external_id=tenant.external_id,
            name=tenant.name,
            status=TenantStatus(tenant.status),
            created_at=tenant.created_at,
            updated_at=tenant.updated_at,
        )


class OrganizationList(Slice):
    """Organizations, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"organizations": [_TENANT], **_SLICE}}
    )

    organizations: list[Tenant]


class UserList(Slice):
    """Users, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "users": [{**_TENANT, "external_id": "usr_ada", "name": "Ada"}],
                **_SLICE,
            }
        }
    )

    users: list[Tenant]


class Member(Schema):
    """A person's place in an organization, or in a workspace of it."""

    model_config = ConfigDict(json_schema_extra={"example": _MEMBER})

    id: str
    organization_id: str
    user_id: str
    workspace_id: str | None
    permissions: list[str] = Field(description="Of the person's roles there.")
    created_at: datetime

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """Show a membership; needs its organization and user fetched."""
        return cls(
            id=str(membership.pk),
            organization_id=membership.organization.external_id,
            user_id=membership.user.external_id,
            workspace_id=membership.workspace_id or None,
            permissions=membership.permissions,
            created_at=membership.created_at,
        )


class MemberList(Slice):
    """Memberships of one organization, by the users' ids."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"members": [_MEMBER], **_SLICE}}
    )

    members: list[Member]


class Removed(Schema):
    """How many memberships there were."""

    model_config = ConfigDict(json_schema_extra={"example": {"removed": 1}})

    removed: int
