"""Changing apps: their settings, on and off, their end."""

from datetime import datetime
from typing import Unpack

from django.db import transaction

from apiauth import audit, canonical, editions, endings
from apiauth.actors import Actor, ActorKind
from apiauth.applications import cleaning, rows
from apiauth.applications.values import Changes, settings
from apiauth.errors import Conflict
from apiauth.models import ApiAuthApp, PortalSession

_SWITCHED = {
    True: audit.Action.APP_ACTIVATED,
    False: audit.Action.APP_DEACTIVATED,
}


@transaction.atomic(durable=True)
def update(
    *,
    app: ApiAuthApp,
    actor: Actor,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
    **changes: Unpack[Changes],
) -> ApiAuthApp:
    """Change an app's settings; they hold for keys and sessions that exist, too.

    A new prefix is for secrets to come. Nothing is written when nothing is different.
    `seen` is the edition that the caller was shown, if it sends back all it saw.
    Raises `Invalid` naming the field, `NotFound` for a deleted app, and
    `ChangedMeanwhile` when its settings are no longer those that were seen.
    """
    found = rows.locked(app)
    editions.hold(settings(found), seen)
    wanted = cleaning.changes(changes)
    after = {
        name: value
        for name, value in wanted.items()
        if not canonical.is_same(getattr(found, name), value)
    }
    before: audit.Facts = {name: getattr(found, name) for name in after}
    if not after:
        return found
    columns = dict(after)
    if "rate_limit_scheme_slug" in columns:
        slug = str(columns.pop("rate_limit_scheme_slug"))
        columns["rate_limit_scheme"] = rows.scheme(found.deployment_id, slug)
    for name, value in columns.items():
        setattr(found, name, value)
    found.updated_at = now
    found.save(update_fields=[*columns, "updated_at"])
    _tell(found, before, after, actor=actor, now=now, reason=reason)
    return found


@transaction.atomic(durable=True)
def deactivate(
    *, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Switch an app off: its keys are refused and its sessions closed at once.

    Raises `Conflict` when it is off already.
    """
    _switch(app, on=False, actor=actor, now=now, reason=reason)


@transaction.atomic(durable=True)
def activate(*, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = "") -> None:
    """Switch an app on again. Raises `Conflict` when it is on or deleted."""
    _switch(app, on=True, actor=actor, now=now, reason=reason)


@transaction.atomic(durable=True)
def delete(*, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = "") -> None:
    """Delete an app for good and end its sessions; its rows stay for the history.

    A session that begins at this very moment is refused all the same: its app is off.
    Raises `NotFound` when it is deleted already.
    """
    present = ApiAuthApp.objects.present().filter(pk=app.pk)
    if not present.update(deleted_at=now, is_active=False, updated_at=now):
        raise rows.absent()
    is_hosts = actor.kind is ActorKind.HOST
    reasons = PortalSession.EndReason
    ended = endings.end(
        PortalSession.objects.filter(app_id=app.pk),
        reason=reasons.HOST if is_hosts else reasons.ADMIN,
        about=audit.Subject(deployment_id=app.deployment_id, app_id=app.pk),
        actor=actor,
        now=now,
        note="app deleted",
    )
    rows.record(
        audit.Action.APP_DELETED,
        app,
        actor=actor,
        now=now,
        reason=reason,
        after={**rows.names(app), "sessions_ended": ended},
    )


def _switch(
    app: ApiAuthApp, *, on: bool, actor: Actor, now: datetime, reason: str
) -> None:
    other = ApiAuthApp.objects.present().filter(pk=app.pk, is_active=not on)
    if not other.update(is_active=on, updated_at=now):
        raise Conflict(f"This app is {'on' if on else 'off'} already, or deleted.")
    names = rows.names(app)
    rows.record(_SWITCHED[on], app, actor=actor, now=now, reason=reason, after=names)


def _tell(
    app: ApiAuthApp,
    before: audit.Facts,
    after: audit.Facts,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    """Record what changed; switching has an event of its own, however it came about."""
    settings = [name for name in after if name != "is_active"]
    if settings:
        rows.record(
            audit.Action.APP_UPDATED,
            app,
            actor=actor,
            now=now,
            reason=reason,
            before={name: before[name] for name in settings},
            after={name: after[name] for name in settings},
        )
    if "is_active" in after:
        action, names = _SWITCHED[app.is_active], rows.names(app)
        rows.record(action, app, actor=actor, now=now, reason=reason, after=names)
