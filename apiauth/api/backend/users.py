"""`/api-auth/users…`: people of the host product, by its own ids."""

from ninja import Query, Router

from apiauth import tenants
from apiauth.api import converters, inputs
from apiauth.api.backend.tenants import GUARD, TenantQuery, TenantRequest, told
from apiauth.api.outputs import Tenant, UserList
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import EndUser

_ONE = f"/{{{converters.NAME}:external_id}}"

router = Router(tags=["Users"], auth=GUARD)


@router.get("", response={200: UserList, **REFUSALS}, summary="List users")
def index(request: guards.HostRequest, query: Query[TenantQuery]) -> UserList:
    """List the users we have been told of, the newest first, deleted ones too."""
    rows, place = query.cut(query.of(EndUser, request.backend_key.deployment))
    return UserList(users=[Tenant.of(row) for row in rows], **place)


@router.get(_ONE, response={200: Tenant, **REFUSALS}, summary="Get a user")
def show(request: guards.HostRequest, external_id: str) -> Tenant:
    """Show one user, whatever its status."""
    deployment = request.backend_key.deployment
    found = tenants.find(kind=EndUser, deployment=deployment, external_id=external_id)
    return Tenant.of(found)


@router.put(_ONE, response={200: Tenant, **REFUSALS}, summary="Tell of a user")
def put(request: guards.HostRequest, external_id: str, body: TenantRequest) -> Tenant:
    """Make it known, or change its name or status; repeating changes nothing.

    Suspending or deleting somebody refuses their tickets and keys and ends their
    sessions, at once. The status `active` brings back even a deleted one.
    """
    changed = tenants.set_user(
        name=body.name,
        status=body.wanted_status,
        **told(request, external_id, body),
    )
    return Tenant.of(changed)


@router.post(
    f"{_ONE}/suspend",
    response={200: Tenant, **REFUSALS},
    summary="Suspend a user",
)
def suspend(
    request: guards.HostRequest, external_id: str, body: inputs.Reason | None = None
) -> Tenant:
    """Refuse their tickets and keys and end their sessions, at once, until resumed.

    Repeating changes nothing. A deleted one is refused with 409.
    """
    facts = told(request, external_id, body)
    return Tenant.of(tenants.suspend(kind=EndUser, **facts))


@router.post(
    f"{_ONE}/resume",
    response={200: Tenant, **REFUSALS},
    summary="Resume a user",
)
def resume(
    request: guards.HostRequest, external_id: str, body: inputs.Reason | None = None
) -> Tenant:
    """Let their keys and tickets work again; ended sessions stay ended.

    Repeating changes nothing. A deleted one is refused with 409.
    """
    facts = told(request, external_id, body)
    return Tenant.of(tenants.resume(kind=EndUser, **facts))


@router.delete(_ONE, response={200: Tenant, **REFUSALS}, summary="Delete a user")
def delete(request: guards.HostRequest, external_id: str) -> Tenant:
    """Refuse their tickets and keys and end their sessions, at once.

    The row stays, with the status `deleted`, which only a PUT can undo; repeating
    changes nothing.
    """
    facts = told(request, external_id)
    return Tenant.of(tenants.delete(kind=EndUser, **facts))
