"""`/api-auth/organizations…`: companies of the host product, by its own ids."""

from ninja import Query, Router

from apiauth import tenants
from apiauth.api import converters, inputs
from apiauth.api.backend.tenants import GUARD, TenantQuery, TenantRequest, told
from apiauth.api.outputs import OrganizationList, Tenant
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import Organization

_ONE = f"/{{{converters.NAME}:external_id}}"

router = Router(tags=["Organizations"], auth=GUARD)


@router.get(
    "", response={200: OrganizationList, **REFUSALS}, summary="List organizations"
)
def index(request: guards.HostRequest, query: Query[TenantQuery]) -> OrganizationList:
    """List the organizations we have been told of, the newest first, deleted ones too."""
    rows, place = query.cut(query.of(Organization, request.backend_key.deployment))
    return OrganizationList(organizations=[Tenant.of(row) for row in rows], **place)


@router.get(_ONE, response={200: Tenant, **REFUSALS}, summary="Get an organization")
def show(request: guards.HostRequest, external_id: str) -> Tenant:
    """Show one organization, whatever its status."""
    deployment = request.backend_key.deployment
    found = tenants.find(
        kind=Organization, deployment=deployment, external_id=external_id
    )
    return Tenant.of(found)


@router.put(_ONE, response={200: Tenant, **REFUSALS}, summary="Tell of an organization")
def put(request: guards.HostRequest, external_id: str, body: TenantRequest) -> Tenant:
    """Make it known, or change its name or status; repeating changes nothing.

    Suspending or deleting it refuses its tickets and keys and ends its
    sessions, at once. The status `active` brings back even a deleted one.
    """
    changed = tenants.set_organization(
        name=body.name,
        status=body.wanted_status,
        **told(request, external_id, body),
    )
    return Tenant.of(changed)


@router.post(
    f"{_ONE}/suspend",
    response={200: Tenant, **REFUSALS},
    summary="Suspend an organization",
)
def suspend(
    request: guards.HostRequest, external_id: str, body: inputs.Reason | None = None
) -> Tenant:
    """Refuse its tickets and keys and end its sessions, at once, until resumed.

    Repeating changes nothing. A deleted one is refused with 409.
    """
    facts = told(request, external_id, body)
    return Tenant.of(tenants.suspend(kind=Organization, **facts))


@router.post(
    f"{_ONE}/resume",
    response={200: Tenant, **REFUSALS},
    summary="Resume an organization",
)
def resume(
    request: guards.HostRequest, external_id: str, body: inputs.Reason | None = None
) -> Tenant:
    """Let its keys and tickets work again; ended sessions stay ended.

    Repeating changes nothing. A deleted one is refused with 409.
    """
    facts = told(request, external_id, body)
    return Tenant.of(tenants.resume(kind=Organization, **facts))


@router.delete(
    _ONE, response={200: Tenant, **REFUSALS}, summary="Delete an organization"
)
def delete(request: guards.HostRequest, external_id: str) -> Tenant:
    """Refuse its tickets and keys and end its sessions, at once.

    The row stays, with the status `deleted`, which only a PUT can undo; repeating
    changes nothing.
    """
    facts = told(request, external_id)
    return Tenant.of(tenants.delete(kind=Organization, **facts))
