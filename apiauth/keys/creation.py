"""Creating keys, within what the app and the ticket leave open."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apiauth import audit, identifiers, owners, permissions, text
from apiauth.actors import Actor
from apiauth.errors import PolicyViolation
from apiauth.keys import metadata, rows
from apiauth.keys.values import Draft, Issued, Owner
from apiauth.models import ApiAuthApp, Key


@transaction.atomic(durable=True)
def create(
    *,
    app: ApiAuthApp,
    owner: Owner,
    draft: Draft,
    token: str = "",
    actor: Actor,
    now: datetime,
) -> Issued:
    """Create a key for an owner and hand out its secret, once.

    Its organization and person are known from then on, and can be suspended.
    `token` makes a repeat harmless: it raises `AlreadyDone`. Raises `Invalid`,
    `PolicyViolation`, `QuotaReached`, `NameTaken`, `AppInactive` or `TenantSuspended`.
    """
    app = rows.locked_app(app.pk)
    app.rules.check_expiry(draft.expires_at, now=now)
    key = _row(app, owner, draft, actor=actor, now=now)
    owners.require_active(key, now=now)
    whose = f"{owner.kind}:{owner.id}"
    rows.claim(token, "create", key, among=whose, actor=actor, now=now)
    rows.check_quota(key, app, now=now)
    rows.save_named(key)
    secret = rows.issue_secret(key, app.key_prefix, version=1, now=now)
    rows.record(audit.Action.KEY_CREATED, key, actor=actor, now=now, after=_facts(key))
    return Issued(key=key, secret=secret)


def grantable(app: ApiAuthApp, narrowed: Sequence[str] | None) -> list[str]:
    """List what a new key of this app may be given."""
    if narrowed is None:
        return list(app.permissions)
    return permissions.within(app.permissions, narrowed)


def bounded(
    app: ApiAuthApp, wanted: Sequence[str], narrowed: Sequence[str] | None = None
) -> list[str]:
    """Check what a key of this app shall be given. Raises `PolicyViolation`."""
    granted = permissions.grants(list(wanted))
    if not app.permissions and narrowed is None:
        return granted
    allowed = grantable(app, narrowed)
    beyond = permissions.beyond(allowed, granted)
    if beyond:
        raise PolicyViolation(
            f"Not available for this key: {', '.join(beyond)[:200]}.",
            rule="permissions",
            limit=", ".join(allowed)[:200],
            field="permissions",
        )
    return granted


def _row(
    app: ApiAuthApp, owner: Owner, draft: Draft, *, actor: Actor, now: datetime
) -> Key:
    return Key(
        id=identifiers.new(),
        deployment_id=app.deployment_id,
        app=app,
        name=text.clean(draft.name, field="name", max_length=text.NAME),
        description=rows.description(draft.description),
        owner_kind=owner.kind,
        owner_id=owner.id,
        user_id=owner.user_id,
        organization_id=owner.organization_id,
        workspace_id=owner.workspace_id,
        created_by_label=actor.label,
        created_via=actor.channel,
        permissions=_granted(draft, app),
        metadata=metadata.clean(draft.metadata),
        expires_at=draft.expires_at,
        created_at=now,
        updated_at=now,
    )


def _granted(draft: Draft, app: ApiAuthApp) -> list[str]:
    if draft.permissions is None:
        return grantable(app, draft.grantable)
    return bounded(app, draft.permissions, draft.grantable)


def _facts(key: Key) -> audit.Facts:
    return {
        "name": key.name,
        "permissions": key.permissions,
        "owner": f"{key.owner_kind}:{key.owner_id}",
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }
