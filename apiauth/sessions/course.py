"""The life of a session: resolved on each request, resumed, renewed, ended."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from apiauth import audit, credentials, envelopes, permissions
from apiauth.actors import Actor
from apiauth.credentials import Purpose
from apiauth.errors import Forbidden, SessionRequired, TicketInvalid
from apiauth.models import PortalSession, Ticket
from apiauth.models.clock import database_now
from apiauth.sessions import rows
from apiauth.sessions.values import Opened

_CLAIMS = ("app_id", "user_id", "organization_id", "workspace_id")


def resolve(*, token: str, binder: str | None) -> PortalSession:
    """Find the session a document's token belongs to, with app, deployment, ticket.

    Judged by the database's clock. A session that was once seen with its binder
    takes no token without it. Raises `SessionRequired`, `SessionEnded`,
    `AppInactive` or `TenantSuspended`.
    """
    if not credentials.looks_right(token):
        raise SessionRequired
    digests = credentials.digests(Purpose.SESSION, token)
    session = rows.known(
        Q(tokens__digest__in=digests)
        & (Q(tokens__ends_at__isnull=True) | Q(tokens__ends_at__gt=Now()))
    )
    is_same_browser = rows.holds(session, binder)
    must_be_bound = session.bound_at or session.app.require_bound_session
    if must_be_bound and not is_same_browser:
        raise SessionRequired
    rows.touch(session, seen_bound=is_same_browser)
    return session


def resume(*, locator: uuid.UUID, binder: str | None) -> Opened:
    """Give a reloaded page a fresh token: the locator with its binder.

    Tokens of before live on for `TOKEN_GRACE`, for requests under way. Raises as
    `resolve`; an unknown locator and a wrong binder look the same.
    """
    session = rows.known(Q(pk=locator))
    if not rows.holds(session, binder) or binder is None:
        raise SessionRequired
    rows.touch(session, seen_bound=True)
    with transaction.atomic(durable=True):
        token = rows.issue_token(session)
    return Opened(session=session, token=token, binder=binder)


@transaction.atomic(durable=True)
def renew(
    *, session: PortalSession, secret: str, actor: Actor, now: datetime
) -> PortalSession:
    """Extend a session by a fresh ticket for the same app, tenant and person.

    The session takes over the new ticket's claims. Raises `TicketInvalid`, or
    `Forbidden` when the ticket is for somebody else or allows more: it stays
    unspent then and opens a session of its own.
    """
    ticket = rows.claim(secret) if envelopes.is_ours(secret) else None
    if ticket is None:
        raise TicketInvalid
    rows.check_open(ticket)
    is_same = all(getattr(ticket, c) == getattr(session.ticket, c) for c in _CLAIMS)
    if not is_same or _allows_more(ticket, session.ticket):
        raise Forbidden("This ticket is for another session.")
    longest = timedelta(seconds=session.app.session_absolute_seconds)
    moment = database_now()
    live = PortalSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    if not live.update(ticket=ticket, expires_at=moment + longest, last_seen_at=moment):
        raise SessionRequired
    renewed = rows.known(Q(pk=session.pk))
    rows.record(audit.Action.SESSION_RENEWED, ticket, renewed, actor=actor, now=now)
    return renewed


@transaction.atomic(durable=True)
def end(
    *, session: PortalSession, reason: str, actor: Actor, now: datetime, note: str = ""
) -> bool:
    """End a session at once; returns False when it had ended before."""
    return rows.close(session, reason, note or reason, actor=actor, now=now)


def _allows_more(ticket: Ticket, held: Ticket) -> bool:
    if set(ticket.capabilities) - set(held.capabilities):
        return True
    ceiling, wanted = held.grantable_permissions, ticket.grantable_permissions
    if ceiling is None:
        return False
    return wanted is None or bool(permissions.beyond(ceiling, wanted))
