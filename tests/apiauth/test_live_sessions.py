"""Sessions as their host sees them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import applications, errors, live_sessions
from apiauth.models import AuditEvent, PortalSession
from tests import make


@pytest.fixture
def crowd(acme):
    """Three sessions of an app, by who and for whom."""
    people = [("ada", "acme-ltd"), ("ada", "other"), ("ben", "acme-ltd")]
    for user_id, organization_id in people:
        make.session(acme.backend_key, user_id=user_id, organization_id=organization_id)


def end_all(app, **claims):
    return live_sessions.end_all(app=app, actor=make.HOST, now=timezone.now(), **claims)


def ended():
    rows = PortalSession.objects.exclude(ended_at=None).order_by("created_at")
    return [(row.ticket.user_id, row.ticket.organization_id) for row in rows]


@pytest.mark.parametrize(
    ("claims", "whose"),
    [
        ({}, [("ada", "acme-ltd"), ("ada", "other"), ("ben", "acme-ltd")]),
        ({"user_id": "ada"}, [("ada", "acme-ltd"), ("ada", "other")]),
        ({"organization_id": "acme-ltd"}, [("ada", "acme-ltd"), ("ben", "acme-ltd")]),
        ({"user_id": "ada", "organization_id": "other"}, [("ada", "other")]),
        ({"user_id": "nobody"}, []),
    ],
)
def test_ends_what_was_named_and_nothing_else(acme, crowd, claims, whose):
    assert end_all(acme.app, **claims) == len(whose)

    assert ended() == whose
    told = AuditEvent.objects.filter(action="session.ended")
    assert [event.after["count"] for event in told] == [len(whose)] * bool(whose)


def test_ends_nothing_of_another_app_or_tenant(acme, globex, crowd):
    second = make.app(acme.deployment, "aa_2")
    make.session(globex.backend_key)

    assert end_all(second, user_id="ada") == 0
    assert end_all(globex.app, user_id="ada") == 1
    assert [row.app for row in PortalSession.objects.exclude(ended_at=None)] == [
        globex.app
    ]


def test_ends_nothing_twice(acme, crowd):
    assert end_all(acme.app) == 3
    assert end_all(acme.app) == 0

    assert AuditEvent.objects.filter(action="session.ended").count() == 1


def test_leaves_what_has_lapsed_to_its_own_reason(acme, ada):
    past = timezone.now() - timedelta(seconds=1)
    PortalSession.objects.update(expires_at=past)

    assert end_all(acme.app) == 0
    assert PortalSession.objects.get().ended_at is None


@pytest.mark.parametrize("field", ["user_id", "organization_id", "note"])
def test_refuses_what_cannot_be(acme, ada, field):
    with pytest.raises(errors.Invalid) as refusal:
        end_all(acme.app, **{field: "a\x00b"})

    assert refusal.value.field == {"note": "reason"}.get(field, field)
    assert PortalSession.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("bound", "idle", "is_live"),
    [
        (True, timedelta(minutes=29), True),
        (True, timedelta(minutes=31), False),
        (False, timedelta(minutes=9), True),
        (False, timedelta(minutes=11), False),
    ],
)
def test_a_live_session_is_one_in_use(acme, ada, bound, idle, is_live):
    now = timezone.now()
    PortalSession.objects.update(
        bound_at=now if bound else None, last_seen_at=now - idle
    )

    assert PortalSession.objects.live_in(acme.app, now).exists() == is_live
    assert PortalSession.objects.unended(now).exists()


def test_finds_sessions_within_reach_only(acme, globex, ada, mallory):
    second = make.app(acme.deployment, "aa_2")
    bound = make.backend_key(acme.deployment, apps=[second]).backend_key

    assert live_sessions.find(acme.backend_key, ada.session.pk) == ada.session
    for backend_key, opened in [(bound, ada), (acme.backend_key, mallory)]:
        with pytest.raises(errors.NotFound):
            live_sessions.find(backend_key, opened.session.pk)


def test_finds_no_session_of_a_deleted_app(acme, ada):
    applications.delete(app=acme.app, actor=make.HOST, now=timezone.now())

    with pytest.raises(errors.NotFound):
        live_sessions.find(acme.backend_key, ada.session.pk)
