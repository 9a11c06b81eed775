"""Steps that several verbs share, inside the caller's transaction."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction

from apiauth import audit, credentials, idempotency, text
from apiauth.actors import Actor
from apiauth.credentials import Purpose
from apiauth.errors import (
    AppInactive,
    Invalid,
    NameTaken,
    NotFound,
)
from apiauth.models import (
    ApiAuthApp,
    Key,
    KeySecret,
)
from apiauth.models.clock import database_now


def locked_app(app_id: uuid.UUID) -> ApiAuthApp:
    """Lock a present and active app, so that counting and adding are one step.

    Raises `AppInactive`.
    """
    locked = (
        ApiAuthApp.objects.select_for_update(no_key=True)
        .present()
        .filter(pk=app_id)
        .first()
    )
    if locked is None or not locked.is_active:
        raise AppInactive
    return locked


def locked(key: Key) -> Key:
    """Lock a key and read it anew. Raises `NotFound`."""
    found = Key.objects.select_for_update(no_key=True).filter(pk=key.pk).first()
    if found is None:
        raise NotFound
    return found


def check_quota(key: Key, app: ApiAuthApp, *, now: datetime) -> None:
    """Prove that the owner of a key may have one more that lives.

    The caller has locked the app. Raises `QuotaReached`.
    """
    app.rules.check_quota(Key.objects.beside(key).live(now).count())


def check_revival(key: Key, app: ApiAuthApp, *, now: datetime) -> None:
    """Prove that a key may be given a later end: an expired one needs a free place.

    The caller has locked app and key. Raises `QuotaReached`.
    """
    if key.expires_at is None:
        return
    # It may have expired, and its place been taken, while we waited for the app.
    moment = max(now, database_now())
    if key.expires_at <= moment:
        check_quota(key, app, now=moment)


def current_secret(key: Key) -> KeySecret:
    """Fetch the newest secret of a key, which the caller has locked."""
    return key.secrets.get(ends_at__isnull=True)


def claim(
    token: str, verb: str, key: Key, *, among: str, actor: Actor, now: datetime
) -> None:
    """Take a token for what is done to a key. Raises `AlreadyDone`."""
    scope = idempotency.scope(verb, key.app_id, among, actor=actor)
    idempotency.claim(key.deployment_id, scope, token, key.id, now=now)


def issue_secret(key: Key, prefix: str, *, version: int, now: datetime) -> str:
    """Make and store one more secret version; returns its clear text."""
    secret = credentials.make_secret(prefix)
    digest = credentials.digest(Purpose.KEY, secret)
    random = secret.removeprefix(f"{prefix}_")
    KeySecret.objects.create(
        deployment_id=key.deployment_id,
        key=key,
        version=version,
        digest=digest.value,
        pepper_id=digest.pepper_id,
        prefix=prefix,
        first_four=random[:4],
        last_eight=random[-8:],
        created_at=now,
    )
    return secret


def save_named(key: Key, update_fields: list[str] | None = None) -> None:
    """Save a key under its name; the constraint decides. Raises `NameTaken`."""
    try:
        with transaction.atomic():
            key.save(force_insert=update_fields is None, update_fields=update_fields)
    except IntegrityError as error:
        taken = (
            Key.objects.beside(key).unrevoked().filter(name=key.name).exclude(pk=key.pk)
        )
        other = taken.values_list("pk", flat=True).first()
        if other is None:
            raise Invalid("This key cannot be stored.") from error
        raise NameTaken(
            "Another key has this name. Use another name.", key_id=other
        ) from error


def description(value: str) -> str:
    """Clean a description."""
    return text.clean(
        value,
        field="description",
        max_length=text.DESCRIPTION,
        required=False,
        multiline=True,
    )


def record(
    action: audit.Action,
    key: Key,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    before: audit.Facts | None = None,
    after: audit.Facts | None = None,
) -> None:
    """Append an event about a key."""
    audit.record(
        action,
        about=audit.Subject(
            deployment_id=key.deployment_id,
            app_id=key.app_id,
            key_id=key.id,
            organization_id=key.organization_id,
            user_id=key.user_id,
        ),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )
