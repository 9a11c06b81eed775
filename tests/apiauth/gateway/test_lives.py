"""How long a secret lives: what may be written, and what checks let pass, agree."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import errors, gateway, keys
from apiauth.models import Key, KeySecret
from tests import make

DAY = timedelta(days=1)
MOST = {"expiry_max_days": 30, "at_check": "enforce"}


@pytest.fixture
def most(acme):
    """Acme's secrets live for thirty days at most."""
    acme.app.policy = MOST
    acme.app.save(update_fields=["policy"])


@pytest.fixture
def old(acme, most):
    """A key of acme's that has lived all of its thirty days but one."""
    key = make.key(acme.app, expires_at=make.soon(days=30))
    return keys.Issued(key=make.aged(key.key, days=29, left=DAY), secret=key.secret)


def code(secret):
    return gateway.check(
        gateway.ask(secret=secret, method="GET", resource="/reports")
    ).code


def rotate(key, **wishes):
    return keys.rotate(key=key, actor=make.ADA, now=timezone.now(), **wishes)


def update(key, **changes):
    return keys.update(key=key, actor=make.HOST, now=timezone.now(), **changes)


def age(days):
    """Let time pass for all keys and secrets."""
    for key in Key.objects.all():
        key.created_at -= days * DAY
        key.expires_at -= days * DAY
        key.save(update_fields=["created_at", "expires_at"])
    for secret in KeySecret.objects.all():
        secret.created_at -= days * DAY
        secret.ends_at = secret.ends_at and secret.ends_at - days * DAY
        secret.save(update_fields=["created_at", "ends_at"])


@pytest.mark.parametrize("left", [DAY, -DAY])
def test_a_rotation_starts_a_new_life(old, left):
    key = make.aged(old.key, days=29, left=left)

    renewed = rotate(key, expires_at=make.soon(days=30))

    assert code(renewed.secret) == "valid"
    assert code(old.secret) == "rotated"


def test_a_key_may_be_renewed_for_ever(old):
    for _ in range(5):
        renewed = rotate(old.key, expires_at=make.soon(days=30))
        age(days=29)

    assert code(renewed.secret) == "valid"


def test_no_secret_lives_on_by_an_update(old):
    update(old.key, expires_at=make.soon(hours=23))
    with pytest.raises(errors.PolicyViolation) as refusal:
        update(old.key, expires_at=make.soon(days=2))

    assert (refusal.value.rule, refusal.value.limit) == ("expiry_max_days", "30")
    assert "Rotate the key" in refusal.value.message
    assert code(old.secret) == "valid"


def test_an_update_may_use_up_what_a_rotation_gave(old):
    renewed = rotate(old.key)

    update(old.key, expires_at=make.soon(days=30))

    assert code(renewed.secret) == "valid"


def test_an_old_secret_lives_through_its_overlap_and_no_longer(old):
    renewed = rotate(
        old.key, overlap_seconds=7 * 24 * 3600, expires_at=make.soon(days=30)
    )

    assert (code(old.secret), code(renewed.secret)) == ("valid", "valid")
    assert renewed.old_ends_at == old.key.expires_at
    age(days=1)
    assert (code(old.secret), code(renewed.secret)) == ("rotated", "valid")


def test_no_overlap_revives_an_expired_secret(old):
    key = make.aged(old.key, days=31, left=-DAY)

    renewed = rotate(key, overlap_seconds=3600, expires_at=make.soon(days=30))

    assert renewed.old_ends_at is None
    assert (code(old.secret), code(renewed.secret)) == ("rotated", "valid")


def test_no_overlap_keeps_a_secret_beyond_what_checks_let_pass(old):
    # It was made before there was a rule, so its key may end much later.
    key = make.aged(old.key, days=29, left=300 * DAY)

    renewed = rotate(key, overlap_seconds=7 * 24 * 3600, expires_at=make.soon(days=30))

    assert renewed.old_ends_at < make.soon(days=1)
    assert (code(old.secret), code(renewed.secret)) == ("valid", "valid")


@pytest.mark.parametrize(
    ("left", "rule"), [(None, "expiry_required"), (300 * DAY, "expiry_max_days")]
)
@pytest.mark.parametrize("at_check", ["off", "report", "enforce"])
def test_no_rotation_keeps_an_expiry_that_a_younger_rule_forbids(
    acme, ci_key, left, rule, at_check
):
    key = make.aged(ci_key.key, days=1, left=left)
    acme.app.policy = {**MOST, "at_check": at_check}
    acme.app.save(update_fields=["policy"])

    with pytest.raises(errors.PolicyViolation) as refusal:
        rotate(key)

    assert (refusal.value.rule, refusal.value.field) == (rule, "expires_at")
    assert code(rotate(key, expires_at=make.soon(days=30)).secret) == "valid"
