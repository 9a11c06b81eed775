"""Who is calling, and may they: every view stands behind one of these.

A guard adds typed facts to the request and opens the view to callers without an
operator's login; views that nobody guarded stay closed to them.
"""

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from apiauth import backend_keys, sessions
from apiauth.actors import Actor, Channel
from apiauth.errors import Forbidden, NotFound, SessionRequired, Unauthenticated
from apiauth.http import customers, origin, requests, transports
from apiauth.models import BackendKey, Capability, PortalSession, Scope

type View = Callable[..., HttpResponseBase]


class HostRequest(HttpRequest):
    """A request from a host's backend."""

    backend_key: BackendKey
    actor: Actor
    now: datetime


@dataclass(slots=True, kw_only=True)
class Portal:
    """The session behind a portal request.

    `token` is a fresh one when the request was a page load; script requests
    carry their own and get none.
    """

    session: PortalSession
    token: str | None
    binder: str | None


class PortalRequest(HttpRequest):
    """A request from a customer's session."""

    portal: Portal
    actor: Actor
    now: datetime


class CustomerRequest(HttpRequest):
    """A request from a host's own front end, with a customer's session."""

    customer: PortalSession
    actor: Actor
    now: datetime
    # What they send may be a form; `renewed_token` goes out with every answer.
    accepts_forms: bool
    renewed_token: str | None


class BackendKeyAuth:
    """Lets backend keys with this scope into an operation of the API.

    Adds what `HostRequest` names. Without a scope the operation checks it itself, so
    that a refusal leaves an event. `unrestricted` keeps those out that are bound to
    some apps, for good since they were minted. Bearer only: never a query, never a
    cookie, hence no CSRF token either. Raises `Unauthenticated` or `Forbidden`.
    """

    openapi_security_schema: ClassVar = {
        "type": "http",
        "scheme": "bearer",
        "description": "A backend key of the deployment, with the scope that is named.",
    }

    def __init__(
        self, scope: Scope | None = None, *, unrestricted: bool = False
    ) -> None:
        self.scope = scope
        self.unrestricted = unrestricted

    def __call__(self, request: HttpRequest) -> BackendKey:
        host = cast("HostRequest", request)
        host.now = timezone.now()
        host.backend_key = known_backend(request, self.scope, now=host.now)
        if self.unrestricted and host.backend_key.apps.exists():
            raise Forbidden(
                "This backend key is bound to some apps; what concerns the whole "
                "deployment is not for it."
            )
        host.actor = requests.host_actor(request, host.backend_key)
        return host.backend_key


class SessionAuth:
    """Lets customers' sessions with this capability into an operation of the API.

    Adds what `CustomerRequest` names. Raises what `customers.resolve` raises, and
    `Forbidden` without the capability.
    """

    openapi_security_schema: ClassVar = {
        "type": "apiKey",
        "in": "header",
        "name": transports.TOKEN_HEADER,
        "description": (
            "The token of a customer's session, with the capability that is named. "
            f"In its place the cookie `{transports.SESSION_COOKIE}`, with an `Origin` "
            "that the app admits, or in staging the query parameter "
            f"`{transports.DEVELOPMENT_PARAMETER}`."
        ),
    }

    def __init__(self, capability: Capability | None = None) -> None:
        self.capability = capability

    def __call__(self, request: HttpRequest) -> PortalSession:
        front = cast("CustomerRequest", request)
        # Most of what these send may be left out, so an empty body must be one.
        requests.require_length(request)
        front.accepts_forms, front.now = True, timezone.now()
        known = customers.resolve(request)
        front.customer, front.renewed_token = known.session, known.renewed
        front.actor = requests.customer_actor(
            request,
            session=front.customer,
            claims=front.customer.ticket,
            channel=Channel.API,
        )
        if self.capability is not None and not front.customer.may(self.capability):
            raise Forbidden
        return front.customer


class TicketAuth:
    """Opens an operation to scripts that bring a ticket, which it spends.

    Raises `Forbidden` for everything that no script asked for.
    """

    def __call__(self, request: HttpRequest) -> bool:
        origin.require_script(request)
        return True


class Anybody:
    """Opens an operation of the API to everybody, for a reason that is written down."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __call__(self, request: HttpRequest) -> bool:  # noqa: ARG002 - asked with it
        return True


def known_backend(
    request: HttpRequest, scope: Scope | None = None, *, now: datetime
) -> BackendKey:
    """Find the backend key that a request carries, and note its use.

    Raises `Unauthenticated`, or `Forbidden` without the scope.
    """
    secret = transports.bearer(request)
    if secret is None:
        raise Unauthenticated
    backend_key = backend_keys.authenticate(secret)
    if scope is not None and scope not in backend_key.scopes:
        raise Forbidden(f"This backend key lacks the scope {scope}.")
    backend_keys.touch(backend_key, now=now)
    return backend_key


def portal_session(capability: Capability | None = None) -> Callable[[View], View]:
    """Let in the session named in the address, if it has the capability.

    A script proves it by the document token, a page load (GET) by the binder
    cookie, after which the page gets a fresh token. Raises what
    `sessions.resolve` raises, and `Forbidden` without the capability.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(
            request: PortalRequest, locator: uuid.UUID, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            request.now = timezone.now()
            request.portal = _portal(request, locator)
            session = request.portal.session
            request.actor = requests.customer_actor(
                request, session=session, claims=session.ticket
            )
            if capability is not None and not session.may(capability):
                raise Forbidden
            return view(request, *args, **kwargs)

        return login_not_required(csrf_exempt(guarded))

    return decorate


def _portal(request: HttpRequest, locator: uuid.UUID) -> Portal:
    token, binder = transports.document_token(request), transports.binder(request)
    if token is not None:
        session = sessions.resolve(token=token, binder=binder)
        # A token opens only the session that the address names; any other one does
        # not exist for its holder.
        if session.pk != locator:
            raise NotFound
        return Portal(session=session, token=None, binder=binder)
    if request.method not in {"GET", "HEAD"}:
        raise SessionRequired
    opened = sessions.resume(locator=locator, binder=binder)
    return Portal(session=opened.session, token=opened.token, binder=opened.binder)
