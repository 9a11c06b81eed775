"""Changing keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import applications, errors, keys, tenants
from apiauth.models import AuditEvent, Key, TenantStatus
from tests import make


def update(key, **changes):
    return keys.update(key=key, actor=make.HOST, now=timezone.now(), **changes)


def updates():
    return AuditEvent.objects.filter(action="key.updated")


def rule(app, **policy):
    app.policy = policy
    app.save(update_fields=["policy"])


def test_changes_what_is_given_alone(acme):
    key = make.key(acme.app, description="Old", metadata={"a": 1}).key

    updated = update(key, name="  Nightly ", permissions=["reports:read"])

    stored = Key.objects.get()
    assert updated == stored
    assert (stored.name, stored.permissions) == ("Nightly", ["reports:read"])
    assert (stored.description, stored.metadata) == ("Old", {"a": 1})
    assert stored.updated_at > stored.created_at


def test_records_before_and_after_of_what_changed(ci_key):
    moment = make.soon(days=3)
    update(ci_key.key, name="CI", description="New", expires_at=moment)

    event = updates().get()
    assert event.before == {"description": "", "expires_at": None}
    assert event.after == {"description": "New", "expires_at": moment.isoformat()}
    assert event.key_id == ci_key.key.pk


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": " CI "},
        {"permissions": ["reports:write", "reports:read", "reports:read"]},
        {"metadata": {}},
        {"expires_at": None},
    ],
)
def test_writes_nothing_when_nothing_is_different(ci_key, changes):
    before = Key.objects.values().get()

    update(ci_key.key, **changes)

    assert Key.objects.values().get() == before
    assert not updates().exists()


@pytest.mark.parametrize(
    ("noted", "wanted"), [(True, 1), (0, False), ([{"x": 1}], [{"x": True}])]
)
def test_true_is_another_note_than_one(acme, noted, wanted):
    key = make.key(acme.app, metadata={"beta": noted}).key

    update(key, metadata={"beta": wanted})

    assert repr(Key.objects.get().metadata) == repr({"beta": wanted})
    assert updates().count() == 1


@pytest.mark.parametrize(("noted", "wanted"), [(1, 1.0), (1e22, 10**22), (1e23, 1e23)])
def test_a_number_is_the_same_however_it_is_written(acme, noted, wanted):
    key = make.key(acme.app, metadata={"n": noted}).key

    update(key, metadata={"n": wanted})

    assert not updates().exists()


def test_holds_only_what_is_different_against_the_policy(acme):
    key = make.key(acme.app).key
    rule(acme.app, expiry_required=True)
    acme.app.permissions = ["reports:read"]
    acme.app.save(update_fields=["permissions"])

    updated = update(
        key,
        name="Nightly",
        permissions=["reports:read", "reports:write"],
        expires_at=None,
    )

    assert updated.name == "Nightly"


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"permissions": ["reports:delete"]}, "permissions"),
        ({"permissions": ["reports:*"]}, "permissions"),
        ({"expires_at": 31}, "expiry_max_days"),
        ({"expires_at": None}, "expiry_required"),
    ],
)
def test_follows_the_policy(acme, changes, broken):
    key = make.key(acme.app, expires_at=make.soon(days=3)).key
    rule(acme.app, expiry_max_days=30)
    if changes.get("expires_at"):
        changes = {"expires_at": make.soon(days=changes["expires_at"])}

    with pytest.raises(errors.PolicyViolation) as refusal:
        update(key, **changes)

    assert refusal.value.rule == broken
    assert not updates().exists()


@pytest.mark.parametrize("days", [1, None])
def test_an_expired_key_comes_back_into_a_free_place_alone(acme, ci_key, days):
    rule(acme.app, keys_per_owner=1)
    key = make.aged(ci_key.key, days=2, left=-timedelta(days=1))
    make.key(acme.app, "Other")
    expires_at = make.soon(days=days) if days else None

    with pytest.raises(errors.QuotaReached) as refusal:
        update(key, expires_at=expires_at)

    assert refusal.value.details == {"limit": 1}
    assert update(key, name="Nightly").expires_at == key.expires_at
    rule(acme.app, keys_per_owner=2)
    assert update(key, expires_at=expires_at).expires_at == expires_at


def test_a_key_that_expired_while_it_waited_has_lost_its_place(acme, ci_key):
    rule(acme.app, keys_per_owner=1)
    key = make.aged(ci_key.key, days=1, left=-timedelta(seconds=1))
    make.key(acme.app, "Other")
    began = make.soon(seconds=-9)

    with pytest.raises(errors.QuotaReached):
        keys.update(key=key, expires_at=make.soon(days=1), actor=make.HOST, now=began)


def test_a_live_key_has_its_place(acme):
    key = make.key(acme.app, "One", expires_at=make.soon(days=1)).key
    make.key(acme.app, "Other")
    rule(acme.app, keys_per_owner=1)

    assert update(key, expires_at=None).expires_at is None


def test_an_app_without_a_ceiling_bounds_nothing(acme):
    key = make.key(make.app(acme.deployment, "aa_open", granted=[])).key

    assert update(key, permissions=["any:thing"]).permissions == ["any:thing"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\u2066b"),
        ("description", "d" * 251),
        ("permissions", ["a b"]),
        ("metadata", {"principal_type": "x"}),
        ("expires_at", timezone.now()),
    ],
)
def test_refuses_what_cannot_be(ci_key, field, value):
    with pytest.raises(errors.Invalid) as refusal:
        update(ci_key.key, **{field: value})

    assert refusal.value.field == field


def test_refuses_a_name_in_use(acme, ci_key):
    other = make.key(acme.app, "Nightly").key

    with pytest.raises(errors.NameTaken) as refusal:
        update(ci_key.key, name="Nightly", description="New")

    assert refusal.value.key_id == other.id
    assert not Key.objects.filter(description="New").exists()


def test_revives_an_expired_key(acme):
    key = make.key(acme.app).key
    Key.objects.update(created_at=make.soon(days=-2), expires_at=make.soon(days=-1))

    later = make.soon(days=1)

    assert update(key, expires_at=later).expires_at == later


def test_refuses_a_revoked_key(ci_key):
    keys.revoke(key=ci_key.key, reason="", actor=make.ADA, now=timezone.now())

    with pytest.raises(errors.KeyRevoked):
        update(ci_key.key, name="Nightly")


def test_refuses_an_app_that_is_off(acme, ci_key):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.AppInactive):
        update(ci_key.key, name="Nightly")


def test_refuses_an_owner_that_is_shut(acme, ci_key):
    tenants.set_user(
        deployment=acme.deployment,
        external_id="ada",
        status=TenantStatus.SUSPENDED,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    with pytest.raises(errors.TenantSuspended):
        update(ci_key.key, name="Nightly")
