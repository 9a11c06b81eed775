"""What must always be true is refused by the database, whoever writes."""

import copy
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from apiauth import audit, identifiers, keys
from apiauth.actors import SYSTEM
from apiauth.models import (
    ApiAuthApp,
    AuditEvent,
    BackendKey,
    Deployment,
    EndUser,
    IdempotencyRecord,
    Key,
    KeySecret,
    Membership,
    Organization,
    PortalSession,
    RateLimitScheme,
    SessionToken,
    Ticket,
    UsageMark,
)
from tests import make

SHORT = b"short"
NOW = timezone.now()
DECLARED = {
    constraint.name: constraint
    for model in apps.get_app_config("apiauth").get_models()
    for constraint in model._meta.constraints
}


@pytest.fixture
def stored(acme, ada, ci_key):
    """One row of everything."""
    here = {"deployment": acme.deployment}
    times = {"created_at": NOW, "updated_at": NOW}
    organization = Organization.objects.get()
    Membership.objects.create(
        organization=organization, user=EndUser.objects.get(), created_at=NOW, **here
    )
    RateLimitScheme.objects.create(slug="s", name="S", **times, **here)
    IdempotencyRecord.objects.create(
        scope="s", token="t", made_id=ci_key.key.pk, created_at=NOW, **here
    )
    UsageMark.objects.create(until=NOW)
    keys.rotate(key=ci_key.key, actor=make.ADA, now=NOW)


def again(model, **changes):
    """Write the newest row of a model once more, under another primary key."""

    def write():
        row = copy.copy(model.objects.order_by("pk").last())
        row.pk = None if model is AuditEvent else identifiers.new()
        for name, value in changes.items():
            setattr(row, name, value)
        model.objects.bulk_create([row])

    return write


def change(model, **changes):
    """Change every row of a model, as SQL does."""
    return lambda: model.objects.update(**changes)


REFUSED = {
    "app_inactive_once_deleted": change(ApiAuthApp, deleted_at=NOW),
    "app_session_limits_sane": change(ApiAuthApp, session_idle_seconds=59),
    "app_slug_unique_while_present": again(ApiAuthApp),
    "audit_hashes_whole": again(AuditEvent, sequence=999, hash=SHORT),
    "audit_sequence_unique": again(AuditEvent),
    "backend_key_digest_unique": again(BackendKey),
    "backend_key_digest_whole": change(BackendKey, digest=SHORT),
    "backend_key_expires_after_creation": change(
        BackendKey, expires_at=NOW - timedelta(days=1)
    ),
    "deployment_mode_known": change(Deployment, mode="test"),
    "deployment_slug_unique": again(Deployment),
    "end_user_status_known": change(EndUser, status="gone"),
    "end_user_unique": again(EndUser),
    "idempotency_token_once": again(IdempotencyRecord),
    "key_digest_unique": again(KeySecret, version=9, ends_at=NOW),
    "key_digest_whole": change(KeySecret, digest=SHORT),
    "key_expires_after_creation": change(Key, expires_at=NOW - timedelta(days=1)),
    "key_has_one_current_secret": change(KeySecret, ends_at=None),
    "key_name_unique_while_live": again(Key),
    "key_owner_kind_known": change(Key, owner_kind="team"),
    "key_owner_named": change(Key, owner_id=""),
    "key_secret_version_unique": again(KeySecret, digest=b"x" * 32, ends_at=NOW),
    "membership_unique": again(Membership),
    "organization_status_known": change(Organization, status="gone"),
    "organization_unique": again(Organization),
    "scheme_slug_unique": again(RateLimitScheme),
    "session_binder_whole": change(PortalSession, binder_digest=SHORT),
    "session_end_explained": change(PortalSession, ended_at=NOW),
    "session_token_digest_unique": again(SessionToken),
    "session_token_digest_whole": change(SessionToken, digest=SHORT),
    "ticket_digest_unique": again(Ticket),
    "ticket_digest_whole": change(Ticket, digest=SHORT),
    "ticket_expires_after_creation": change(Ticket, expires_at=NOW - timedelta(days=1)),
    "usage_mark_is_alone": change(UsageMark, id=2),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refuses(stored, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        REFUSED[name]()

    assert name in str(refusal.value) or _is_sqlites_own(refusal.value, name)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Key, {"owner_kind": "app"}),
        (Key, {"owner_kind": "user", "owner_id": ""}),
        (PortalSession, {"ended_reason": "idle"}),
        (PortalSession, {"ended_at": NOW, "ended_reason": ""}),
        (ApiAuthApp, {"session_absolute_seconds": 8 * 24 * 3600}),
        (ApiAuthApp, {"session_absolute_seconds": 59}),
        (KeySecret, {"digest": b""}),
        (KeySecret, {"digest": b"x" * 33}),
    ],
)
def test_refuses_the_other_side_too(stored, model, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**changes)


def test_each_constraint_has_its_proof():
    assert set(DECLARED) == set(REFUSED)


def test_a_ticket_opens_one_session(ada):
    other = copy.copy(ada.session)
    other.pk = identifiers.locator()

    with pytest.raises(IntegrityError), transaction.atomic():
        PortalSession.objects.bulk_create([other])


@pytest.mark.parametrize("model", [Deployment, ApiAuthApp, BackendKey, Ticket, Key])
def test_what_others_hang_on_is_not_deleted(stored, model):
    with pytest.raises((IntegrityError, models.ProtectedError)):
        model.objects.first().delete()


def test_an_event_cannot_be_forged_before_another(acme):
    with transaction.atomic():
        audit.record(
            audit.Action.APP_ACTIVATED,
            about=audit.Subject(deployment_id=acme.deployment.pk),
            actor=SYSTEM,
            now=NOW,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        again(AuditEvent, sequence=1)()


def _is_sqlites_own(refusal, name):
    """SQLite names the columns of a unique constraint, never the constraint.

    A second event in one place is refused before, by the trigger that keeps the first.
    """
    said = (
        "audit events are append-only"
        if name == "audit_sequence_unique"
        else "UNIQUE constraint failed"
    )
    return (
        connection.vendor == "sqlite"
        and said in str(refusal)
        and isinstance(DECLARED[name], models.UniqueConstraint)
    )
