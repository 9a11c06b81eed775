"""Backend keys: the credentials of hosts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apiauth import audit, credentials, identifiers, text
from apiauth.actors import Actor
from apiauth.credentials import Purpose
from apiauth.errors import Conflict, Invalid, Unauthenticated
from apiauth.models import ApiAuthApp, BackendKey, Deployment, Scope

_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A new backend key with its clear text, which exists nowhere else."""

    backend_key: BackendKey
    secret: str = field(repr=False)


@transaction.atomic(durable=True)
def mint(
    *,
    deployment: Deployment,
    name: str,
    scopes: Sequence[str],
    apps: Sequence[ApiAuthApp] = (),
    expires_at: datetime | None = None,
    key_id: uuid.UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Minted:
    """Make a backend key; without `apps` it reaches every app of the deployment.

    Whoever might ask twice names the new key's id: no two keys have the same.

    Raises `Invalid` for unknown or missing scopes, for an app of another
    deployment and for an expiry in the past; `Conflict` if the id is taken.
    """
    _check_reach(deployment, scopes, apps)
    if expires_at is not None and expires_at <= now:
        raise Invalid("The expiry must be in the future.", field="expires_at")
    secret = credentials.make_secret(credentials.BACKEND_PREFIX)
    digest = credentials.digest(Purpose.BACKEND, secret)
    backend_key = BackendKey(
        id=key_id or identifiers.new(),
        deployment=deployment,
        name=text.clean(name, field="name", max_length=text.NAME),
        digest=digest.value,
        pepper_id=digest.pepper_id,
        last_four=secret[-4:],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        created_at=now,
    )
    _store_new(backend_key)
    backend_key.apps.set(apps)
    _record_minting(backend_key, apps, actor=actor, now=now)
    return Minted(backend_key=backend_key, secret=secret)


def authenticate(secret: str) -> BackendKey:
    """Find the live backend key that this secret belongs to.

    Expiry is judged by the database's clock. Raises `Unauthenticated` for
    everything else, without saying which.
    """
    if not credentials.looks_right(secret):
        raise Unauthenticated
    known = BackendKey.objects.select_related("deployment").live(Now())
    backend_key = known.by_digest(credentials.digests(Purpose.BACKEND, secret)).first()
    if backend_key is None:
        raise Unauthenticated
    return backend_key


def touch(backend_key: BackendKey, *, now: datetime) -> None:
    """Remember the use of a backend key, to the minute."""
    last = backend_key.last_used_at
    if last is None or now - last >= _TOUCH_AFTER:
        BackendKey.objects.filter(pk=backend_key.pk).update(last_used_at=now)


@transaction.atomic(durable=True)
def revoke(
    *, backend_key: BackendKey, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Make a backend key useless at once. Raises `Conflict` if it already is."""
    ended = BackendKey.objects.filter(pk=backend_key.pk, revoked_at__isnull=True)
    if not ended.update(revoked_at=now):
        raise Conflict("This backend key is revoked already.")
    audit.record(
        audit.Action.BACKEND_KEY_REVOKED,
        about=audit.Subject(deployment_id=backend_key.deployment_id),
        actor=actor,
        now=now,
        reason=reason,
        before={"backend_key_id": str(backend_key.id), "name": backend_key.name},
    )


def _check_reach(
    deployment: Deployment, scopes: Sequence[str], apps: Sequence[ApiAuthApp]
) -> None:
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise Invalid(
            f"Choose scopes among {', '.join(sorted(Scope.values))}.", field="scopes"
        )
    if any(app.deployment_id != deployment.id for app in apps):
        raise Invalid("An app belongs to another deployment.", field="apps")


def _store_new(backend_key: BackendKey) -> None:
    try:
        with transaction.atomic():
            backend_key.save(force_insert=True)
    except IntegrityError as error:
        if not BackendKey.objects.filter(pk=backend_key.pk).exists():
            raise
        raise Conflict("This backend key was minted before.") from error


def _record_minting(
    backend_key: BackendKey,
    apps: Sequence[ApiAuthApp],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        audit.Action.BACKEND_KEY_MINTED,
        about=audit.Subject(deployment_id=backend_key.deployment_id),
        actor=actor,
        now=now,
        after={
            "backend_key_id": str(backend_key.id),
            "name": backend_key.name,
            "scopes": backend_key.scopes,
            "apps": [app.app_slug for app in apps],
        },
    )
