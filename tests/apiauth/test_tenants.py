"""The host's tenants and people."""

import pytest
from django.utils import timezone

from apiauth import endings, errors, sessions, tenants
from apiauth.models import (
    AuditEvent,
    EndUser,
    Organization,
    PortalSession,
    TenantStatus,
)
from tests import make

KINDS = [
    (tenants.set_organization, Organization, "organization"),
    (tenants.set_user, EndUser, "user"),
]


def tell(verb, deployment, external_id="x1", **facts):
    return verb(
        deployment=deployment,
        external_id=external_id,
        actor=make.HOST,
        now=timezone.now(),
        **facts,
    )


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_learns_of_it_once(acme, verb, model, kind):
    tell(verb, acme.deployment, name="First")
    tell(verb, acme.deployment, name="Second")

    assert model.objects.get().name == "Second"
    events = AuditEvent.objects.filter(action=f"{kind}.changed").order_by("sequence")
    assert [e.after["name"] for e in events] == ["First", "Second"]
    ids = {"organization": "x1", "user": None}
    assert events[0].organization_id == ids[kind]
    assert events[1].before == {"name": "First", "status": "active"}


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
def test_suspends_resumes_and_keeps_the_name(acme, verb, model, kind, status):
    tell(verb, acme.deployment, name="First")

    tell(verb, acme.deployment, status=status, reason="unpaid")
    assert (model.objects.get().status, model.objects.get().name) == (status, "First")
    tell(verb, acme.deployment, name="Second")
    assert model.objects.get().status == status
    tell(verb, acme.deployment, status=TenantStatus.ACTIVE)

    assert model.objects.get().status == "active"
    assert AuditEvent.objects.filter(action=f"{kind}.changed", reason="unpaid").exists()


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_each_deployment_has_its_own(acme, globex, verb, model, kind):
    tell(verb, acme.deployment, status=TenantStatus.SUSPENDED)
    tell(verb, globex.deployment)

    assert model.objects.of(globex.deployment).get().status == "active"
    assert model.objects.shut().get().deployment == acme.deployment


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("external_id", {"external_id": ""}),
        ("external_id", {"external_id": "x" * 256}),
        ("external_id", {"external_id": "a\x00b"}),
        ("name", {"name": "n" * 121}),
    ],
)
def test_refuses_what_cannot_be(acme, kind, field, facts):
    verb, model, _ = kind

    with pytest.raises(errors.Invalid) as refusal:
        tell(verb, acme.deployment, **facts)

    assert refusal.value.field == field
    assert not model.objects.exists()


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_finds_one_of_its_deployment_only(acme, globex, verb, model, kind):
    known = tell(verb, acme.deployment)
    sought = {"kind": model, "external_id": "x1"}

    assert tenants.find(deployment=acme.deployment, **sought) == known
    with pytest.raises(errors.NotFound):
        tenants.find(deployment=globex.deployment, **sought)


@pytest.mark.parametrize(
    ("claims", "shut"),
    [({"organization_id": "x1"}, True), ({"user_id": "x1"}, False), ({}, False)],
)
def test_a_shut_organization_gets_no_tickets(acme, claims, shut):
    tell(tenants.set_organization, acme.deployment, status=TenantStatus.SUSPENDED)

    if not shut:
        assert make.ticket(acme.backend_key, **claims).secret
        return
    with pytest.raises(errors.TenantSuspended):
        make.ticket(acme.backend_key, **claims)


# -------------------------------------------------------------- suspended and so on


def move(verb, model, deployment, external_id="x1", **facts):
    return tell(verb, deployment, external_id, kind=model, **facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (tenants.suspend, "suspended"),
        (tenants.resume, "active"),
        (tenants.delete, "deleted"),
    ],
)
def test_moves_once_however_often_it_is_told(acme, kind, change, status):
    verb, model, word = kind
    other = TenantStatus.SUSPENDED if status == "active" else TenantStatus.ACTIVE
    tell(verb, acme.deployment, name="First", status=other)

    moved = [move(change, model, acme.deployment, reason="Why") for _ in range(3)]

    assert {one.status for one in moved} == {status} == {model.objects.get().status}
    event = AuditEvent.objects.get(action=f"{word}.changed", reason="Why")
    assert event.before == {"name": "First", "status": other}
    assert event.after == {"name": "First", "status": status}


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
def test_writes_nothing_when_nothing_is_different(acme, verb, model, kind):
    first = tell(verb, acme.deployment, name="First", status=TenantStatus.SUSPENDED)

    tell(verb, acme.deployment)
    tell(verb, acme.deployment, name="First", status=TenantStatus.SUSPENDED)

    assert model.objects.get().updated_at == first.updated_at
    assert AuditEvent.objects.filter(action=f"{kind}.changed").count() == 1


@pytest.mark.parametrize(("verb", "model", "kind"), KINDS)
@pytest.mark.parametrize("change", [tenants.suspend, tenants.resume])
def test_a_deleted_one_is_neither_suspended_nor_resumed(
    acme, verb, model, kind, change
):
    tell(verb, acme.deployment, status=TenantStatus.DELETED)

    with pytest.raises(errors.Conflict, match="is deleted"):
        move(change, model, acme.deployment)

    assert model.objects.get().status == "deleted"
    tell(verb, acme.deployment, status=TenantStatus.ACTIVE)
    assert model.objects.get().status == "active"


@pytest.mark.parametrize("model", [Organization, EndUser])
@pytest.mark.parametrize("change", [tenants.suspend, tenants.resume, tenants.delete])
def test_moves_nobody_it_does_not_know(acme, globex, model, change):
    tell(tenants.set_organization, globex.deployment)
    tell(tenants.set_user, globex.deployment)

    with pytest.raises(errors.NotFound):
        move(change, model, acme.deployment)

    assert model.objects.get().status == "active"


# ------------------------------------------------------------------- their sessions

STOPPED = [
    (tenants.set_organization, "acme-ltd", "suspended", ["aa_1", "aa_2"]),
    (tenants.set_organization, "acme-ltd", "deleted", ["aa_1", "aa_2"]),
    (tenants.set_user, "ada", "suspended", ["aa_1"]),
    (tenants.set_user, "ada", "deleted", ["aa_1"]),
]


@pytest.mark.parametrize("stopped", STOPPED)
def test_ends_its_sessions_and_no_others(acme, globex, ada, stopped):
    verb, external_id, status, slugs = stopped
    make.app(acme.deployment, "aa_2")
    make.session(acme.backend_key, "aa_2", user_id="ben")
    make.session(acme.backend_key, user_id="cleo", organization_id="other")
    make.session(globex.backend_key)

    tell(verb, acme.deployment, external_id, status=TenantStatus(status))

    ended = PortalSession.objects.exclude(ended_at=None).order_by("app__app_slug")
    assert [session.app.app_slug for session in ended] == slugs
    assert {session.ended_reason for session in ended} == {"suspended"}
    assert {session.deployment for session in ended} == {acme.deployment}


def test_tells_of_the_sessions_it_ended(acme, ada):
    tell(
        tenants.set_organization,
        acme.deployment,
        "acme-ltd",
        status=TenantStatus.SUSPENDED,
        reason="unpaid",
    )

    event = AuditEvent.objects.get(action="session.ended")
    assert event.after == {"count": 1, "session_ids": [str(ada.session.pk)]}
    assert (event.organization_id, event.user_id) == ("acme-ltd", None)
    assert (event.reason, event.actor_kind) == ("unpaid", "host")


def test_a_new_name_ends_nothing(acme, ada):
    tell(tenants.set_organization, acme.deployment, "acme-ltd", name="New")

    assert PortalSession.objects.get().ended_at is None
    sessions.resolve(token=ada.token, binder=ada.binder)


def test_an_ended_session_stays_ended_after_resuming(acme, ada):
    told = {"kind": Organization, "deployment": acme.deployment}
    tell(tenants.suspend, external_id="acme-ltd", **told)
    with pytest.raises(errors.TenantSuspended):
        sessions.resolve(token=ada.token, binder=ada.binder)

    tell(tenants.resume, external_id="acme-ltd", **told)

    with pytest.raises(errors.SessionEnded) as refusal:
        sessions.resolve(token=ada.token, binder=ada.binder)
    assert refusal.value.reason == "suspended"


def test_a_ticket_waits_for_resuming(acme):
    secret = make.ticket(acme.backend_key, organization_id="x1").secret
    move(tenants.suspend, Organization, acme.deployment)
    with pytest.raises(errors.TenantSuspended):
        open_from(secret)

    move(tenants.resume, Organization, acme.deployment)

    assert open_from(secret).session.ended_at is None


def open_from(secret):
    return sessions.open_from(
        secret=secret, binder=None, actor=make.ADA, now=timezone.now()
    )


def test_ends_many_sessions_in_few_events(acme, monkeypatch):
    monkeypatch.setattr(endings, "BATCH", 2)
    opened = [make.session(acme.backend_key, user_id=f"u{n}") for n in range(5)]

    move(tenants.suspend, Organization, acme.deployment, "acme-ltd")

    told = AuditEvent.objects.filter(action="session.ended").order_by("sequence")
    assert [event.after["count"] for event in told] == [2, 2, 1]
    ids = {pk for event in told for pk in event.after["session_ids"]}
    assert ids == {str(one.session.pk) for one in opened}
    assert not PortalSession.objects.filter(ended_at=None).exists()
