"""Whose it is: the organization and the person behind a ticket or a key."""

from datetime import datetime

from apiauth.errors import TenantSuspended
from apiauth.models import EndUser, Key, Organization, TenantStatus, Ticket


def require_active(owned: Ticket | Key, *, now: datetime) -> None:
    """Refuse what belongs to somebody who is suspended or deleted.

    They are locked until the caller's transaction ends: it is suspended either
    before this, which is then refused, or after the caller has done, whose work it
    then finds. Whom we had not been told of is known from now on. Raises
    `TenantSuspended`.
    """
    moment = {"created_at": now, "updated_at": now}
    for model, external_id in (
        (Organization, owned.organization_id),
        (EndUser, owned.user_id),
    ):
        if external_id is None:
            continue
        tenant, _ = model.objects.select_for_update(no_key=True).get_or_create(
            deployment_id=owned.deployment_id, external_id=external_id, defaults=moment
        )
        if tenant.status != TenantStatus.ACTIVE:
            raise TenantSuspended
