"""Sessions of hosts' own front ends: exchanged, resolved, their tokens replaced."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from apiauth import applications, credentials, errors, sessions
from apiauth.models import AuditEvent, PortalSession, SessionToken, Ticket
from apiauth.sessions import Transport
from tests import make

SUBJECT = {"user_id": "ada", "organization_id": "acme-ltd"}


def exchange(tenant, issued=None, **facts):
    issued = issued or make.ticket(tenant.backend_key, **SUBJECT)
    return sessions.exchange(
        secret=issued.secret, actor=make.ADA, now=timezone.now(), **facts
    )


def open_from(secret):
    return sessions.open_from(
        secret=secret, binder=None, actor=make.ADA, now=timezone.now()
    )


def unspent():
    return Ticket.objects.filter(redeemed_at__isnull=True).count()


def age(session):
    older = F("created_at") - sessions.DEVELOPMENT_TOKEN_LIFE
    SessionToken.objects.filter(session=session).update(created_at=older)


@pytest.fixture
def staging(acme):
    type(acme.deployment).objects.update(mode="staging")
    return acme


@pytest.mark.parametrize(
    ("mode", "wants_token", "transport"),
    [
        ("production", False, Transport.COOKIE),
        ("production", True, Transport.HEADER),
        ("staging", False, Transport.DEVELOPMENT),
        ("staging", True, Transport.HEADER),
    ],
)
def test_says_how_the_token_travels(acme, mode, wants_token, transport):
    type(acme.deployment).objects.update(mode=mode)

    exchanged = exchange(acme, wants_token=wants_token)

    assert exchanged.transport is transport
    is_bound = PortalSession.objects.get().bound_at is not None
    assert is_bound == (transport is Transport.COOKIE)


def test_shows_no_token_by_accident(acme):
    exchanged = exchange(acme)

    assert exchanged.token not in repr(exchanged)
    assert credentials.looks_right(exchanged.token)


def test_makes_the_cookies_token_its_own_binder(acme):
    exchanged = exchange(acme)
    token = exchanged.token

    assert sessions.resolve(token=token, binder=token) == exchanged.session
    for binder in (None, credentials.make_secret("apc")):
        with pytest.raises(errors.SessionRequired):
            sessions.resolve(token=token, binder=binder)


def test_opens_no_page_of_the_desk(acme):
    exchanged = exchange(acme, wants_token=True)

    with pytest.raises(errors.SessionRequired):
        sessions.resume(locator=exchanged.session.pk, binder=exchanged.token)


def test_lives_as_long_as_the_app_says(acme):
    session = exchange(acme).session

    life = session.expires_at - session.created_at
    assert life == timedelta(seconds=acme.app.session_absolute_seconds)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_leaves_the_ticket_of_a_foreign_page_unspent(acme, origin):
    with pytest.raises(errors.Forbidden):
        exchange(acme, origin=origin)

    assert unspent() == 1
    assert not PortalSession.objects.exists()


def test_leaves_the_ticket_of_an_inactive_app_unspent(acme):
    issued = make.ticket(acme.backend_key)
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.AppInactive):
        exchange(acme, issued)
    assert unspent() == 1


def test_finds_a_ticket_only_in_its_deployment(acme, globex):
    issued = make.ticket(acme.backend_key)

    with pytest.raises(errors.TicketInvalid):
        exchange(acme, issued, deployment_id=globex.deployment.pk)
    assert unspent() == 1
    assert exchange(acme, issued, deployment_id=acme.deployment.pk)


@pytest.mark.parametrize("to_the_desk", [True, False])
def test_spends_a_ticket_once_in_whatever_way(acme, to_the_desk):
    issued = make.ticket(acme.backend_key)
    if to_the_desk:
        open_from(issued.secret)
    else:
        exchange(acme, issued)

    with pytest.raises(errors.TicketInvalid):
        exchange(acme, issued)
    with pytest.raises(errors.TicketInvalid):
        open_from(issued.secret)
    assert AuditEvent.objects.filter(action="ticket.replayed").count() == 2


def test_finds_a_session_only_in_its_deployment_and_mode(acme, globex):
    exchanged = exchange(acme, wants_token=True)

    def find(**place):
        return sessions.resolve(token=exchanged.token, binder=None, **place)

    for here in ({"deployment_id": acme.deployment.pk}, {"mode": "production"}):
        assert find(**here) == exchanged.session
    for elsewhere in ({"deployment_id": globex.deployment.pk}, {"mode": "staging"}):
        with pytest.raises(errors.SessionRequired):
            find(**elsewhere)


def test_names_the_live_session_of_a_token(acme):
    exchanged = exchange(acme, wants_token=True)
    assert sessions.named_by(exchanged.token) == exchanged.session.pk

    sessions.end(
        session=exchanged.session,
        reason="signed_out",
        actor=make.ADA,
        now=timezone.now(),
    )

    assert sessions.named_by(exchanged.token) is None
    assert sessions.named_by("aps_x") is None


def test_replaces_a_token_when_it_is_old(staging):
    exchanged = exchange(staging)
    said = {"session": exchanged.session, "token": exchanged.token}
    assert sessions.replace_token(**said) is None
    age(exchanged.session)

    fresh = sessions.replace_token(**said)

    assert fresh not in {None, exchanged.token}
    for token in (fresh, exchanged.token):
        assert sessions.resolve(token=token, binder=None) == exchanged.session


def test_replaces_a_token_for_one_of_all_who_ask(staging):
    exchanged = exchange(staging)
    said = {"session": exchanged.session, "token": exchanged.token}
    age(exchanged.session)

    got = [sessions.replace_token(**said) for _ in range(3)]

    assert got[0] is not None
    assert got[1:] == [None, None]
    lasting = SessionToken.objects.filter(ends_at__isnull=True)
    assert lasting.count() == 1


def test_replaces_no_token_of_another_session(staging):
    first, second = exchange(staging), exchange(staging)
    age(first.session)

    assert sessions.replace_token(session=second.session, token=first.token) is None
    assert SessionToken.objects.filter(ends_at__isnull=True).count() == 2
