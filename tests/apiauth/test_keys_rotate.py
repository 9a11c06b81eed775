"""Rotating keys, and ending the old secret."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from apiauth import applications, credentials, errors, keys
from apiauth.credentials import Purpose
from apiauth.models import AuditEvent, Key, KeySecret
from tests import make

DAY = timedelta(days=1)


def rotate(key, **wishes):
    return keys.rotate(key=key, actor=make.ADA, now=timezone.now(), **wishes)


def end_old_secret(key):
    return keys.end_old_secret(key=key, actor=make.ADA, now=timezone.now())


def versions(key):
    return list(KeySecret.objects.filter(key=key).order_by("version"))


def let_expire(key):
    past = timezone.now() - 2 * DAY
    Key.objects.filter(pk=key.pk).update(created_at=past, expires_at=past + DAY)


def revoke(key):
    keys.revoke(key=key, reason="other", actor=make.ADA, now=timezone.now())


def pause(key):
    Key.objects.filter(pk=key.pk).update(disabled_at=timezone.now())


def test_gives_the_same_key_a_new_secret(ci_key):
    rotated = rotate(ci_key.key)

    assert rotated.key == ci_key.key
    assert rotated.secret != ci_key.secret
    old, new = versions(ci_key.key)
    assert bytes(new.digest) == credentials.digest(Purpose.KEY, rotated.secret).value
    assert (old.version, new.version, new.ends_at) == (1, 2, None)
    assert old.ends_at <= timezone.now()
    assert rotated.old_ends_at is None


def test_records_the_rotation(ci_key):
    rotate(ci_key.key, overlap_seconds=60)

    event = AuditEvent.objects.get(action="key.rotated")
    assert (event.key_id, event.before) == (ci_key.key.id, {"version": 1})
    assert event.after["version"] == 2
    assert event.after["old_ends_at"].endswith("+00:00")


def test_the_new_secret_is_unconfirmed(ci_key):
    now = timezone.now()
    keys.acknowledge(key=ci_key.key, version=1, actor=make.ADA, now=now)

    assert rotate(ci_key.key).key.acknowledged_at is None
    assert Key.objects.get().acknowledged_at is None


def test_the_new_secret_has_the_apps_present_prefix(acme, ci_key):
    acme.app.key_prefix = "acme_next"
    acme.app.save(update_fields=["key_prefix"])

    rotated = rotate(ci_key.key)

    assert rotated.secret.startswith("acme_next_")
    assert [v.prefix for v in versions(ci_key.key)] == ["acme_live", "acme_next"]


# ------------------------------------------------------------------------- overlap


def test_the_old_secret_lives_through_the_overlap(ci_key):
    rotated = rotate(ci_key.key, overlap_seconds=3600)

    old, _ = versions(ci_key.key)
    assert old.ends_at == rotated.old_ends_at
    assert abs(old.ends_at - timezone.now() - timedelta(hours=1)).total_seconds() < 60


def test_at_most_two_secrets_live_at_once(ci_key):
    rotate(ci_key.key, overlap_seconds=3600)
    rotate(ci_key.key, overlap_seconds=3600)

    first, second, third = versions(ci_key.key)
    assert first.ends_at <= timezone.now() < second.ends_at
    assert third.ends_at is None


def test_an_end_that_has_passed_stays_where_it_was(ci_key):
    rotate(ci_key.key)
    ended_at = versions(ci_key.key)[0].ends_at

    rotate(ci_key.key, overlap_seconds=60)

    assert versions(ci_key.key)[0].ends_at == ended_at


@pytest.mark.parametrize(
    ("most", "overlap", "allowed"),
    [(3600, 3600, True), (3600, 3601, False), (0, 0, True), (0, 1, False)],
)
def test_overlap_follows_the_policy(acme, ci_key, most, overlap, allowed):
    acme.app.policy = {"overlap_max_seconds": most}
    acme.app.save(update_fields=["policy"])

    if allowed:
        assert rotate(ci_key.key, overlap_seconds=overlap)
        return
    with pytest.raises(errors.PolicyViolation) as refusal:
        rotate(ci_key.key, overlap_seconds=overlap)
    assert refusal.value.details["limit"] == str(most)
    assert len(versions(ci_key.key)) == 1


def test_refuses_a_negative_overlap(ci_key):
    with pytest.raises(errors.Invalid) as refusal:
        rotate(ci_key.key, overlap_seconds=-1)

    assert refusal.value.field == "overlap_seconds"


# ------------------------------------------------------- version, token, final states


@pytest.mark.parametrize(("version", "is_current"), [(1, True), (2, False), (0, False)])
def test_rotates_the_version_that_was_seen(ci_key, version, is_current):
    if is_current:
        assert rotate(ci_key.key, version=version)
        return
    with pytest.raises(errors.Conflict) as refusal:
        rotate(ci_key.key, version=version)
    assert refusal.value.code == "conflict"
    assert len(versions(ci_key.key)) == 1


def test_a_repeat_makes_no_second_secret(acme, ci_key):
    rotate(ci_key.key, version=1, token="t-1")

    with pytest.raises(errors.AlreadyDone) as refusal:
        rotate(ci_key.key, version=1, token="t-1")

    assert refusal.value.made_id == ci_key.key.id
    assert len(versions(ci_key.key)) == 2
    assert rotate(make.key(acme.app, "Other").key, token="t-1")


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (revoke, errors.KeyRevoked),
        (pause, errors.KeyPaused),
        (let_expire, errors.KeyExpired),
    ],
)
def test_refuses_a_key_that_does_not_work(ci_key, spoil, refusal):
    spoil(ci_key.key)

    with pytest.raises(refusal):
        rotate(ci_key.key)

    assert len(versions(ci_key.key)) == 1
    assert not AuditEvent.objects.filter(action="key.rotated").exists()


def test_a_revoked_key_is_not_revived_by_a_new_expiry(ci_key):
    revoke(ci_key.key)

    with pytest.raises(errors.KeyRevoked):
        rotate(ci_key.key, expires_at=make.soon(days=1))


@pytest.mark.parametrize("stop", [applications.deactivate, applications.delete])
def test_refuses_an_app_that_is_off(acme, ci_key, stop):
    stop(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.AppInactive):
        rotate(ci_key.key)


# -------------------------------------------------------------------------- expiry


def test_an_expired_key_comes_back_with_a_new_expiry(ci_key):
    let_expire(ci_key.key)
    expires_at = make.soon(days=30)

    assert rotate(ci_key.key, expires_at=expires_at).key.expires_at == expires_at
    assert Key.objects.get().expires_at == expires_at


def test_keeps_the_expiry_unless_told(acme):
    expires_at = make.soon(days=30)
    key = make.key(acme.app, expires_at=expires_at).key

    assert rotate(key).key.expires_at == expires_at
    assert rotate(key, expires_at=None).key.expires_at is None


@pytest.mark.parametrize(("days", "allowed"), [(30, True), (31, False), (-1, False)])
def test_a_new_expiry_follows_the_policy(acme, ci_key, days, allowed):
    acme.app.policy = {"expiry_max_days": 30}
    acme.app.save(update_fields=["policy"])

    if allowed:
        assert rotate(ci_key.key, expires_at=make.soon(days=days))
        return
    with pytest.raises(errors.Invalid) as refusal:
        rotate(ci_key.key, expires_at=make.soon(days=days))
    assert refusal.value.field == "expires_at"


# --------------------------------------------------------------------------- quota


@pytest.mark.parametrize("days", [1, None])
def test_an_expired_key_comes_back_into_a_free_place_alone(acme, ci_key, days):
    acme.app.policy = {"keys_per_owner": 1}
    acme.app.save(update_fields=["policy"])
    let_expire(ci_key.key)
    other = make.key(acme.app, "Other").key
    expires_at = make.soon(days=days) if days else None

    with pytest.raises(errors.QuotaReached) as refusal:
        rotate(ci_key.key, expires_at=expires_at)

    assert refusal.value.details == {"limit": 1}
    assert len(versions(ci_key.key)) == 1
    revoke(other)
    assert rotate(ci_key.key, expires_at=expires_at)


def test_a_live_key_has_its_place(acme, ci_key):
    make.key(acme.app, "Other", expires_at=make.soon(days=1))
    acme.app.policy = {"keys_per_owner": 1}
    acme.app.save(update_fields=["policy"])

    assert rotate(ci_key.key, expires_at=make.soon(days=2))


# ------------------------------------------------------------------- end_old_secret


def test_ends_the_old_secret_before_its_time(ci_key):
    rotate(ci_key.key, overlap_seconds=3600)

    assert end_old_secret(ci_key.key)

    old, new = versions(ci_key.key)
    assert old.ends_at <= timezone.now()
    assert new.ends_at is None
    event = AuditEvent.objects.get(action="key.old_secret_ended")
    assert event.key_id == ci_key.key.id


def test_ends_nothing_where_nothing_is_left(ci_key):
    assert not end_old_secret(ci_key.key)
    rotate(ci_key.key)
    assert not end_old_secret(ci_key.key)
    rotate(ci_key.key, overlap_seconds=60)
    KeySecret.objects.filter(ends_at__isnull=False).update(
        ends_at=F("ends_at") - timedelta(seconds=61)
    )

    assert not end_old_secret(ci_key.key)
    assert not AuditEvent.objects.filter(action="key.old_secret_ended").exists()
