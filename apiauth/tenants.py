"""The host's organizations and people: told of, suspended, resumed, deleted."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Who said so, when, and why."""

    actor: Actor
    now: datetime
    reason: str


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
        defaults={"created_at": now, "updated_at": now},
    )
    said = _Said(actor=actor, now=now, reason=_reason(reason))
    _change(organization, wanted, said, is_new=is_new)
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
        defaults={"created_at": now, "updated_at": now},
    )
    said = _Said(actor=actor, now=now, reason=_reason(reason))
    _change(user, wanted, said, is_new=is_new)
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
    said = _Said(actor=actor, now=now, reason=_reason(reason))
    _move(tenant, TenantStatus.SUSPENDED, said)
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
    said = _Said(actor=actor, now=now, reason=_reason(reason))
    _move(tenant, TenantStatus.ACTIVE, said)
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
    said = _Said(actor=actor, now=now, reason=_reason(reason))
    _move(tenant, TenantStatus.DELETED, said)
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


def _move(tenant: Organization | EndUser, status: TenantStatus, said: _Said) -> None:
    if tenant.status == TenantStatus.DELETED != status:
        raise Conflict(
            f"This {_WORDS[type(tenant)]} is deleted. To have it back, tell us of it "
            "anew with the status active."
        )
    _change(tenant, _wanted(None, status), said)


def _change(
    tenant: Organization | EndUser,
    wanted: dict[str, str],
    said: _Said,
    *,
    is_new: bool = False,
) -> None:
    """Write what differs, if anything; that we have heard of it is news, too."""
    before = _facts(tenant)
    for name, value in wanted.items():
        setattr(tenant, name, value)
    after = _facts(tenant)
    if after != before:
        tenant.updated_at = said.now
        tenant.save(update_fields=[*wanted, "updated_at"])
    elif not is_new:
        return
    # Sessions are locked before the chain, as everywhere.
    if before["status"] != after["status"] != TenantStatus.ACTIVE:
        _end_sessions(tenant, said)
    audit.record(
        _ACTIONS[type(tenant)],
        about=audit.Subject(deployment_id=tenant.deployment_id, **_claim(tenant)),
        actor=said.actor,
        now=said.now,
        reason=said.reason,
        before=before,
        after=after,
    )


def _end_sessions(tenant: Organization | EndUser, said: _Said) -> None:
    claim = _claim(tenant)
    endings.end(
        PortalSession.objects.claimed_by(tenant.deployment_id, **claim),
        reason=PortalSession.EndReason.SUSPENDED,
        about=audit.Subject(deployment_id=tenant.deployment_id, **claim),
        actor=said.actor,
        now=said.now,
        note=said.reason,
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
