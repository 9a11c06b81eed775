"""`/api-auth/organizations/{external_id}/members…`: who belongs to a company."""

from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from apiauth import memberships, tenants
from apiauth.api import converters, inputs
from apiauth.api.backend.tenants import GUARD
from apiauth.api.outputs import Member, MemberList, Removed
from apiauth.api.slicing import Slicing
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import Membership, Organization

_ALL = f"/{{{converters.NAME}:external_id}}/members"
_ONE = f"{_ALL}/{{{converters.NAME}:user_id}}"

router = Router(tags=["Organizations"], auth=GUARD)


class MemberRequest(inputs.Body):
    """What somebody may do there."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"permissions": ["reports:read"]}}
    )

    permissions: list[str] | None = Field(
        None, description="Of their roles there; absent or null leaves them."
    )
    workspace_id: inputs.ExternalId | None = Field(
        None, description="A workspace of the organization; without it, the whole."
    )


class Place(Schema):
    """Out of which place to take somebody."""

    workspace_id: str | None = Field(
        None,
        description="Out of this workspace alone; empty: out of the organization "
        "but not its workspaces; without it: out of all.",
    )


@router.get(_ALL, response={200: MemberList, **REFUSALS}, summary="List members")
def index(
    request: guards.HostRequest, external_id: str, query: Query[Slicing]
) -> MemberList:
    """List who belongs to an organization and its workspaces, by the users' ids."""
    organization = tenants.find(
        kind=Organization,
        deployment=request.backend_key.deployment,
        external_id=external_id,
    )
    places = Membership.objects.filter(organization=organization)
    rows, place = query.cut(
        places.select_related("organization", "user").order_by(
            "user__external_id", "workspace_id"
        )
    )
    return MemberList(members=[Member.of(row) for row in rows], **place)


@router.put(_ONE, response={200: Member, **REFUSALS}, summary="Tell of a member")
def put(
    request: guards.HostRequest, external_id: str, user_id: str, body: MemberRequest
) -> Member:
    """Say that somebody belongs to an organization, and what their roles permit.

    Both are made known by it if they were not. Repeating changes nothing.
    """
    membership = memberships.put(
        deployment=request.backend_key.deployment,
        organization_id=external_id,
        user_id=user_id,
        workspace_id=body.workspace_id or "",
        granted=body.permissions,
        actor=request.actor,
        now=request.now,
    )
    return Member.of(membership)


@router.delete(_ONE, response={200: Removed, **REFUSALS}, summary="Remove a member")
def remove(
    request: guards.HostRequest, external_id: str, user_id: str, place: Query[Place]
) -> Removed:
    """Take somebody out of an organization and its workspaces, or out of one.

    Their sessions and keys go on: end those, and revoke these, where you want that.
    """
    removed = memberships.remove(
        deployment=request.backend_key.deployment,
        organization_id=external_id,
        user_id=user_id,
        workspace_id=place.workspace_id,
        actor=request.actor,
        now=request.now,
    )
    return Removed(removed=removed)
