"""Backend keys: minted, authenticated, touched, revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import backend_keys, credentials, errors
from apiauth.credentials import Purpose
from apiauth.models import AuditEvent, BackendKey
from tests import make


def mint(deployment, **wishes):
    wishes = {"name": "backend", "scopes": ["keys:verify"], **wishes}
    return backend_keys.mint(
        deployment=deployment, actor=make.OPERATOR, now=timezone.now(), **wishes
    )


def revoke(backend_key):
    backend_keys.revoke(
        backend_key=backend_key, actor=make.OPERATOR, now=timezone.now(), reason="old"
    )


def let_expire(backend_key):
    past = timezone.now() - timedelta(days=1)
    BackendKey.objects.filter(pk=backend_key.pk).update(
        created_at=past, expires_at=past + timedelta(hours=1)
    )


def test_mints_a_secret_that_is_stored_as_a_digest_only(acme):
    minted = mint(acme.deployment)

    stored = BackendKey.objects.get(pk=minted.backend_key.pk)
    assert minted.secret.startswith("apb_")
    expected = credentials.digest(Purpose.BACKEND, minted.secret)
    assert bytes(stored.digest) == expected.value
    assert stored.masked == f"apb_····{minted.secret[-4:]}"
    assert minted.secret not in repr(minted)


def test_records_who_minted_it(acme):
    minted = mint(acme.deployment, apps=[acme.app], scopes=["keys:verify"] * 2)

    event = AuditEvent.objects.filter(action="backend_key.minted").last()
    assert event is not None
    assert event.after == {
        "backend_key_id": str(minted.backend_key.pk),
        "name": "backend",
        "scopes": ["keys:verify"],
        "apps": ["aa_1"],
    }
    assert (event.actor_kind, event.actor_label) == ("operator", "Olga Operator")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scopes", []),
        ("scopes", ["everything"]),
        ("scopes", ["keys:verify", "keys:*"]),
        ("name", ""),
        ("name", "n" * 81),
        ("expires_at", make.soon(days=-1)),
    ],
)
def test_refuses_what_cannot_be(acme, field, value):
    before = BackendKey.objects.count()

    with pytest.raises(errors.Invalid) as refusal:
        mint(acme.deployment, **{field: value})

    assert refusal.value.field == field
    assert BackendKey.objects.count() == before


def test_refuses_an_app_of_another_deployment(acme, globex):
    with pytest.raises(errors.Invalid) as refusal:
        mint(acme.deployment, apps=[acme.app, globex.app])

    assert refusal.value.field == "apps"


def test_authenticates_with_its_deployment(acme, django_assert_num_queries):
    with django_assert_num_queries(1):  # the key with its deployment
        found = backend_keys.authenticate(acme.minted.secret)
        assert found.deployment == acme.deployment

    assert found == acme.backend_key


@pytest.mark.parametrize("spoil", [revoke, let_expire, None])
def test_refuses_a_key_that_has_ended(acme, spoil):
    minted = mint(acme.deployment, expires_at=make.soon(days=1))
    if spoil is None:
        assert backend_keys.authenticate(minted.secret) == minted.backend_key
        return
    spoil(minted.backend_key)

    with pytest.raises(errors.Unauthenticated):
        backend_keys.authenticate(minted.secret)


@pytest.mark.parametrize("kind", ["", "junk", "unknown", "customer", "token", "case"])
def test_refuses_other_secrets(acme, ada, ci_key, kind):
    secret = acme.minted.secret
    others = {
        "junk": "apb_junk",
        "unknown": credentials.make_secret("apb"),
        "customer": ci_key.secret,
        "token": ada.token,
        "case": secret[:4] + secret[4:].swapcase(),
    }

    with pytest.raises(errors.Unauthenticated):
        backend_keys.authenticate(others.get(kind, ""))


def test_a_typing_error_costs_no_query(acme, django_assert_num_queries):
    secret = acme.minted.secret
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")

    with django_assert_num_queries(0), pytest.raises(errors.Unauthenticated):
        backend_keys.authenticate(wrong)


def test_remembers_its_use_to_the_minute(acme, django_assert_num_queries):
    now = timezone.now()
    backend_keys.touch(acme.backend_key, now=now)
    acme.backend_key.refresh_from_db()
    assert acme.backend_key.last_used_at == now

    with django_assert_num_queries(0):
        backend_keys.touch(acme.backend_key, now=now + timedelta(seconds=59))
    with django_assert_num_queries(1):  # the update
        backend_keys.touch(acme.backend_key, now=now + timedelta(seconds=60))


def test_revokes_once(acme):
    revoke(acme.backend_key)

    with pytest.raises(errors.Conflict):
        revoke(acme.backend_key)

    event = AuditEvent.objects.get(action="backend_key.revoked")
    assert (event.reason, event.before["backend_key_id"]) == (
        "old",
        str(acme.backend_key.pk),
    )


def test_a_new_pepper_leaves_old_keys_working(acme, settings):
    settings.KEYPLATE_PEPPERS = [*settings.KEYPLATE_PEPPERS, ("p2", "grown " * 9)]

    assert backend_keys.authenticate(acme.minted.secret) == acme.backend_key
    assert mint(acme.deployment).backend_key.pepper_id == "p2"


def test_a_retired_pepper_ends_its_keys(acme, settings):
    settings.KEYPLATE_PEPPERS = [("p2", "grown " * 9)]

    with pytest.raises(errors.Unauthenticated):
        backend_keys.authenticate(acme.minted.secret)


def test_mints_no_two_keys_with_one_id(acme, globex):
    first = mint(acme.deployment).backend_key

    with pytest.raises(errors.Conflict, match="minted before"):
        mint(globex.deployment, name="other", key_id=first.pk)

    stored = BackendKey.objects.get(pk=first.pk)
    assert (stored.name, stored.deployment) == ("backend", acme.deployment)
    assert bytes(stored.digest) == bytes(first.digest)
