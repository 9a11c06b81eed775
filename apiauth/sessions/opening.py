"""The ways in: a ticket becomes a session."""

import uuid
from datetime import datetime

from django.db import transaction

from apiauth import audit, credentials, envelopes
from apiauth.actors import Actor
from apiauth.errors import Forbidden, TicketInvalid
from apiauth.models import Deployment, PortalSession, Ticket
from apiauth.sessions import rows
from apiauth.sessions.course import resume
from apiauth.sessions.values import FOREIGN_ORIGIN, Exchanged, Opened, Transport


def open_from(
    *, secret: str, binder: str | None, actor: Actor, now: datetime
) -> Opened:
    """Redeem a ticket: of all attempts ever made exactly one opens a session.

    The same ticket again from the browser that redeemed it leads back to that
    session (a page that mounts twice, Back), also after a renewal. Raises `TicketInvalid` for every
    other spent, stale or unknown ticket, `AppInactive`, `TenantSuspended`; the
    last two leave the ticket unspent.
    """
    if not envelopes.is_ours(secret):
        raise TicketInvalid
    opened = _redeem(secret, binder, actor, now)
    if opened is not None:
        return opened
    return _reopen(secret, binder, actor, now)


def exchange(
    *,
    secret: str,
    deployment_id: uuid.UUID | None = None,
    origin: str | None = None,
    wants_token: bool = False,
    actor: Actor,
    now: datetime,
) -> Exchanged:
    """Redeem a ticket for a host's own front end: once, whatever comes back.

    The token travels in a cookie in production and in the address in staging, unless
    the front end `wants_token` to send it in a header. In the cookie it binds itself
    to the browser; elsewhere nothing does, so that apps which insist on it refuse.

    `origin` is whose page asks, None for our own or none at all. Raises
    `TicketInvalid` for a ticket that is spent, stale, unknown or of another
    deployment, and, leaving it unspent, `AppInactive`, `TenantSuspended`, or
    `Forbidden` for the origin or the transport.
    """
    if not envelopes.is_ours(secret):
        raise TicketInvalid
    with transaction.atomic(durable=True):
        ticket = rows.claim(secret, deployment_id, now=now)
        if ticket is not None:
            transport = _transport(ticket, origin=origin, wants_token=wants_token)
            return _begin(ticket, transport, actor, now)
    _note_replay(rows.of_secret(secret, deployment_id).first(), actor, now)
    raise TicketInvalid


def _transport(ticket: Ticket, *, origin: str | None, wants_token: bool) -> Transport:
    """Choose how the token shall travel; refuse those who may not get one."""
    if origin is not None and not rows.admits(ticket, ticket.app, origin):
        raise Forbidden(FOREIGN_ORIGIN)
    is_staging = ticket.deployment.mode == Deployment.Mode.STAGING
    usual = Transport.DEVELOPMENT if is_staging else Transport.COOKIE
    transport = Transport.HEADER if wants_token else usual
    if ticket.app.require_bound_session and transport is not Transport.COOKIE:
        raise Forbidden("This app's sessions must be bound to a browser by a cookie.")
    return transport


def _begin(
    ticket: Ticket, transport: Transport, actor: Actor, now: datetime
) -> Exchanged:
    token = credentials.make_secret(credentials.SESSION_PREFIX)
    # What only the cookie holds proves the browser as well as the session.
    is_bound = transport is Transport.COOKIE
    binder = token if is_bound else credentials.make_secret(credentials.BINDER_PREFIX)
    session = rows.begin(ticket, binder, is_bound=is_bound)
    rows.store_token(session, token, at=session.created_at)
    rows.record(audit.Action.SESSION_OPENED, ticket, session, actor=actor, now=now)
    return Exchanged(session=session, token=token, transport=transport)


@transaction.atomic(durable=True)
def _redeem(
    secret: str, binder: str | None, actor: Actor, now: datetime
) -> Opened | None:
    ticket = rows.claim(secret, now=now)
    if ticket is None:
        return None
    if binder is None or not credentials.looks_right(binder):
        binder = credentials.make_secret(credentials.BINDER_PREFIX)
    session = rows.begin(ticket, binder)
    rows.record(audit.Action.SESSION_OPENED, ticket, session, actor=actor, now=now)
    return Opened(session=session, token=rows.issue_token(session), binder=binder)


def _reopen(secret: str, binder: str | None, actor: Actor, now: datetime) -> Opened:
    ticket = rows.of_secret(secret).first()
    session = None
    if ticket is not None and ticket.spent_on is not None:
        session = PortalSession.objects.filter(pk=ticket.spent_on).first()
    if session is not None and rows.holds(session, binder):
        return resume(locator=session.pk, binder=binder)
    _note_replay(ticket, actor, now)
    raise TicketInvalid


def _note_replay(ticket: Ticket | None, actor: Actor, now: datetime) -> None:
    if ticket is None or ticket.redeemed_at is None:
        return
    with transaction.atomic(durable=True):
        rows.record(audit.Action.TICKET_REPLAYED, ticket, actor=actor, now=now)
