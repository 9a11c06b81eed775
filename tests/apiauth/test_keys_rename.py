"""Renaming and acknowledging keys."""

import pytest
from django.utils import timezone

from apiauth import errors, keys
from apiauth.models import AuditEvent, Key, KeySecret
from tests import make


def rename(key, name="Nightly", **other):
    return keys.rename(key=key, name=name, actor=make.ADA, now=timezone.now(), **other)


def acknowledge(key, version=1):
    return keys.acknowledge(
        key=key, version=version, actor=make.ADA, now=timezone.now()
    )


def revoke(key):
    keys.revoke(key=key, reason="other", actor=make.ADA, now=timezone.now())


def test_renames(ci_key):
    renamed = rename(ci_key.key, "  Nightly ", description="Runs at 2.\r\nAlways.")

    key = Key.objects.get()
    assert renamed == key
    assert (key.name, key.description) == ("Nightly", "Runs at 2.\nAlways.")
    assert key.updated_at > key.created_at
    assert KeySecret.objects.count() == 1


def test_keeps_the_description_unless_told(acme):
    key = make.key(acme.app, description="About").key

    assert rename(key).description == "About"
    assert rename(key, description="").description == ""


def test_records_the_names_before_and_after(ci_key):
    rename(ci_key.key)

    event = AuditEvent.objects.get(action="key.renamed")
    assert (event.key_id, event.before["name"], event.after["name"]) == (
        ci_key.key.id,
        "CI",
        "Nightly",
    )


def test_refuses_a_name_in_use(acme, ci_key):
    other = make.key(acme.app, "Nightly").key

    with pytest.raises(errors.NameTaken) as refusal:
        rename(ci_key.key)

    assert refusal.value.key_id == other.id
    assert Key.objects.get(pk=ci_key.key.pk).name == "CI"
    assert not AuditEvent.objects.filter(action="key.renamed").exists()


def test_its_own_name_is_free_for_it(ci_key):
    assert rename(ci_key.key, "CI").name == "CI"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "n" * 81),
        ("name", "a\u2066b"),
        ("description", "d" * 251),
        ("description", "a\x07b"),
    ],
)
def test_refuses_text_that_cannot_be_kept(ci_key, field, value):
    with pytest.raises(errors.Invalid) as refusal:
        rename(ci_key.key, **{field: value})

    assert refusal.value.field == field


def test_a_revoked_key_keeps_its_name(ci_key):
    revoke(ci_key.key)

    with pytest.raises(errors.KeyRevoked):
        rename(ci_key.key)


def test_acknowledges_once(ci_key):
    assert acknowledge(ci_key.key)
    assert not acknowledge(ci_key.key)

    assert Key.objects.get().acknowledged_at is not None
    event = AuditEvent.objects.get(action="key.acknowledged")
    assert event.key_id == ci_key.key.id


def test_acknowledges_each_new_secret(ci_key):
    acknowledge(ci_key.key)
    rotated = keys.rotate(key=ci_key.key, actor=make.ADA, now=timezone.now())

    assert acknowledge(ci_key.key, rotated.version)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_acknowledges_no_secret_but_the_newest(ci_key, version):
    keys.rotate(key=ci_key.key, actor=make.HOST, now=timezone.now())

    with pytest.raises(errors.Conflict) as refusal:
        acknowledge(ci_key.key, version)

    assert refusal.value.code == "conflict"
    assert Key.objects.get().acknowledged_at is None
    assert not AuditEvent.objects.filter(action="key.acknowledged").exists()


def test_acknowledges_no_revoked_key(ci_key):
    revoke(ci_key.key)

    with pytest.raises(errors.KeyRevoked):
        acknowledge(ci_key.key)

    assert Key.objects.get().acknowledged_at is None
    assert not AuditEvent.objects.filter(action="key.acknowledged").exists()
