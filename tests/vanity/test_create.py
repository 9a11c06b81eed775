"""Making a key: the form, its refusals, and the one answer that holds the secret."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import credentials, keys
from apiauth.models import ApiAuthApp, AuditEvent, Key
from tests import make
from tests.conftest import PortalClient

NEW = "/keys/new"


def filled(**changes: object) -> dict[str, object]:
    return {
        "attempt": str(uuid.uuid4()),
        "name": "Production",
        "expiry": "90",
        "permissions": ["reports:read"],
        **changes,
    }


def secret_in(page: str) -> str:
    found = re.search(r"data-secret-value[^>]*>([^<]+)</textarea>", page)
    assert found
    return found.group(1)


def seen(response) -> str:
    return response.content.decode()


def test_opens_with_the_focus_on_the_name(portal, acme):
    page = seen(portal.get(portal.path(NEW)))

    assert 'data-state="S3.pristine"' in page
    assert re.search(r'name="name"[^>]*autofocus', page)


def test_shows_the_secret_once(portal, acme):
    response = portal.post(portal.path(NEW), filled())

    secret = secret_in(seen(response))
    assert credentials.looks_right(secret)
    assert 'data-state="S4.shown"' in seen(response)
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert not any(secret in value for value in response.headers.values())
    assert secret not in seen(portal.get(portal.path()))


def test_makes_what_was_asked_for(portal, acme):
    portal.post(portal.path(NEW), filled(description="Cron", expiry="30"))

    key = Key.objects.get()
    assert (key.name, key.description) == ("Production", "Cron")
    assert key.permissions == ["reports:read"]
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    assert key.owner_id == "acme-ltd"
    assert AuditEvent.objects.filter(action="key.created", actor_label="Ada").exists()


def test_takes_a_last_day(portal, acme):
    day = (timezone.now() + timedelta(days=5)).date()

    portal.post(portal.path(NEW), filled(expiry="date", expires_on=day.isoformat()))

    assert Key.objects.get().expires_at.date() == day


def test_takes_no_expiry_where_permitted(portal, acme):
    portal.post(portal.path(NEW), filled(expiry="never"))

    assert Key.objects.get().expires_at is None


def test_does_not_offer_what_the_policy_forbids(portal, acme):
    ApiAuthApp.objects.update(policy={"expiry_max_days": 60})

    page = seen(portal.get(portal.path(NEW)))

    assert 'value="never"' not in page
    assert 'value="90"' not in page
    assert "At most 60 days" in page


def test_lets_the_last_permitted_day_through(portal, acme):
    ApiAuthApp.objects.update(policy={"expiry_max_days": 60})
    day = (timezone.now() + timedelta(days=60)).date()

    portal.post(portal.path(NEW), filled(expiry="date", expires_on=day.isoformat()))

    assert Key.objects.get().expires_at.date() == day


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "id_name"),
        ({"name": "x" * 81}, "id_name"),
        ({"name": "hidden\u202ename"}, "id_name"),
        ({"description": "x" * 251}, "id_description"),
        ({"expiry": "1000"}, "id_expiry"),
        ({"expiry": "date"}, "id_expires_on"),
        ({"expiry": "date", "expires_on": "2020-01-01"}, "id_expires_on"),
        ({"permissions": []}, "id_permissions"),
        ({"permissions": ["admin"]}, "id_permissions"),
        ({"permissions": list(make.PERMISSIONS)}, "id_permissions"),
    ],
)
def test_says_which_field_is_wrong(portal, acme, changes, field):
    response = portal.post(portal.path(NEW), filled(**changes))

    assert response.status_code == 422
    assert f'href="#{field}"' in seen(response)
    assert f'id="{field}_error"' in seen(response)
    assert not Key.objects.exists()


def test_keeps_what_was_typed(portal, acme):
    page = seen(portal.post(portal.path(NEW), filled(name="Mine", permissions=[])))

    assert 'value="Mine"' in page


def test_gives_full_access_only_when_confirmed(portal, acme):
    everything = filled(permissions=list(make.PERMISSIONS), full_access="on")

    portal.post(portal.path(NEW), everything)

    assert set(Key.objects.get().permissions) == set(make.PERMISSIONS)


def test_names_the_key_that_has_the_name(portal, ci_key):
    response = portal.post(portal.path(NEW), filled(name="CI"))

    assert response.status_code == 422
    assert 'data-state="S3.duplicate"' in seen(response)
    assert f"/keys/{ci_key.key.pk}" in seen(response)


def test_explains_a_full_quota(portal, ci_key):
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})

    response = portal.post(portal.path(NEW), filled())

    assert response.status_code == 422
    assert 'data-state="S3.quota"' in seen(response)


def test_repeats_safely(portal, acme):
    form = filled()
    secret = secret_in(seen(portal.post(portal.path(NEW), form)))

    again = portal.post(portal.path(NEW), form)

    assert 'data-state="S4.lost"' in seen(again)
    assert "Issue a new secret" in seen(again)
    assert secret not in seen(again)
    assert Key.objects.count() == 1


def test_needs_the_right_to_create(ben_portal, acme):
    response = ben_portal.post(ben_portal.path(NEW), filled())

    assert response.status_code == 403
    assert not Key.objects.exists()


def test_offers_only_what_the_ticket_may_grant(acme):
    narrow = make.session(acme.backend_key, grantable_permissions=["reports:read"])
    portal = PortalClient(narrow)

    page = seen(portal.get(portal.path(NEW)))

    assert "reports:read" in page
    assert "reports:write" not in page


def test_samples_carry_the_secret_in_its_own_element(portal, acme):
    page = seen(portal.post(portal.path(NEW), filled()))

    assert page.count("data-secret-copy>") == 5
    assert "ACME_API_KEY=" in page
    assert "\0" not in page


def test_marks_the_key_after_done(portal, acme):
    portal.post(portal.path(NEW), filled())
    key = Key.objects.get(acknowledged_at=None)

    response = portal.post(portal.path(f"/keys/{key.pk}/acknowledge"), {"version": 1})

    assert Key.objects.filter(pk=key.pk, acknowledged_at__isnull=False).exists()
    assert 'data-state="S2.fresh"' in seen(response)
    assert "data-fresh" in seen(response)


def test_sends_the_version_that_is_shown_with_done(portal, acme):
    page = seen(portal.post(portal.path(NEW), filled()))

    assert '<input type="hidden" name="version" value="1">' in page


def test_confirms_no_secret_that_nobody_saw_here(portal, acme):
    portal.post(portal.path(NEW), filled())
    key = Key.objects.get()
    keys.rotate(key=key, actor=make.HOST, now=timezone.now())

    response = portal.post(portal.path(f"/keys/{key.pk}/acknowledge"), {"version": 1})

    assert response.status_code == 422
    assert "what you have stored is an old secret" in seen(response)
    assert 'data-state="S5.unconfirmed"' in seen(response)
    assert Key.objects.get().acknowledged_at is None


def test_confirms_no_revoked_key(portal, acme):
    portal.post(portal.path(NEW), filled())
    key = Key.objects.get()
    keys.revoke(key=key, reason="leaked", actor=make.HOST, now=timezone.now())

    response = portal.post(portal.path(f"/keys/{key.pk}/acknowledge"), {"version": 1})

    assert response.status_code == 422
    assert "This key is revoked." in seen(response)
    assert Key.objects.get().acknowledged_at is None


@pytest.mark.parametrize("said", [{}, {"version": ""}, {"version": "one"}])
def test_wants_to_know_which_secret_was_stored(portal, acme, said):
    portal.post(portal.path(NEW), filled())
    key = Key.objects.get()

    response = portal.post(portal.path(f"/keys/{key.pk}/acknowledge"), said)

    assert response.status_code == 400
    assert Key.objects.get().acknowledged_at is None


def test_takes_no_done_from_whom_no_secret_was_shown(portal, ben_portal, acme):
    portal.post(portal.path(NEW), filled())
    key = Key.objects.get()

    path = ben_portal.path(f"/keys/{key.pk}/acknowledge")
    response = ben_portal.post(path, {"version": 1})

    assert response.status_code == 403
    assert Key.objects.get().acknowledged_at is None


def test_calls_an_unconfirmed_key_by_its_name(portal, acme):
    portal.post(portal.path(NEW), filled())

    assert "Not confirmed as stored" in seen(portal.get(portal.path()))
