"""Who belongs to which organization, and what their roles there permit."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apiauth import audit, permissions, text
from apiauth.actors import Actor
from apiauth.errors import NotFound
from apiauth.models import Deployment, EndUser, Membership, Organization


@transaction.atomic(durable=True)
def put(
    *,
    deployment: Deployment,
    organization_id: str,
    user_id: str,
    workspace_id: str = "",
    granted: Sequence[str] | None = None,
    actor: Actor,
    now: datetime,
) -> Membership:
    """Tell us that a person belongs to an organization, or to a workspace of it.

    `granted` are the permissions of their roles; None leaves them as they are, or
    empty. Organization and person are made when we hear of them first. Nothing is
    written when nothing is different. Raises `Invalid` naming the field.
    """
    organization, user = _told_of(deployment, organization_id, user_id, now=now)
    wanted = None if granted is None else permissions.grants(list(granted))
    fresh = Membership(
        deployment=deployment,
        organization=organization,
        user=user,
        workspace_id=_workspace(workspace_id),
        permissions=wanted or [],
        created_at=now,
    )
    membership, is_new = _held(fresh)
    before = None if is_new else _facts(membership)
    _change(membership, before, wanted, actor=actor, now=now)
    return membership


@transaction.atomic(durable=True)
def remove(
    *,
    deployment: Deployment,
    organization_id: str,
    user_id: str,
    workspace_id: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Take a person out of an organization and all its workspaces, or out of one.

    Ends no session and no key. Returns how many memberships there were, which is one
    at least. Raises `NotFound`.
    """
    places = Membership.objects.filter(
        deployment=deployment,
        organization__external_id=_external(organization_id, "organization_id"),
        user__external_id=_external(user_id, "user_id"),
    )
    if workspace_id is not None:
        places = places.filter(workspace_id=_workspace(workspace_id))
    locked = places.select_for_update(of=("self",), no_key=True).order_by("pk")
    gone = list(locked.select_related("organization", "user"))
    if not gone:
        raise NotFound("There is no such membership.")
    Membership.objects.filter(pk__in=[membership.pk for membership in gone]).delete()
    for membership in gone:
        _record(
            audit.Action.MEMBERSHIP_REMOVED,
            membership,
            actor=actor,
            now=now,
            before=_facts(membership),
        )
    return len(gone)


def _held(fresh: Membership) -> tuple[Membership, bool]:
    """Find a place as it is stored, or store it; nobody else changes it from then on.

    To store it takes one statement that finds as well: somebody who is put there and
    taken out meanwhile could otherwise neither be stored nor found.
    """
    places = Membership.objects.select_related("organization", "user").filter(
        organization=fresh.organization,
        user=fresh.user,
        workspace_id=fresh.workspace_id,
    )
    known = places.select_for_update(of=("self",), no_key=True).first()
    if known is not None:
        return known, False
    Membership.objects.bulk_create(
        [fresh],
        update_conflicts=True,
        unique_fields=["organization", "user", "workspace_id"],
        update_fields=["deployment"],
    )
    kept = places.get()
    return kept, kept.pk == fresh.pk


def _told_of(
    deployment: Deployment, organization_id: str, user_id: str, *, now: datetime
) -> tuple[Organization, EndUser]:
    """Find both, made when we hear of them first. Raises `Invalid`."""
    moment = {"created_at": now, "updated_at": now}
    organization, _ = Organization.objects.get_or_create(
        deployment=deployment,
        external_id=_external(organization_id, "organization_id"),
        defaults=moment,
    )
    user, _ = EndUser.objects.get_or_create(
        deployment=deployment,
        external_id=_external(user_id, "user_id"),
        defaults=moment,
    )
    return organization, user


def _change(
    membership: Membership,
    before: audit.Facts | None,
    wanted: list[str] | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if wanted is not None:
        membership.permissions = wanted
    after = _facts(membership)
    if after == before:
        return
    if before is not None:
        membership.save(update_fields=["permissions"])
    _record(
        audit.Action.MEMBERSHIP_CHANGED,
        membership,
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _record(
    action: audit.Action,
    membership: Membership,
    *,
    actor: Actor,
    now: datetime,
    before: audit.Facts | None,
    after: audit.Facts | None = None,
) -> None:
    audit.record(
        action,
        about=audit.Subject(
            deployment_id=membership.deployment_id,
            organization_id=membership.organization.external_id,
            user_id=membership.user.external_id,
        ),
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _facts(membership: Membership) -> audit.Facts:
    return {
        "permissions": membership.permissions,
        "workspace_id": membership.workspace_id or None,
    }


def _external(value: str, field: str) -> str:
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)


def _workspace(value: str) -> str:
    return text.clean(
        value, field="workspace_id", max_length=text.EXTERNAL_ID, required=False
    )
