"""Revoking: the reason, the key that is in use, and what comes after."""

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import ApiAuthApp, AuditEvent, Decision, Key
from tests import make


@pytest.fixture
def address(ci_key) -> str:
    return f"/keys/{ci_key.key.pk}/revoke"


@pytest.fixture
def busy(ci_key) -> keys.Issued:
    Decision.objects.create(
        deployment_id=ci_key.key.deployment_id,
        app_id=ci_key.key.app_id,
        key_id=ci_key.key.pk,
        allowed=True,
        code="valid",
        method="GET",
        path="/v1/reports",
        decided_at=timezone.now(),
    )
    return ci_key


def seen(response) -> str:
    return response.content.decode()


def test_asks_first_with_the_focus_on_cancel(portal, address):
    page = seen(portal.get(portal.path(address)))

    assert 'data-state="S8.confirm"' in page
    assert 'role="alertdialog"' in page
    assert "autofocus>Cancel" in page
    assert Key.objects.get().revoked_at is None


def test_revokes_with_a_reason(portal, address):
    response = portal.post(
        portal.path(address), {"reason": "leaked", "note": "Seen on a forum."}
    )

    key = Key.objects.get()
    assert key.revoked_at is not None
    assert (key.revoked_reason, key.revoked_note) == ("leaked", "Seen on a forum.")
    assert 'data-event="key.revoked"' in seen(response)
    assert "Revoked by Ada, leaked" in seen(response)
    assert AuditEvent.objects.filter(action="key.revoked", reason="leaked").exists()


def test_wants_a_reason_where_the_policy_does(portal, address):
    ApiAuthApp.objects.update(policy={"reason_required": True})

    response = portal.post(portal.path(address), {"reason": ""})

    assert response.status_code == 422
    assert 'href="#id_reason"' in seen(response)
    assert Key.objects.get().revoked_at is None


def test_says_how_busy_the_key_is(portal, address, busy):
    page = seen(portal.get(portal.path(address)))

    assert 'data-state="S8.confirm-busy"' in page
    assert "One call in the last 24 hours" in page


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("ci", 422), ("CI", 200)])
def test_wants_the_name_of_a_busy_key(portal, address, busy, typed, status):
    response = portal.post(portal.path(address), {"reason": "", "typed_name": typed})

    assert response.status_code == status
    assert bool(Key.objects.get().revoked_at) == (status == 200)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("CI  key", "CI key"),
        ("CI\u00a0key", "CI key"),
        ("Caf\u00e9", "Cafe\u0301 "),
        ("CI key", "CI\u00a0 key"),
    ],
)
def test_takes_the_name_as_it_is_read(portal, address, busy, name, typed):
    keys.rename(key=busy.key, name=name, actor=make.ADA, now=timezone.now())

    portal.post(portal.path(address), {"reason": "", "typed_name": typed})

    assert Key.objects.get().revoked_at is not None


def test_takes_an_earlier_revocation_as_done(portal, address, ci_key):
    keys.revoke(key=ci_key.key, reason="leaked", actor=make.ADA, now=timezone.now())

    for response in (
        portal.get(portal.path(address)),
        portal.post(portal.path(address), {"reason": "other"}),
    ):
        assert response.status_code == 200
        assert 'data-state="S5.revoked"' in seen(response)
    assert Key.objects.get().revoked_reason == "leaked"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/x"])
def test_revokes_nothing_for_a_body_that_is_no_form(portal, address, kind):
    response = portal.post(portal.path(address), b"{}", content_type=kind)

    assert response.status_code == 422
    assert Key.objects.get().revoked_at is None


def test_leaves_the_reason_open_where_the_policy_does(portal, address):
    response = portal.post(portal.path(address), {"reason": "", "note": ""})

    assert response.status_code == 200
    assert Key.objects.get().revoked_at is not None


def test_refuses_a_reason_of_ones_own(portal, address):
    response = portal.post(portal.path(address), {"reason": "because"})

    assert response.status_code == 422
    assert Key.objects.get().revoked_at is None


def test_needs_the_right_to_revoke(ben_portal, address):
    assert ben_portal.post(ben_portal.path(address), {}).status_code == 403
    assert Key.objects.get().revoked_at is None


def test_takes_four_queries_to_ask(portal, address, django_assert_max_num_queries):
    portal.get(portal.path(address))  # binds the session to its browser

    # Session; key with its use and app; its secrets; the calls of the last day.
    with django_assert_max_num_queries(4):
        portal.get(portal.path(address))
