"""Steps that several verbs share: finding, judging, beginning and closing sessions."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apiauth import audit, credentials, identifiers, origins, owners
from apiauth.actors import SYSTEM, Actor
from apiauth.credentials import Purpose
from apiauth.errors import AppInactive, SessionEnded, SessionRequired, TenantSuspended
from apiauth.models import (
    ApiAuthApp,
    PortalSession,
    SessionToken,
    Ticket,
)
from apiauth.models.clock import database_now
from apiauth.models.sessions import UNBOUND_IDLE, JudgedSession
from apiauth.sessions.values import TOKEN_GRACE

_TOUCH_AFTER = timedelta(seconds=15)


def of_secret(secret: str, deployment_id: uuid.UUID | None = None) -> QuerySet[Ticket]:
    """Narrow to the ticket with this clear text; elsewhere it does not exist."""
    tickets = Ticket.objects.filter(
        digest__in=credentials.digests(Purpose.TICKET, secret)
    )
    if deployment_id is None:
        return tickets
    return tickets.filter(deployment_id=deployment_id)


def of_token(token: str, deployment_id: uuid.UUID | None = None) -> Q:
    """Narrow to the session with this live token; elsewhere it does not exist."""
    here = Q() if deployment_id is None else Q(deployment_id=deployment_id)
    digests = credentials.digests(Purpose.SESSION, token)
    return (
        here
        & Q(tokens__digest__in=digests)
        & (Q(tokens__ends_at__isnull=True) | Q(tokens__ends_at__gt=Now()))
    )


def admits(ticket: Ticket, app: ApiAuthApp, origin: str) -> bool:
    """Tell whether a page of this exact origin may use what the ticket opened.

    It must be among the app's, whose deployment is fetched, and the ticket's if the
    ticket names one.
    """
    is_named = ticket.embed_origin in {"", origin}
    return is_named and origins.allows(app.allowed_origins, origin)


def claim(
    secret: str,
    deployment_id: uuid.UUID | None = None,
    *,
    session: PortalSession | None = None,
    now: datetime,
) -> Ticket | None:
    """Spend a ticket, in the caller's transaction; None when it is not to be had.

    It is spent on `session`, or else on one that the caller has yet to begin. Raises
    `AppInactive` or `TenantSuspended`, which leaves it unspent.
    """
    # One conditional UPDATE decides the race; nothing is read before it.
    mine = of_secret(secret, deployment_id)
    won = mine.filter(redeemed_at__isnull=True, expires_at__gt=Now()).update(
        redeemed_at=Now(),
        spent_on=session.pk if session else identifiers.locator(),
    )
    if not won:
        return None
    ticket = mine.select_related("app__deployment", "deployment").get()
    if not ticket.app.is_active:
        raise AppInactive
    # Suspending waits for the session that this opens, and then ends it, too.
    owners.require_active(ticket, now=now)
    return ticket


def begin(ticket: Ticket, binder: str, *, is_bound: bool = False) -> PortalSession:
    """Store a new session of a ticket that was just spent."""
    moment = database_now()
    return PortalSession.objects.create(
        id=ticket.spent_on,
        deployment=ticket.deployment,
        app=ticket.app,
        ticket=ticket,
        binder_digest=credentials.digest(Purpose.BINDER, binder).value,
        bound_at=moment if is_bound else None,
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + timedelta(seconds=ticket.app.session_absolute_seconds),
    )


def known(condition: Q) -> JudgedSession:
    """Find a session that is good at this moment, with app, deployment, ticket.

    Raises `SessionRequired`, `SessionEnded`, `AppInactive` or `TenantSuspended`.
    """
    session = PortalSession.objects.filter(condition).judged().first()
    if session is None:
        raise SessionRequired
    if session.ended_at is not None:
        _check_open(session)  # where all is off, another ticket would not help
        raise SessionEnded(reason=session.ended_reason)
    lapsed = _lapse(session)
    if lapsed:
        with transaction.atomic():
            close(session, lapsed, lapsed, actor=SYSTEM, now=session.at)
        raise SessionEnded(reason=lapsed)
    _check_open(session)
    return session


def close(
    session: PortalSession, reason: str, why: str, *, actor: Actor, now: datetime
) -> bool:
    """End a session; False when it had ended before."""
    live = PortalSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    if not live.update(ended_at=Now(), ended_reason=reason):
        return False
    action = audit.Action.SESSION_ENDED
    record(action, session.ticket, session, actor=actor, now=now, reason=why)
    return True


def _check_open(session: JudgedSession) -> None:
    """Raise `AppInactive` or `TenantSuspended` when nobody may get in."""
    if not session.app.is_active:
        raise AppInactive
    if session.owner_is_shut:
        raise TenantSuspended


def holds(session: PortalSession, binder: str | None) -> bool:
    """Tell whether this is the binder of the session's browser."""
    if binder is None:
        return False
    return credentials.matches(Purpose.BINDER, binder, bytes(session.binder_digest))


def touch(session: JudgedSession, binder: str | None) -> None:
    """Note a sign of life and, the first time, which binder the browser keeps."""
    same = PortalSession.objects.filter(pk=session.pk)
    if session.at - session.last_seen_at >= _TOUCH_AFTER:
        same.update(last_seen_at=Now())
    if session.bound_at is None and binder and credentials.looks_right(binder):
        # Of two pages that a new browser opens at once each gets a binder, and the
        # browser keeps one of them: that one counts for both.
        digest = credentials.digest(Purpose.BINDER, binder).value
        same.filter(bound_at__isnull=True).update(bound_at=Now(), binder_digest=digest)


def issue_token(session: PortalSession) -> str:
    """Give a session a new token; earlier ones end after `TOKEN_GRACE`."""
    moment = database_now()
    session.tokens.filter(ends_at__isnull=True).update(ends_at=moment + TOKEN_GRACE)
    token = credentials.make_secret(credentials.SESSION_PREFIX)
    store_token(session, token, at=moment)
    return token


def store_token(session: PortalSession, token: str, *, at: datetime) -> None:
    """Make a token count from now on."""
    SessionToken.objects.create(
        deployment_id=session.deployment_id,
        session=session,
        digest=credentials.digest(Purpose.SESSION, token).value,
        created_at=at,
    )


def record(
    action: audit.Action,
    claims: Ticket,
    session: PortalSession | None = None,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Append an event about a session or its ticket."""
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


def _lapse(session: JudgedSession) -> str:
    idle = timedelta(seconds=session.app.session_idle_seconds)
    if session.bound_at is None:
        idle = min(idle, UNBOUND_IDLE)
    if session.expires_at <= session.at:
        return PortalSession.EndReason.ABSOLUTE
    if session.last_seen_at + idle <= session.at:
        return PortalSession.EndReason.IDLE
    return ""
