"""Whose session a host's own front end carries: one resolver, three transports."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from apiauth import sessions
from apiauth.errors import SessionRequired
from apiauth.http import origin, requests, transports
from apiauth.models import Deployment, PortalSession
from apiauth.sessions import Transport

_CONTRADICTION = "The credentials of this request are of different sessions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One credential of a request: its token, and how it came."""

    token: str = field(repr=False)
    transport: Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The session behind a request; `renewed` is a token to send from now on."""

    session: PortalSession
    renewed: str | None = field(default=None, repr=False)


def resolve(request: HttpRequest) -> Known:
    """Find the session of a request, by the header, else the cookie, else the address.

    What else is there must be of the same session or of none that lives. Raises what
    `sessions.resolve` raises, and `Forbidden` for a cookie that any page may have sent.
    """
    carried = _carried(request)
    if not carried:
        raise SessionRequired
    first, *others = carried
    session = _session(request, first)
    if any(_is_of_another(session, other) for other in others):
        raise SessionRequired(_CONTRADICTION)
    if first.transport is not Transport.DEVELOPMENT:
        return Known(session=session)
    renewed = sessions.replace_token(session=session, token=first.token)
    return Known(session=session, renewed=renewed)


def _carried(request: HttpRequest) -> list[Carried]:
    """List what a request carries, what counts most first."""
    by_transport: dict[Transport, Sequence[str | None]] = {
        Transport.HEADER: [transports.document_token(request)],
        Transport.COOKIE: [transports.session_cookie(request)],
        Transport.DEVELOPMENT: transports.development_tokens(request),
    }
    return [
        Carried(token=token, transport=transport)
        for transport, tokens in by_transport.items()
        for token in tokens
        if token
    ]


def _session(request: HttpRequest, carried: Carried) -> PortalSession:
    binder, mode = None, None
    if carried.transport is Transport.HEADER:
        binder = transports.binder(request)
    elif carried.transport is Transport.COOKIE:
        origin.require_told(request)
        # Only this browser holds it: it is its own binder.
        binder = carried.token
    else:
        mode = Deployment.Mode.STAGING
    return sessions.resolve(
        token=carried.token,
        binder=binder,
        deployment_id=requests.deployment_id(request),
        mode=mode,
        origin=origin.foreign(request),
    )


def _is_of_another(session: PortalSession, carried: Carried) -> bool:
    other = sessions.named_by(carried.token)
    return other is not None and other != session.pk
