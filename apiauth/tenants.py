"""The host's organizations and people: told of, suspended, resumed, deleted."""

from datetime import datetime
from typing import TypedDict

from django.db import transaction

from apiauth import audit, endings, text
from apiauth.actors import Actor
from apiauth.errors import Conflict, NotFound
from apiauth.models import (
    Deployment,
    EndUser,
    Organization,
    PortalSession,
    TenantStatus,
)

_ACTIONS = {
    Organization: audit.Action.ORGANIZATION_CHANGED,
    EndUser: audit.Action.USER_CHANGED,
}
_WORDS = {Organization: "organization", EndUser: "user"}


class _Claim(TypedDict, total=False):
    """How tickets and events name a tenant."""

    organization_id: str
    user_id: str


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

    What is None stays as it is; nothing is written when nothing is different.
    Suspending or deleting it stops its tickets and keys and ends its sessions, at
    once; the status active undoes either, save for the sessions. Raises `Invalid`
    naming the field.
    """
    wanted = _wanted(name, status)
    organization, is_new = Organization.objects.select_for_update(
        no_key=True
    ).get_or_create(
        deployment=deployment,
        external_id=_external(external_id),
        defaults={**wanted, "created_at": now, "updated_at": now},
    )
    before = None if is_new else _facts(organization)
    _change(organization, before, wanted, actor=actor, now=now, reason=reason)
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
    wanted = _wanted(name, status)
    user, is_new = EndUser.objects.select_for_update(no_key=True).get_or_create(
        deployment=deployment,
        external_id=_external(external_id),
        defaults={**wanted, "created_at": now, "updated_at": now},
    )
    before = None if is_new else _facts(user)
    _change(user, before, wanted, actor=actor, now=now, reason=reason)
    return user


@transaction.atomic(durable=True)
def suspend[T: (Organization, EndUser)](
    *,
    kind: type[T],
    deployment: Deployment,
    external_id: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> T:
    """Stop its tickets and keys and end its sessions, at once, until it is resumed.

    Nothing happens when it is suspended already. Raises `NotFound`, and `Conflict`
    when it is deleted.
    """
    tenant = _locked(kind, deployment, external_id)
    _move(tenant, TenantStatus.SUSPENDED, actor=actor, now=now, reason=reason)
    return tenant


@transaction.atomic(durable=True)
def resume[T: (Organization, EndUser)](
    *,
    kind: type[T],
    deployment: Deployment,
    external_id: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> T:
    """Let its keys and tickets work again; sessions that ended stay so.

    Nothing happens when it is active already. Raises `NotFound`, and `Conflict`
    when it is deleted.
    """
    tenant = _locked(kind, deployment, external_id)
    _move(tenant, TenantStatus.ACTIVE, actor=actor, now=now, reason=reason)
    return tenant


@transaction.atomic(durable=True)
def delete[T: (Organization, EndUser)](
    *,
    kind: type[T],
    deployment: Deployment,
    external_id: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> T:
    """Stop it like `suspend`, with no resuming; its row stays for the history.

    Nothing happens when it is deleted already. Raises `NotFound`.
    """
    tenant = _locked(kind, deployment, external_id)
    _move(tenant, TenantStatus.DELETED, actor=actor, now=now, reason=reason)
    return tenant


def find[T: (Organization, EndUser)](
    *, kind: type[T], deployment: Deployment, external_id: str
) -> T:
    """Find one by the host's id. Raises `NotFound`; `Invalid` for what is no id."""
    known = kind.objects.of(deployment).filter(external_id=_external(external_id))
    tenant = known.first()
    if tenant is None:
        raise NotFound(f"There is no such {_WORDS[kind]}.")
    return tenant


def _locked[T: (Organization, EndUser)](
    kind: type[T], deployment: Deployment, external_id: str
) -> T:
    known = kind.objects.select_for_update(no_key=True).of(deployment)
    tenant = known.filter(external_id=_external(external_id)).first()
    if tenant is None:
        raise NotFound(f"There is no such {_WORDS[kind]}.")
    return tenant


def _move(
    tenant: Organization | EndUser,
    status: TenantStatus,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    if tenant.status == TenantStatus.DELETED != status:
        raise Conflict(
            f"This {_WORDS[type(tenant)]} is deleted. To have it back, tell us of it "
            "anew with the status active."
        )
    before, wanted = _facts(tenant), _wanted(None, status)
    _change(tenant, before, wanted, actor=actor, now=now, reason=reason)


def _change(
    tenant: Organization | EndUser,
    before: audit.Facts | None,
    wanted: dict[str, str],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    """Write what differs; `before` is None for a row that was just made so."""
    reason = _reason(reason)
    for name, value in wanted.items():
        setattr(tenant, name, value)
    after = _facts(tenant)
    if after == before:
        return
    if before is not None:
        tenant.updated_at = now
        tenant.save(update_fields=[*wanted, "updated_at"])
    is_same_status = before is not None and before["status"] == after["status"]
    if tenant.status != TenantStatus.ACTIVE and not is_same_status:
        _end_sessions(tenant, actor=actor, now=now, note=reason)
    audit.record(
        _ACTIONS[type(tenant)],
        about=audit.Subject(deployment_id=tenant.deployment_id, **_claim(tenant)),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )


def _end_sessions(
    tenant: Organization | EndUser, *, actor: Actor, now: datetime, note: str
) -> None:
    claim = _claim(tenant)
    endings.end(
        PortalSession.objects.claimed_by(tenant.deployment_id, **claim),
        reason=PortalSession.EndReason.SUSPENDED,
        about=audit.Subject(deployment_id=tenant.deployment_id, **claim),
        actor=actor,
        now=now,
        note=note,
    )


def _claim(tenant: Organization | EndUser) -> _Claim:
    if isinstance(tenant, Organization):
        return {"organization_id": tenant.external_id}
    return {"user_id": tenant.external_id}


def _facts(tenant: Organization | EndUser) -> audit.Facts:
    return {"name": tenant.name, "status": str(tenant.status)}


def _wanted(name: str | None, status: TenantStatus | None) -> dict[str, str]:
    wanted = {}
    if name is not None:
        wanted["name"] = text.clean(
            name, field="name", max_length=text.LABEL, required=False
        )
    if status is not None:
        wanted["status"] = TenantStatus(status)
    return wanted


def _external(value: str) -> str:
    return text.clean(value, field="external_id", max_length=text.EXTERNAL_ID)


def _reason(value: str) -> str:
    return text.clean(
        value, field="reason", max_length=text.REASON, required=False, multiline=True
    )
