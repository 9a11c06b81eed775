"""Revoking keys."""

import pytest
from django.utils import timezone

from apiauth import applications, errors, keys
from apiauth.models import AuditEvent, Key
from tests import make


def revoke(key, reason="leaked", note="", actor=make.ADA):
    return keys.revoke(
        key=key, reason=reason, note=note, actor=actor, now=timezone.now()
    )


def test_revokes_for_good(ci_key):
    revoked = revoke(ci_key.key, note="Found in a log.")

    assert not revoked.already
    key = Key.objects.get()
    assert key == revoked.key
    assert key.revoked_at is not None
    assert (key.revoked_reason, key.revoked_note, key.revoked_by_label) == (
        "leaked",
        "Found in a log.",
        "Ada",
    )


def test_records_why(ci_key):
    revoke(ci_key.key, note="Found in a log.")

    event = AuditEvent.objects.get(action="key.revoked")
    assert (event.key_id, event.reason) == (ci_key.key.id, "leaked")
    assert event.after == {"note": "Found in a log."}


def test_a_second_time_changes_nothing(ci_key):
    first = revoke(ci_key.key).key

    second = revoke(ci_key.key, reason="other", actor=make.OPERATOR)

    assert second.already
    assert second.key.revoked_at == first.revoked_at
    assert (second.key.revoked_reason, second.key.revoked_by_label) == ("leaked", "Ada")
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


@pytest.mark.parametrize(
    ("required", "reason", "allowed"),
    [(True, "leaked", True), (True, " ", False), (False, "", True)],
)
def test_a_reason_may_be_required(acme, ci_key, required, reason, allowed):
    acme.app.policy = {"reason_required": required}
    acme.app.save(update_fields=["policy"])

    if allowed:
        assert revoke(ci_key.key, reason=reason)
        return
    with pytest.raises(errors.PolicyViolation) as refusal:
        revoke(ci_key.key, reason=reason)
    assert (refusal.value.rule, refusal.value.field) == ("reason_required", "reason")
    assert Key.objects.get().revoked_at is None


@pytest.mark.parametrize("field", ["reason", "note"])
@pytest.mark.parametrize("value", ["x" * 501, "a\x00b", "a\u202eb"])
def test_refuses_words_that_cannot_be_kept(ci_key, field, value):
    with pytest.raises(errors.Invalid) as refusal:
        revoke(ci_key.key, **{field: value})

    assert refusal.value.field == field
    assert Key.objects.get().revoked_at is None


@pytest.mark.parametrize("stop", [applications.deactivate, applications.delete])
def test_works_while_the_app_is_off(acme, ci_key, stop):
    stop(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert revoke(ci_key.key).key.revoked_at is not None


def test_leaves_other_keys_alone(acme, ci_key):
    other = make.key(acme.app, "Other").key

    revoke(ci_key.key)

    other.refresh_from_db()
    assert other.revoked_at is None
