"""Rotating: how long the old secret stays, and what cannot be rotated."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import gateway, keys
from apiauth.models import ApiAuthApp, Key, KeySecret
from tests import make


@pytest.fixture
def address(ci_key) -> str:
    return f"/keys/{ci_key.key.pk}/rotate"


def filled(**changes: object) -> dict[str, object]:
    return {"attempt": str(uuid.uuid4()), "version": 1, "grace": "3600", **changes}


def seen(response) -> str:
    return response.content.decode()


def test_asks_first(portal, address):
    page = seen(portal.get(portal.path(address)))

    assert 'data-state="S7.confirm"' in page
    assert re.search(r'value="86400" checked', page)


def test_comes_from_a_leak_with_no_grace(portal, address):
    assert re.search(
        r'value="0" checked', seen(portal.get(portal.path(f"{address}?grace=0")))
    )


def test_shows_the_new_secret_and_keeps_the_key(portal, address, ci_key):
    page = seen(portal.post(portal.path(address), filled()))

    assert 'data-state="S4.rotated"' in page
    assert '<input type="hidden" name="version" value="2">' in page
    assert "The old secret works until" in page
    assert ci_key.secret not in page
    assert Key.objects.get().pk == ci_key.key.pk
    assert KeySecret.objects.filter(ends_at__gt=timezone.now()).count() == 1


def test_stops_the_old_secret_at_once(portal, address):
    page = seen(portal.post(portal.path(address), filled(grace="0")))

    assert "The old secret no longer works" in page


def test_offers_only_what_the_policy_permits(portal, address):
    ApiAuthApp.objects.update(policy={"overlap_max_seconds": 3600})

    page = seen(portal.get(portal.path(address)))
    refused = portal.post(portal.path(address), filled(grace="86400"))

    assert 'value="86400"' not in page
    assert refused.status_code == 422
    assert 'href="#id_grace"' in seen(refused)


def test_says_that_an_older_secret_ends(portal, address, ci_key):
    keys.rotate(
        key=ci_key.key, overlap_seconds=3600, actor=make.ADA, now=timezone.now()
    )

    assert "An older secret still works until" in seen(portal.get(portal.path(address)))


def test_asks_for_a_new_expiry_of_an_expired_key(portal, address):
    now = timezone.now()
    Key.objects.update(
        created_at=now - timedelta(days=9), expires_at=now - timedelta(days=1)
    )

    page = seen(portal.get(portal.path(address)))
    without = portal.post(portal.path(address), filled())
    with_one = portal.post(portal.path(address), filled(expiry="30"))

    assert 'data-state="S7.expired"' in page
    assert without.status_code == 422
    assert 'data-state="S4.rotated"' in seen(with_one)
    assert Key.objects.get().expires_at > now


def test_revives_no_key_whose_place_is_taken(portal, address, acme, ci_key):
    make.aged(ci_key.key, days=9, left=-timedelta(days=1))
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})
    make.key(acme.app, "Other")

    refused = portal.post(portal.path(address), filled(expiry="30"))

    assert refused.status_code == 422
    assert "All 1 keys are in use" in seen(refused)
    assert KeySecret.objects.count() == 2


SECRET = re.compile(r"<textarea[^>]*>([^<]+)</textarea>")


def passes(page) -> bool:
    """Ask the gateway about the secret that a page shows."""
    secret = SECRET.search(page).group(1)
    question = gateway.ask(secret=secret, method="GET", resource="/reports")
    return gateway.check(question).allowed


@pytest.mark.parametrize("days", [31, 400])
def test_renews_a_key_that_lived_as_long_as_it_may(portal, address, ci_key, days):
    ApiAuthApp.objects.update(policy={"expiry_max_days": 30, "at_check": "enforce"})
    make.aged(ci_key.key, days=days, left=-timedelta(days=1))

    page = seen(portal.get(portal.path(address)))
    renewed = seen(portal.post(portal.path(address), filled(expiry="30")))

    assert 'data-state="S7.expired"' in page
    assert passes(renewed)


@pytest.mark.parametrize("left", [None, timedelta(days=300)])
def test_asks_for_an_expiry_that_a_younger_rule_permits(portal, address, ci_key, left):
    make.aged(ci_key.key, days=9, left=left)
    ApiAuthApp.objects.update(policy={"expiry_max_days": 30, "at_check": "enforce"})

    page = seen(portal.get(portal.path(address)))
    without = portal.post(portal.path(address), filled())
    with_one = seen(portal.post(portal.path(address), filled(expiry="30")))

    assert "lives longer than is permitted by now" in page
    assert without.status_code == 422
    assert 'href="#id_expiry"' in seen(without)
    assert "The old secret works until" in with_one
    assert passes(with_one)


def test_offers_no_grace_beyond_the_keys_own_end(portal, address, ci_key):
    make.aged(ci_key.key, days=29, left=timedelta(days=1))

    page = seen(portal.get(portal.path(address)))
    portal.post(portal.path(address), filled(grace="604800"))

    assert 'value="604800"' in page
    old = KeySecret.objects.get(ends_at__isnull=False)
    assert old.ends_at == Key.objects.get().expires_at
    assert f"{old.ends_at:%Y-%m-%dT%H:%M}" in page


def test_offers_no_grace_to_a_secret_that_is_refused(portal, address, ci_key):
    make.aged(ci_key.key, days=31, left=None)
    ApiAuthApp.objects.update(policy={"expiry_max_days": 30, "at_check": "enforce"})

    page = seen(portal.get(portal.path(address)))

    assert re.findall(r'name="grace" value="(\d+)"', page) == ["0"]


@pytest.mark.parametrize(
    ("field", "state"), [("revoked_at", "S7.revoked"), ("disabled_at", "S7.paused")]
)
def test_refuses_a_closed_key(portal, address, field, state):
    Key.objects.update(**{field: timezone.now()})

    shown = portal.get(portal.path(address))
    refused = portal.post(portal.path(address), filled())

    assert f'data-state="{state}"' in seen(shown)
    assert refused.status_code == 422
    assert KeySecret.objects.count() == 1


def test_notices_that_somebody_else_was_faster(portal, address, ci_key):
    keys.rotate(key=ci_key.key, actor=make.ADA, now=timezone.now())

    response = portal.post(portal.path(address), filled(version=1))

    assert response.status_code == 422
    assert "rotated just now" in seen(response)


def test_repeats_safely(portal, address):
    form = filled()
    portal.post(portal.path(address), form)

    again = portal.post(portal.path(address), form)

    assert 'data-state="S4.lost"' in seen(again)
    assert KeySecret.objects.count() == 2


def test_needs_the_right_to_rotate(ben_portal, address):
    assert ben_portal.post(ben_portal.path(address), filled()).status_code == 403
    assert KeySecret.objects.count() == 1
