"""One key: its facts, its name, its secrets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import AuditEvent, Key, KeyUse
from tests import make


@pytest.fixture
def address(ci_key) -> str:
    return f"/keys/{ci_key.key.pk}"


def seen(response) -> str:
    return response.content.decode()


def test_shows_the_facts(portal, address, ci_key):
    KeyUse.objects.create(
        key=ci_key.key,
        deployment_id=ci_key.key.deployment_id,
        last_used_at=timezone.now(),
        last_address="203.0.113.7",
    )

    page = seen(portal.get(portal.path(address)))

    for fact in (str(ci_key.key.pk), "Ada", "Acme Ltd", "203.0.113.7", "reports:read"):
        assert fact in page
    assert ci_key.secret not in page


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"acknowledged_at": timezone.now()}, "S5.ok"),
        ({}, "S5.unconfirmed"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "S5.expired"),
        ({"revoked_at": timezone.now(), "revoked_reason": "leaked"}, "S5.revoked"),
    ],
)
def test_names_its_state(portal, address, change, state):
    created = timezone.now() - timedelta(days=9)
    Key.objects.update(created_at=created, **change)

    assert f'data-state="{state}"' in seen(portal.get(portal.path(address)))


def test_offers_nothing_for_a_revoked_key(portal, address):
    Key.objects.update(revoked_at=timezone.now())

    page = seen(portal.get(portal.path(address)))

    for verb in ("/rotate", "/revoke", "/rename"):
        assert verb not in page


@pytest.mark.parametrize(
    "end",
    [
        {"revoked_at": timezone.now(), "revoked_reason": "no_longer_needed"},
        {"expires_at": timezone.now() - timedelta(minutes=1)},
    ],
)
def test_promises_no_old_secret_beyond_its_key(portal, address, ci_key, end):
    keys.rotate(
        key=ci_key.key, overlap_seconds=3600, actor=make.ADA, now=timezone.now()
    )
    Key.objects.update(created_at=timezone.now() - timedelta(days=9), **end)

    page = seen(portal.get(portal.path(address)))

    assert "works until" not in page
    assert "Previous, ended" in page
    assert "no_longer_needed" not in page


def test_says_that_a_key_without_permissions_has_none(portal, address):
    Key.objects.update(permissions=[])

    assert "None. It opens only what" in seen(portal.get(portal.path(address)))


def test_offers_nothing_that_the_session_may_not_do(ben_portal, address):
    page = seen(ben_portal.get(ben_portal.path(address)))

    for verb in ("/rotate", "/revoke", "/rename", "/end-old-secret"):
        assert verb not in page


def test_takes_three_queries(portal, address, django_assert_max_num_queries):
    portal.get(portal.path(address))  # binds the session to its browser

    with django_assert_max_num_queries(3):  # session; key with its use; secrets
        portal.get(portal.path(address))


def test_renames(portal, address, ci_key):
    response = portal.post(
        portal.path(f"{address}/rename"), {"name": "Nightly", "description": "Cron"}
    )

    ci_key.key.refresh_from_db()
    assert (ci_key.key.name, ci_key.key.description) == ("Nightly", "Cron")
    assert 'data-event="key.updated"' in seen(response)
    assert AuditEvent.objects.filter(action="key.renamed").exists()


@pytest.mark.parametrize("name", ["", "x" * 81, "zero\u200bwidth"])
def test_refuses_a_bad_name(portal, address, name):
    response = portal.post(portal.path(f"{address}/rename"), {"name": name})

    assert response.status_code == 422
    assert 'aria-invalid="true"' in seen(response)
    assert Key.objects.get().name == "CI"


def test_refuses_a_name_that_is_no_utf8(portal, address):
    response = portal.post(
        portal.path(f"{address}/rename"),
        b"name=%ff%fe",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 422
    assert "did not arrive whole" in seen(response)
    assert Key.objects.get().name == "CI"


def test_refuses_a_name_that_is_taken(portal, address, acme):
    make.key(acme.app, "Other")

    response = portal.post(portal.path(f"{address}/rename"), {"name": "Other"})

    assert response.status_code == 422
    assert "Another key has this name" in seen(response)


def test_refuses_to_rename_without_the_right(ben_portal, address):
    response = ben_portal.post(ben_portal.path(f"{address}/rename"), {"name": "Mine"})

    assert response.status_code == 403
    assert Key.objects.get().name == "CI"


def test_ends_the_old_secret(portal, address, ci_key):
    keys.rotate(
        key=ci_key.key, overlap_seconds=3600, actor=make.ADA, now=timezone.now()
    )
    assert "End it now" in seen(portal.get(portal.path(address)))

    response = portal.post(portal.path(f"{address}/end-old-secret"))

    assert "The old secret has ended" in seen(response)
    assert "End it now" not in seen(response)


def test_ends_the_old_secret_beside_the_new_one(portal, address, ci_key):
    keys.rotate(
        key=ci_key.key, overlap_seconds=3600, actor=make.ADA, now=timezone.now()
    )

    response = portal.post(
        portal.path(f"{address}/end-old-secret"), headers={"HX-Target": "old-secret"}
    )

    assert "<h1" not in seen(response)
    assert "Only the new one works" in seen(response)
