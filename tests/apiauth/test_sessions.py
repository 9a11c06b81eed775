"""Opening, resolving, resuming, renewing and ending sessions."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from apiauth import applications, credentials, envelopes, errors, sessions, tenants
from apiauth.credentials import Purpose
from apiauth.models import AuditEvent, PortalSession, SessionToken, TenantStatus, Ticket
from tests import make

MINUTE = timedelta(minutes=1)
SUBJECT = {"user_id": "ada", "organization_id": "acme-ltd"}


def open_from(secret, binder=None):
    return sessions.open_from(
        secret=secret, binder=binder, actor=make.ADA, now=timezone.now()
    )


def renew(session, secret):
    return sessions.renew(
        session=session, secret=secret, actor=make.ADA, now=timezone.now()
    )


def end(session):
    return sessions.end(
        session=session,
        reason=PortalSession.EndReason.SIGNED_OUT,
        actor=make.ADA,
        now=timezone.now(),
    )


def turn_back(session, **moments):
    """Let a session's moments be longer ago, as the database's clock sees them."""
    changes = {name: F(name) - by for name, by in moments.items()}
    PortalSession.objects.filter(pk=session.pk).update(**changes)


def switch_off(tenant):
    applications.deactivate(app=tenant.app, actor=make.OPERATOR, now=timezone.now())


def suspend_organization(tenant):
    tenants.set_organization(
        deployment=tenant.deployment,
        external_id="acme-ltd",
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )


def delete_user(tenant):
    tenants.set_user(
        deployment=tenant.deployment,
        external_id="ada",
        status=TenantStatus.DELETED,
        actor=make.HOST,
        now=timezone.now(),
    )


STOPS = [
    (switch_off, errors.AppInactive),
    (suspend_organization, errors.TenantSuspended),
    (delete_user, errors.TenantSuspended),
]


# ------------------------------------------------------------------------- opening


def test_opens_a_session_for_what_the_ticket_claims(acme):
    issued = make.ticket(acme.backend_key, **SUBJECT, capabilities=["keys:read"])

    opened = open_from(issued.secret)

    assert opened.session.ticket == issued.ticket
    assert (opened.session.app, opened.session.deployment) == (
        acme.app,
        acme.deployment,
    )
    assert opened.session.may("keys:read")
    assert not opened.session.may("keys:create")


def test_stores_token_and_binder_as_digests_only(ada):
    token = SessionToken.objects.get(session=ada.session)

    assert bytes(token.digest) == credentials.digest(Purpose.SESSION, ada.token).value
    binder = bytes(ada.session.binder_digest)
    assert binder == credentials.digest(Purpose.BINDER, ada.binder).value
    assert ada.token not in repr(ada)
    assert ada.binder not in repr(ada)


def test_opening_is_an_event(ada):
    event = AuditEvent.objects.get(action="session.opened")

    assert event.after["session_id"] == str(ada.session.pk)
    assert (event.user_id, event.organization_id) == ("ada", "acme-ltd")
    assert event.app_id == ada.session.app_id


def test_same_ticket_in_the_same_browser_leads_back(acme):
    issued = make.ticket(acme.backend_key)
    first = open_from(issued.secret)

    again = open_from(issued.secret, first.binder)

    assert again.session.pk == first.session.pk
    assert again.binder == first.binder
    assert again.token != first.token
    assert not AuditEvent.objects.filter(action="ticket.replayed").exists()


def test_each_ticket_leads_back_after_a_renewal(acme):
    first, second = make.ticket(acme.backend_key), make.ticket(acme.backend_key)
    opened = open_from(first.secret)
    sessions.renew(
        session=opened.session,
        secret=second.secret,
        actor=make.ADA,
        now=timezone.now(),
    )

    for issued in (first, second):
        again = open_from(issued.secret, opened.binder)
        assert again.session.pk == opened.session.pk
        with pytest.raises(errors.TicketInvalid):
            open_from(issued.secret, credentials.make_secret("apc"))

    assert AuditEvent.objects.filter(action="ticket.replayed").count() == 2


@pytest.mark.parametrize("binder", [None, credentials.make_secret("apc"), "junk"])
def test_refuses_a_spent_ticket_elsewhere_and_tells(acme, binder):
    issued = make.ticket(acme.backend_key, **SUBJECT)
    open_from(issued.secret)

    with pytest.raises(errors.TicketInvalid):
        open_from(issued.secret, binder)

    event = AuditEvent.objects.get(action="ticket.replayed")
    assert event.after == {"ticket_id": str(issued.ticket.id)}
    assert event.user_id == "ada"
    assert PortalSession.objects.count() == 1


def test_refuses_a_stale_ticket_without_alarm(acme):
    issued = make.ticket(acme.backend_key)
    back = timedelta(seconds=121)
    Ticket.objects.update(
        created_at=F("created_at") - back, expires_at=F("expires_at") - back
    )

    with pytest.raises(errors.TicketInvalid):
        open_from(issued.secret)

    assert not AuditEvent.objects.filter(action="ticket.replayed").exists()
    assert not PortalSession.objects.exists()


@pytest.mark.parametrize("kind", ["empty", "junk", "never issued", "token", "forged"])
def test_refuses_what_is_no_ticket(ada, settings, kind):
    ours = settings.KEYPLATE_TICKET_KEYS
    settings.KEYPLATE_TICKET_KEYS = [("k9", "another" * 8)]
    forged = envelopes.seal("aa_1")
    settings.KEYPLATE_TICKET_KEYS = ours
    texts = {"empty": "", "junk": "apt.x", "token": ada.token, "forged": forged}

    with pytest.raises(errors.TicketInvalid):
        open_from(texts.get(kind) or envelopes.seal("aa_1"))

    assert not AuditEvent.objects.filter(action="ticket.replayed").exists()


def test_keeps_a_binder_of_ours(acme, ada):
    second = make.ticket(acme.backend_key)

    opened = open_from(second.secret, ada.binder)

    assert opened.binder == ada.binder
    assert opened.session.pk != ada.session.pk


def test_replaces_a_made_up_binder(acme):
    opened = open_from(make.ticket(acme.backend_key).secret, "planted")

    assert opened.binder != "planted"
    assert credentials.looks_right(opened.binder)


@pytest.mark.parametrize(("stop", "refusal"), STOPS)
def test_leaves_the_ticket_unspent_while_all_is_off(acme, stop, refusal):
    issued = make.ticket(acme.backend_key, **SUBJECT)
    stop(acme)

    with pytest.raises(refusal):
        open_from(issued.secret)

    issued.ticket.refresh_from_db()
    assert issued.ticket.redeemed_at is None
    assert not PortalSession.objects.exists()


# ----------------------------------------------------------------------- resolving


def test_resolves_in_one_query_with_all_a_page_needs(ada, django_assert_num_queries):
    sessions.resolve(token=ada.token, binder=ada.binder)

    with django_assert_num_queries(1):  # token, session, app, deployment, ticket
        session = sessions.resolve(token=ada.token, binder=ada.binder)
        assert session.ticket.user_id == "ada"
        assert session.app.deployment == session.deployment


@pytest.mark.parametrize("kind", ["empty", "junk", "unknown", "binder", "key"])
def test_refuses_what_is_no_token(ada, ci_key, kind):
    texts = {"junk": "aps_x", "unknown": credentials.make_secret("aps"), "empty": ""}
    others = {"binder": ada.binder, "key": ci_key.secret}

    with pytest.raises(errors.SessionRequired):
        sessions.resolve(token=(texts | others)[kind], binder=ada.binder)


@pytest.mark.parametrize("is_bound", [True, False])
@pytest.mark.parametrize("binder", [None, credentials.make_secret("apc")])
def test_a_bound_token_needs_its_binder(ada, is_bound, binder):
    if not is_bound:
        assert sessions.resolve(token=ada.token, binder=binder) == ada.session
        return
    sessions.resolve(token=ada.token, binder=ada.binder)

    with pytest.raises(errors.SessionRequired):
        sessions.resolve(token=ada.token, binder=binder)


def test_the_first_binder_that_comes_binds(ada):
    kept = credentials.make_secret("apc")

    sessions.resolve(token=ada.token, binder=kept)

    with pytest.raises(errors.SessionRequired):
        sessions.resolve(token=ada.token, binder=ada.binder)
    with pytest.raises(errors.SessionRequired):
        sessions.resume(locator=ada.session.pk, binder=ada.binder)
    resumed = sessions.resume(locator=ada.session.pk, binder=kept)
    assert resumed.session == ada.session


def test_a_made_up_binder_binds_nothing(ada):
    sessions.resolve(token=ada.token, binder="junk")

    ada.session.refresh_from_db()
    assert ada.session.bound_at is None


@pytest.mark.parametrize("require", [True, False])
def test_an_app_may_forbid_unbound_sessions(acme, ada, require):
    acme.app.require_bound_session = require
    acme.app.save(update_fields=["require_bound_session"])

    if not require:
        assert sessions.resolve(token=ada.token, binder=None) == ada.session
        return
    with pytest.raises(errors.SessionRequired):
        sessions.resolve(token=ada.token, binder=None)
    assert sessions.resolve(token=ada.token, binder=ada.binder) == ada.session


@pytest.mark.parametrize(
    ("is_bound", "moments", "lapse"),
    [
        (True, {"last_seen_at": 29 * MINUTE}, ""),
        (True, {"last_seen_at": 31 * MINUTE}, "idle"),
        (False, {"last_seen_at": 9 * MINUTE}, ""),
        (False, {"last_seen_at": 11 * MINUTE}, "idle"),
        (True, {"expires_at": 479 * MINUTE}, ""),
        (True, {"expires_at": 481 * MINUTE}, "absolute"),
        (False, {"expires_at": 481 * MINUTE, "last_seen_at": 31 * MINUTE}, "absolute"),
    ],
)
def test_ends_when_idle_or_too_old(ada, is_bound, moments, lapse):
    if is_bound:
        sessions.resolve(token=ada.token, binder=ada.binder)
    turn_back(ada.session, **moments)

    if not lapse:
        assert sessions.resolve(token=ada.token, binder=ada.binder) == ada.session
        return
    with pytest.raises(errors.SessionEnded) as refusal:
        sessions.resolve(token=ada.token, binder=ada.binder)
    assert refusal.value.reason == lapse
    assert PortalSession.objects.get().ended_reason == lapse


@pytest.mark.parametrize(("minutes", "lives"), [(1.9, True), (2.1, False)])
def test_idle_limit_is_the_apps(acme, ada, minutes, lives):
    acme.app.session_idle_seconds = 120
    acme.app.save(update_fields=["session_idle_seconds"])
    turn_back(ada.session, last_seen_at=minutes * MINUTE)

    if lives:
        assert sessions.resolve(token=ada.token, binder=ada.binder) == ada.session
        return
    with pytest.raises(errors.SessionEnded):
        sessions.resolve(token=ada.token, binder=ada.binder)


def test_use_keeps_a_session_alive(ada):
    for _ in range(3):
        turn_back(ada.session, last_seen_at=9 * MINUTE)
        sessions.resolve(token=ada.token, binder=None)

    age = timezone.now() - PortalSession.objects.get().last_seen_at
    assert age < MINUTE


@pytest.mark.parametrize(("stop", "refusal"), STOPS)
def test_stops_with_app_and_tenant(acme, ada, stop, refusal):
    stop(acme)

    with pytest.raises(refusal):
        sessions.resolve(token=ada.token, binder=ada.binder)
    with pytest.raises(refusal):
        sessions.resume(locator=ada.session.pk, binder=ada.binder)


def test_the_other_tenants_suspension_is_not_ours(acme, globex, ada):
    suspend_organization(globex)

    assert sessions.resolve(token=ada.token, binder=ada.binder) == ada.session


# ------------------------------------------------------------------------ resuming


def test_resumes_with_a_fresh_token_and_a_grace_for_the_old(ada):
    resumed = sessions.resume(locator=ada.session.pk, binder=ada.binder)

    assert resumed.token != ada.token
    for token in (resumed.token, ada.token):
        assert sessions.resolve(token=token, binder=ada.binder) == ada.session


def test_the_old_token_dies_after_its_grace(ada):
    resumed = sessions.resume(locator=ada.session.pk, binder=ada.binder)
    old = SessionToken.objects.filter(ends_at__isnull=False)
    assert old.get().ends_at - timezone.now() < timedelta(seconds=31)
    old.update(ends_at=F("ends_at") - timedelta(seconds=31))

    with pytest.raises(errors.SessionRequired):
        sessions.resolve(token=ada.token, binder=ada.binder)
    assert sessions.resolve(token=resumed.token, binder=ada.binder) == ada.session


def test_a_later_resume_does_not_prolong_the_grace(ada):
    sessions.resume(locator=ada.session.pk, binder=ada.binder)
    before = SessionToken.objects.get(ends_at__isnull=False)

    sessions.resume(locator=ada.session.pk, binder=ada.binder)

    before_now = SessionToken.objects.get(pk=before.pk)
    assert before_now.ends_at == before.ends_at


@pytest.mark.parametrize("kind", ["none", "other", "foreign", "unknown"])
def test_resumes_for_the_same_browser_only(ada, mallory, kind):
    binders = {"none": None, "other": credentials.make_secret("apc")}
    locator = mallory.session.ticket.pk if kind == "unknown" else ada.session.pk

    with pytest.raises(errors.SessionRequired) as refusal:
        sessions.resume(locator=locator, binder=binders.get(kind, mallory.binder))

    assert refusal.value.code == "session_required"


def test_records_once_that_a_session_lapsed(ada):
    turn_back(ada.session, last_seen_at=31 * MINUTE)

    for _ in range(2):
        with pytest.raises(errors.SessionEnded):
            sessions.resolve(token=ada.token, binder=ada.binder)

    event = AuditEvent.objects.get(action="session.ended")
    assert (event.actor_kind, event.reason) == ("system", "idle")


def test_an_idle_session_is_not_resumed(ada):
    turn_back(ada.session, last_seen_at=31 * MINUTE)

    with pytest.raises(errors.SessionEnded):
        sessions.resume(locator=ada.session.pk, binder=ada.binder)


# ------------------------------------------------------------------------ renewing


def test_renews_for_the_same_person(acme, ada):
    turn_back(ada.session, expires_at=400 * MINUTE)
    issued = make.ticket(acme.backend_key, **SUBJECT, capabilities=["keys:read"])

    renewed = renew(ada.session, issued.secret)

    assert renewed.expires_at - timezone.now() > 479 * MINUTE
    assert renewed.ticket == issued.ticket
    resolved = sessions.resolve(token=ada.token, binder=ada.binder)
    assert not resolved.may("keys:create")
    event = AuditEvent.objects.get(action="session.renewed")
    assert event.after["ticket_id"] == str(issued.ticket.id)


@pytest.mark.parametrize(
    "claims",
    [
        {**SUBJECT, "user_id": "ben"},
        {**SUBJECT, "organization_id": "other-ltd"},
        {**SUBJECT, "workspace_id": "w1"},
        {"organization_id": "acme-ltd"},
    ],
)
def test_does_not_renew_for_somebody_else(acme, ada, claims):
    issued = make.ticket(acme.backend_key, **claims)

    with pytest.raises(errors.Forbidden):
        renew(ada.session, issued.secret)

    issued.ticket.refresh_from_db()
    assert issued.ticket.redeemed_at is None
    assert open_from(issued.secret).session.pk != ada.session.pk


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"capabilities": ["keys:read"]}, {"capabilities": ["keys:read", "logs:read"]}),
        ({"grantable_permissions": ["reports:read"]}, {}),
        (
            {"grantable_permissions": ["reports:read"]},
            {"grantable_permissions": ["reports:write"]},
        ),
    ],
)
def test_does_not_renew_into_more(acme, narrow, wide):
    opened = make.session(acme.backend_key, **narrow)
    issued = make.ticket(acme.backend_key, **SUBJECT, **wide)

    with pytest.raises(errors.Forbidden):
        renew(opened.session, issued.secret)

    assert renew(
        opened.session, make.ticket(acme.backend_key, **SUBJECT, **narrow).secret
    )


def test_does_not_renew_across_apps(acme, ada):
    make.app(acme.deployment, "aa_2")
    issued = make.ticket(acme.backend_key, "aa_2", **SUBJECT)

    with pytest.raises(errors.Forbidden):
        renew(ada.session, issued.secret)


def test_does_not_renew_by_a_spent_ticket(acme, ada):
    issued = make.ticket(acme.backend_key, **SUBJECT)
    open_from(issued.secret)

    with pytest.raises(errors.TicketInvalid):
        renew(ada.session, issued.secret)


def test_does_not_renew_what_has_ended(acme, ada):
    issued = make.ticket(acme.backend_key, **SUBJECT)
    end(ada.session)

    with pytest.raises(errors.SessionRequired):
        renew(ada.session, issued.secret)

    issued.ticket.refresh_from_db()
    assert issued.ticket.redeemed_at is None


# -------------------------------------------------------------------------- ending


def test_ends_at_once_and_says_why(ada):
    assert end(ada.session)

    with pytest.raises(errors.SessionEnded) as refusal:
        sessions.resolve(token=ada.token, binder=ada.binder)
    assert refusal.value.reason == "signed_out"
    with pytest.raises(errors.SessionEnded):
        sessions.resume(locator=ada.session.pk, binder=ada.binder)


def test_ends_once(ada):
    assert end(ada.session)
    assert not end(ada.session)

    event = AuditEvent.objects.get(action="session.ended")
    assert (event.reason, event.after["session_id"]) == (
        "signed_out",
        str(ada.session.pk),
    )


def test_its_ticket_does_not_open_it_again(acme):
    issued = make.ticket(acme.backend_key)
    opened = open_from(issued.secret)
    end(opened.session)

    with pytest.raises(errors.SessionEnded):
        open_from(issued.secret, opened.binder)
