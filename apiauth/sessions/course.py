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
from apiauth.sessions.values import (
    DEVELOPMENT_TOKEN_LIFE,
    FOREIGN_ORIGIN,
    TOKEN_GRACE,
    Opened,
)

_CLAIMS = ("app_id", "user_id", "organization_id", "workspace_id")


def resolve(
    *,
    token: str,
    binder: str | None,
    deployment_id: uuid.UUID | None = None,
    mode: str | None = None,
    origin: str | None = None,
) -> PortalSession:
    """Find the session a token belongs to, with app, deployment, ticket.

    Judged by the database's clock. The first binder that comes with a token binds the
    session; from then on no token counts without it. `deployment_id` and `mode` narrow where it may be
    found; `origin` is whose page asks, None for our own. Raises `SessionRequired`,
    `SessionEnded`, `AppInactive`, `TenantSuspended`, or `Forbidden` for an origin
    that the app does not admit.
    """
    if not credentials.looks_right(token):
        raise SessionRequired
    here = Q() if mode is None else Q(deployment__mode=mode)
    session = rows.known(here & rows.of_token(token, deployment_id))
    if origin is not None and not rows.admits(session.ticket, session.app, origin):
        raise Forbidden(FOREIGN_ORIGIN)
    must_be_bound = session.bound_at or session.app.require_bound_session
    if must_be_bound and not rows.holds(session, binder):
        raise SessionRequired
    rows.touch(session, binder)
    return session


def named_by(token: str) -> uuid.UUID | None:
    """Tell which live session a token is of, without using it."""
    if not credentials.looks_right(token):
        return None
    live = PortalSession.objects.filter(
        rows.of_token(token), ended_at__isnull=True, expires_at__gt=Now()
    )
    return live.values_list("pk", flat=True).first()


@transaction.atomic(durable=True)
def replace_token(*, session: PortalSession, token: str) -> str | None:
    """Put a new token in the place of one that is `DEVELOPMENT_TOKEN_LIFE` old.

    None while it is young, or when somebody else has just replaced it: of requests
    that come together one gets the new token, and the old one lives on for
    `TOKEN_GRACE`.
    """
    moment = database_now()
    outworn = session.tokens.filter(
        digest__in=credentials.digests(Purpose.SESSION, token),
        ends_at__isnull=True,
        created_at__lte=moment - DEVELOPMENT_TOKEN_LIFE,
    )
    if not outworn.update(ends_at=moment + TOKEN_GRACE):
        return None
    fresh = credentials.make_secret(credentials.SESSION_PREFIX)
    rows.store_token(session, fresh, at=moment)
    return fresh


def resume(*, locator: uuid.UUID, binder: str | None) -> Opened:
    """Give a reloaded page a fresh token: the locator with its binder.

    Tokens of before live on for `TOKEN_GRACE`, for requests under way. Raises as
    `resolve`; an unknown locator and a wrong binder look the same.
    """
    session = rows.known(Q(pk=locator))
    if not rows.holds(session, binder) or binder is None:
        raise SessionRequired
    rows.touch(session, binder)
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
    if not envelopes.is_ours(secret):
        raise TicketInvalid
    ticket = rows.claim(secret, session=session, now=now)
    if ticket is None:
        raise TicketInvalid
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
