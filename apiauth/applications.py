"""Apps: provisioning, switching on and off, deleting."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from apiauth import audit, credentials, origins, permissions, policies, text
from apiauth.actors import Actor
from apiauth.errors import Conflict, Invalid, NameTaken, NotFound
from apiauth.models import (
    ApiAuthApp,
    BackendKey,
    Capability,
    Deployment,
    RateLimitScheme,
)

MIN_SESSION_SECONDS = 60
MAX_SESSION_SECONDS = 7 * 24 * 3600


class Changes(TypedDict, total=False):
    """What may be changed of an app; what is left out stays as it is."""

    name: str
    description: str
    permissions: Sequence[str]
    permission_details: dict[str, object]
    resources: Sequence[str]
    capabilities: Sequence[str] | None
    embed_origins: Sequence[str] | None
    policy: dict[str, object]
    session_idle_seconds: int
    session_absolute_seconds: int
    require_bound_session: bool


@transaction.atomic(durable=True)
def provision(
    *,
    deployment: Deployment,
    app_slug: str,
    name: str,
    key_prefix: str,
    actor: Actor,
    now: datetime,
    description: str = "",
    user_id: str | None = None,
    organization_id: str | None = None,
    workspace_id: str | None = None,
    granted: Sequence[str] = (),
    permission_details: dict[str, object] | None = None,
    resources: Sequence[str] = (),
    rate_limit_scheme: RateLimitScheme | None = None,
    capabilities: Sequence[str] | None = None,
    embed_origins: Sequence[str] | None = None,
    policy: dict[str, object] | None = None,
) -> ApiAuthApp:
    """Create an app. `granted` is its ceiling of permissions; empty means none set.

    Raises `Invalid` naming the field, `NameTaken` when the slug is in use.
    """
    app = ApiAuthApp(
        deployment=deployment,
        app_slug=text.slug(app_slug, field="app_slug"),
        name=_name(name),
        description=_description(description),
        key_prefix=_prefix(key_prefix),
        user_id=_external(user_id, "user_id"),
        organization_id=_external(organization_id, "organization_id"),
        workspace_id=_external(workspace_id, "workspace_id"),
        permissions=permissions.grants(list(granted)),
        permission_details=_details(permission_details or {}),
        resources=_resources(resources),
        rate_limit_scheme=rate_limit_scheme,
        capabilities=_capabilities(capabilities),
        embed_origins=_origins(embed_origins),
        policy=_policy(policy or {}),
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            app.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(
            "An app with this slug exists already.", field="app_slug"
        ) from None
    _record(audit.Action.APP_PROVISIONED, app, actor=actor, now=now)
    return app


def find(backend_key: BackendKey, app_slug: str) -> ApiAuthApp:
    """Find an app that a backend key may act on, by slug.

    Raises `NotFound` for absent, deleted, foreign and unreachable ones alike.
    """
    apps = ApiAuthApp.objects.select_related("deployment").present()
    # PostgreSQL takes no NUL in a text, not even to find nothing.
    named = apps.reachable_by(backend_key).filter(app_slug=app_slug.replace("\0", " "))
    app = named.first()
    if app is None:
        raise NotFound("There is no such app.", field="app_slug")
    return app


@transaction.atomic(durable=True)
def update(
    *,
    app: ApiAuthApp,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **changes: Unpack[Changes],
) -> ApiAuthApp:
    """Change an app's settings; they hold for keys and sessions that exist, too.

    Nothing is written when nothing is different. Raises `Invalid` naming the
    field and `NotFound` for a deleted app.
    """
    locked = ApiAuthApp.objects.select_for_update().present().filter(pk=app.pk)
    found = locked.first()
    if found is None:
        raise NotFound
    wanted = {name: _CLEAN[name](value) for name, value in changes.items()}
    after = {n: value for n, value in wanted.items() if getattr(found, n) != value}
    before: audit.Facts = {name: getattr(found, name) for name in after}
    if not after:
        return found
    for name, value in after.items():
        setattr(found, name, value)
    found.updated_at = now
    found.save(update_fields=[*after, "updated_at"])
    audit.record(
        audit.Action.APP_UPDATED,
        about=audit.Subject(deployment_id=found.deployment_id, app_id=found.id),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )
    return found


@transaction.atomic(durable=True)
def deactivate(
    *, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Switch an app off: its keys are refused and its sessions closed at once.

    Raises `Conflict` when it is off already.
    """
    _switch(app, on=False, now=now)
    _record(audit.Action.APP_DEACTIVATED, app, actor=actor, now=now, reason=reason)


@transaction.atomic(durable=True)
def activate(*, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = "") -> None:
    """Switch an app on again. Raises `Conflict` when it is on or deleted."""
    _switch(app, on=True, now=now)
    _record(audit.Action.APP_ACTIVATED, app, actor=actor, now=now, reason=reason)


@transaction.atomic(durable=True)
def delete(*, app: ApiAuthApp, actor: Actor, now: datetime, reason: str = "") -> None:
    """Delete an app for good; its rows stay for the history.

    Raises `NotFound` when it is deleted already.
    """
    present = ApiAuthApp.objects.present().filter(pk=app.pk)
    if not present.update(deleted_at=now, is_active=False, updated_at=now):
        raise NotFound
    _record(audit.Action.APP_DELETED, app, actor=actor, now=now, reason=reason)


def _switch(app: ApiAuthApp, *, on: bool, now: datetime) -> None:
    other = ApiAuthApp.objects.present().filter(pk=app.pk, is_active=not on)
    if not other.update(is_active=on, updated_at=now):
        raise Conflict(f"This app is {'on' if on else 'off'} already, or deleted.")


def _record(
    action: audit.Action,
    app: ApiAuthApp,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    audit.record(
        action,
        about=audit.Subject(deployment_id=app.deployment_id, app_id=app.id),
        actor=actor,
        now=now,
        reason=reason,
        after={"app_slug": app.app_slug, "name": app.name},
    )


def _name(value: str) -> str:
    return text.clean(value, field="name", max_length=text.NAME)


def _description(value: str) -> str:
    return text.clean(
        value, field="description", max_length=text.DESCRIPTION, required=False
    )


def _prefix(value: str) -> str:
    prefix = text.clean(value, field="key_prefix", max_length=31)
    if not credentials.is_prefix(prefix):
        raise Invalid(
            "A key prefix is 2 to 31 lower-case letters, digits and _, begins with "
            "a letter, does not end in _, and is not one that scanners attribute "
            "to another product.",
            field="key_prefix",
        )
    return prefix


def _external(value: str | None, field: str) -> str | None:
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)


def _capabilities(values: Sequence[str] | None) -> list[str] | None:
    if values is None:
        return None
    if set(values) - set(Capability.values):
        raise Invalid(
            f"Choose capabilities among {', '.join(sorted(Capability.values))}.",
            field="capabilities",
        )
    return sorted(set(values))


def _resources(values: Sequence[str]) -> list[str]:
    for value in values:
        text.clean(value, field="resources", max_length=text.URL)
        if not value.startswith("/"):
            raise Invalid("A resource is a path that starts with /.", field="resources")
    return list(dict.fromkeys(values))


def _details(values: dict[str, object]) -> dict[str, object]:
    for slug, detail in values.items():
        if not isinstance(detail, dict):
            raise Invalid(f"The details of {slug} must be an object.", field="details")
    permissions.grants(list(values), field="permission_details")
    return values


def _origins(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else origins.parse_list(list(values))


def _policy(rules: dict[str, object]) -> dict[str, object]:
    policies.read(rules)
    return rules


def _seconds(field: str) -> Callable[[int], int]:
    def clean(value: int) -> int:
        if not MIN_SESSION_SECONDS <= value <= MAX_SESSION_SECONDS:
            raise Invalid(
                f"Between {MIN_SESSION_SECONDS} and {MAX_SESSION_SECONDS} seconds.",
                field=field,
            )
        return value

    return clean


_CLEAN: dict[str, Callable[..., object]] = {
    "name": _name,
    "description": _description,
    "permissions": lambda values: permissions.grants(list(values)),
    "permission_details": _details,
    "resources": _resources,
    "capabilities": _capabilities,
    "embed_origins": _origins,
    "policy": _policy,
    "session_idle_seconds": _seconds("session_idle_seconds"),
    "session_absolute_seconds": _seconds("session_absolute_seconds"),
    "require_bound_session": bool,
}
