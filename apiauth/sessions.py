"""Sessions in iframes: opened by a ticket, resolved on every request, ended.

Three things prove a session, none of them alone a cookie: the locator in the
address says which, the token in the document's memory says that this page may
act, the binder cookie says that it is the same browser (architecture section 4).
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from apiauth import audit, credentials, envelopes, permissions
from apiauth.actors import SYSTEM, Actor
from apiauth.credentials import Purpose
from apiauth.errors import (
    AppInactive,
    Forbidden,
    SessionEnded,
    SessionRequired,
    TenantSuspended,
    TicketInvalid,
)
from apiauth.models import PortalSession, SessionToken, Ticket, shut_owner
from apiauth.models.clock import database_now
from apiauth.models.sessions import ClaimedTicket, JudgedSession

TOKEN_GRACE = timedelta(seconds=30)
UNBOUND_IDLE = timedelta(minutes=10)
_TOUCH_AFTER = timedelta(seconds=15)
_CLAIMS = ("app_id", "user_id", "organization_id", "workspace_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session with the clear text of its newest token and of its binder."""

    session: PortalSession
    token: str = field(repr=False)
    binder: str = field(repr=False)


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


def resolve(*, token: str, binder: str | None) -> PortalSession:
    """Find the session a document's token belongs to, with app, deployment, ticket.

    Judged by the database's clock. The first binder that comes with a token binds the
    session; from then on no token counts without it. Raises `SessionRequired`, `SessionEnded`,
    `AppInactive` or `TenantSuspended`.
    """
    if not credentials.looks_right(token):
        raise SessionRequired
    digests = credentials.digests(Purpose.SESSION, token)
    session = _known(
        Q(tokens__digest__in=digests)
        & (Q(tokens__ends_at__isnull=True) | Q(tokens__ends_at__gt=Now()))
    )
    must_be_bound = session.bound_at or session.app.require_bound_session
    if must_be_bound and not _holds(session, binder):
        raise SessionRequired
    _touch(session, binder)
    return session


def resume(*, locator: uuid.UUID, binder: str | None) -> Opened:
    """Give a reloaded page a fresh token: the locator with its binder.

    Tokens of before live on for `TOKEN_GRACE`, for requests under way. Raises as
    `resolve`; an unknown locator and a wrong binder look the same.
    """
    session = _known(Q(pk=locator))
    if not _holds(session, binder) or binder is None:
        raise SessionRequired
    _touch(session, binder)
    with transaction.atomic(durable=True):
        token = _issue_token(session)
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
    ticket = _claim(secret) if envelopes.is_ours(secret) else None
    if ticket is None:
        raise TicketInvalid
    _check_open(ticket)
    is_same = all(getattr(ticket, c) == getattr(session.ticket, c) for c in _CLAIMS)
    if not is_same or _allows_more(ticket, session.ticket):
        raise Forbidden("This ticket is for another session.")
    longest = timedelta(seconds=session.app.session_absolute_seconds)
    moment = database_now()
    live = PortalSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    if not live.update(ticket=ticket, expires_at=moment + longest, last_seen_at=moment):
        raise SessionRequired
    renewed = _known(Q(pk=session.pk))
    _record(audit.Action.SESSION_RENEWED, ticket, renewed, actor=actor, now=now)
    return renewed


@transaction.atomic(durable=True)
def end(
    *, session: PortalSession, reason: str, actor: Actor, now: datetime, note: str = ""
) -> bool:
    """End a session at once; returns False when it had ended before."""
    return _close(session, reason, note or reason, actor=actor, now=now)


@transaction.atomic(durable=True)
def _redeem(
    secret: str, binder: str | None, actor: Actor, now: datetime
) -> Opened | None:
    ticket = _claim(secret)
    if ticket is None:
        return None
    _check_open(ticket)
    if binder is None or not credentials.looks_right(binder):
        binder = credentials.make_secret(credentials.BINDER_PREFIX)
    moment = database_now()
    session = PortalSession.objects.create(
        deployment=ticket.deployment,
        app=ticket.app,
        ticket=ticket,
        binder_digest=credentials.digest(Purpose.BINDER, binder).value,
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + timedelta(seconds=ticket.app.session_absolute_seconds),
    )
    _record(audit.Action.SESSION_OPENED, ticket, session, actor=actor, now=now)
    return Opened(session=session, token=_issue_token(session), binder=binder)


def _claim(secret: str) -> ClaimedTicket | None:
    # One conditional UPDATE decides the race; nothing is read before it.
    mine = Ticket.objects.filter(digest__in=credentials.digests(Purpose.TICKET, secret))
    won = mine.filter(redeemed_at__isnull=True, expires_at__gt=Now()).update(
        redeemed_at=Now()
    )
    if not won:
        return None
    return (
        mine.select_related("app__deployment", "deployment")
        .annotate(owner_is_shut=shut_owner())
        .get()
    )


def _reopen(secret: str, binder: str | None, actor: Actor, now: datetime) -> Opened:
    ticket = Ticket.objects.filter(
        digest__in=credentials.digests(Purpose.TICKET, secret)
    ).first()
    if ticket is None:
        raise TicketInvalid
    session = PortalSession.objects.filter(ticket=ticket).first()
    if session is not None and _holds(session, binder):
        return resume(locator=session.pk, binder=binder)
    if ticket.redeemed_at is not None:
        with transaction.atomic(durable=True):
            _record(audit.Action.TICKET_REPLAYED, ticket, actor=actor, now=now)
    raise TicketInvalid


def _known(condition: Q) -> JudgedSession:
    sessions = PortalSession.objects.filter(condition).select_related(
        "app__deployment", "deployment", "ticket"
    )
    session = sessions.annotate(at=Now(), owner_is_shut=shut_owner("ticket__")).first()
    if session is None:
        raise SessionRequired
    if session.ended_at is not None:
        _check_open(session)  # where all is off, another ticket would not help
        raise SessionEnded(reason=session.ended_reason)
    lapsed = _lapse(session)
    if lapsed:
        with transaction.atomic():
            _close(session, lapsed, lapsed, actor=SYSTEM, now=session.at)
        raise SessionEnded(reason=lapsed)
    _check_open(session)
    return session


def _close(
    session: PortalSession, reason: str, why: str, *, actor: Actor, now: datetime
) -> bool:
    live = PortalSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    if not live.update(ended_at=Now(), ended_reason=reason):
        return False
    action = audit.Action.SESSION_ENDED
    _record(action, session.ticket, session, actor=actor, now=now, reason=why)
    return True


def _lapse(session: JudgedSession) -> str:
    idle = timedelta(seconds=session.app.session_idle_seconds)
    if session.bound_at is None:
        idle = min(idle, UNBOUND_IDLE)
    if session.expires_at <= session.at:
        return PortalSession.EndReason.ABSOLUTE
    if session.last_seen_at + idle <= session.at:
        return PortalSession.EndReason.IDLE
    return ""


def _check_open(holder: JudgedSession | ClaimedTicket) -> None:
    if not holder.app.is_active:
        raise AppInactive
    if holder.owner_is_shut:
        raise TenantSuspended


def _allows_more(ticket: Ticket, held: Ticket) -> bool:
    if set(ticket.capabilities) - set(held.capabilities):
        return True
    ceiling, wanted = held.grantable_permissions, ticket.grantable_permissions
    if ceiling is None:
        return False
    return wanted is None or bool(permissions.beyond(ceiling, wanted))


def _holds(session: PortalSession, binder: str | None) -> bool:
    if binder is None:
        return False
    return credentials.matches(Purpose.BINDER, binder, bytes(session.binder_digest))


def _touch(session: JudgedSession, binder: str | None) -> None:
    same = PortalSession.objects.filter(pk=session.pk)
    if session.at - session.last_seen_at >= _TOUCH_AFTER:
        same.update(last_seen_at=Now())
    if session.bound_at is None and binder and credentials.looks_right(binder):
        # Of two pages that a new browser opens at once each gets a binder, and the
        # browser keeps one of them: that one counts for both.
        digest = credentials.digest(Purpose.BINDER, binder).value
        same.filter(bound_at__isnull=True).update(bound_at=Now(), binder_digest=digest)


def _issue_token(session: PortalSession) -> str:
    moment = database_now()
    session.tokens.filter(ends_at__isnull=True).update(ends_at=moment + TOKEN_GRACE)
    token = credentials.make_secret(credentials.SESSION_PREFIX)
    SessionToken.objects.create(
        deployment_id=session.deployment_id,
        session=session,
        digest=credentials.digest(Purpose.SESSION, token).value,
        created_at=moment,
    )
    return token


def _record(
    action: audit.Action,
    claims: Ticket,
    session: PortalSession | None = None,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    of_session = {} if session is None else {"session_id": str(session.pk)}
    audit.record(
        action,
        about=audit.Subject(
            deployment_id=claims.deployment_id,
            app_id=claims.app_id,
            organization_id=claims.organization_id,
            user_id=claims.user_id,
        ),
        actor=actor,
        now=now,
        reason=reason,
        after={"ticket_id": str(claims.pk), **of_session},
    )
