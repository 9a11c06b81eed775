"""The ways in: a ticket becomes a session."""

from datetime import datetime

from django.db import transaction

from apiauth import audit, credentials, envelopes
from apiauth.actors import Actor
from apiauth.credentials import Purpose
from apiauth.errors import TicketInvalid
from apiauth.models import PortalSession, Ticket
from apiauth.sessions import rows
from apiauth.sessions.course import resume
from apiauth.sessions.values import Opened


def open_from(
    *, secret: str, binder: str | None, actor: Actor, now: datetime
) -> Opened:
    """Redeem a ticket: of all attempts ever made exactly one opens a session.

    The same ticket again from the browser that redeemed it leads back to that
    session (a page that mounts twice, Back). Raises `TicketInvalid` for every
    other spent, stale or unknown ticket, `AppInactive`, `TenantSuspended`; the
    last two leave the ticket unspent.
    """
    if not envelopes.is_ours(secret):
        raise TicketInvalid
    opened = _redeem(secret, binder, actor, now)
    if opened is not None:
        return opened
    return _reopen(secret, binder, actor, now)


@transaction.atomic(durable=True)
def _redeem(
    secret: str, binder: str | None, actor: Actor, now: datetime
) -> Opened | None:
    ticket = rows.claim(secret)
    if ticket is None:
        return None
    rows.check_open(ticket)
    if binder is None or not credentials.looks_right(binder):
        binder = credentials.make_secret(credentials.BINDER_PREFIX)
    session = rows.begin(ticket, binder)
    rows.record(audit.Action.SESSION_OPENED, ticket, session, actor=actor, now=now)
    return Opened(session=session, token=rows.issue_token(session), binder=binder)


def _reopen(secret: str, binder: str | None, actor: Actor, now: datetime) -> Opened:
    ticket = Ticket.objects.filter(
        digest__in=credentials.digests(Purpose.TICKET, secret)
    ).first()
    if ticket is None:
        raise TicketInvalid
    session = PortalSession.objects.filter(ticket=ticket).first()
    if session is not None and rows.holds(session, binder):
        return resume(locator=session.pk, binder=binder)
    if ticket.redeemed_at is not None:
        with transaction.atomic(durable=True):
            rows.record(audit.Action.TICKET_REPLAYED, ticket, actor=actor, now=now)
    raise TicketInvalid
