"""The host's tenants and people: told of, suspended, resumed, deleted."""

from datetime import datetime

from django.db import transaction

from apiauth import audit, text
from apiauth.actors import Actor
from apiauth.errors import NotFound
from apiauth.models import Deployment, EndUser, Organization, TenantStatus

_ACTIONS = {
    Organization: audit.Action.ORGANIZATION_CHANGED,
    EndUser: audit.Action.USER_CHANGED,
}


@transaction.atomic(durable=True)
def set_organization(
    *,
    deployment: Deployment,
    external_id: str,
    name: str | None = None,
    status: TenantStatus | None = None,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> Organization:
    """Tell us of an organization, or of its new name or status.

    Suspending or deleting it stops its tickets, sessions and keys at once.
    """
    organization, _ = Organization.objects.get_or_create(
        deployment=deployment,
        external_id=_external(external_id),
        defaults={"created_at": now, "updated_at": now},
    )
    before: audit.Facts = {"name": organization.name, "status": organization.status}
    organization.name = organization.name if name is None else _name(name)
    organization.status = status or TenantStatus(organization.status)
    _store(organization, before, actor=actor, now=now, reason=reason)
    return organization


@transaction.atomic(durable=True)
def set_user(
    *,
    deployment: Deployment,
    external_id: str,
    name: str | None = None,
    status: TenantStatus | None = None,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> EndUser:
    """Tell us of a person, or of their new name or status; as for organizations."""
    user, _ = EndUser.objects.get_or_create(
        deployment=deployment,
        external_id=_external(external_id),
        defaults={"created_at": now, "updated_at": now},
    )
    before: audit.Facts = {"name": user.name, "status": user.status}
    user.name = user.name if name is None else _name(name)
    user.status = status or TenantStatus(user.status)
    _store(user, before, actor=actor, now=now, reason=reason)
    return user


def find_organization(deployment: Deployment, external_id: str) -> Organization:
    """Find an organization by the host's id. Raises `NotFound`."""
    known = Organization.objects.of(deployment).filter(external_id=external_id)
    organization = known.first()
    if organization is None:
        raise NotFound("There is no such organization.")
    return organization


def _store(
    tenant: Organization | EndUser,
    before: audit.Facts,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    tenant.updated_at = now
    tenant.save(update_fields=["name", "status", "updated_at"])
    is_organization = isinstance(tenant, Organization)
    audit.record(
        _ACTIONS[type(tenant)],
        about=audit.Subject(
            deployment_id=tenant.deployment_id,
            organization_id=tenant.external_id if is_organization else None,
            user_id=None if is_organization else tenant.external_id,
        ),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after={"name": tenant.name, "status": tenant.status},
    )


def _external(value: str) -> str:
    return text.clean(value, field="external_id", max_length=text.EXTERNAL_ID)


def _name(value: str) -> str:
    return text.clean(value, field="name", max_length=text.LABEL, required=False)
