"""The session itself: its first screen, and how it is resumed, renewed and ended."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from apiauth import errors, sessions
from apiauth.http import guards, origin, requests, transports
from apiauth.models import PortalSession
from vanity import gates, shell
from vanity.views import entry


@require_safe
@gates.portal_page()
def home(request: guards.PortalRequest) -> HttpResponse:
    return entry.landing(request)


@require_POST
@gates.answering
def resume(request: HttpRequest, locator: uuid.UUID) -> HttpResponse:
    """Give a document of the same browser a new token.

    The binder is a cookie, so the header must be there as well: no other site can
    send it without a preflight that we do not answer.
    """
    origin.require_own(request)
    if request.headers.get(transports.RESUME_HEADER) != "1":
        raise errors.SessionRequired
    opened = sessions.resume(locator=locator, binder=transports.binder(request))
    return JsonResponse(entry.facts(opened))


@require_POST
@gates.portal_page()
def renew(request: guards.PortalRequest) -> HttpResponse:
    """Extend the session by a ticket; without one, take it as a sign of life."""
    portal, secret = request.portal, _ticket_in(request)
    if secret:
        renewed = sessions.renew(
            session=portal.session,
            secret=secret,
            actor=request.actor,
            now=request.now,
        )
        portal = guards.Portal(
            session=renewed, token=portal.token, binder=portal.binder
        )
    return JsonResponse(shell.times(portal))


@require_POST
@gates.portal_page()
def end(request: guards.PortalRequest) -> HttpResponse:
    """Sign out: every document of this session stops at once."""
    sessions.end(
        session=request.portal.session,
        reason=PortalSession.EndReason.SIGNED_OUT,
        actor=request.actor,
        now=request.now,
    )
    return JsonResponse({"ended": True})


def _ticket_in(request: HttpRequest) -> str:
    """Read the ticket of a JSON body; an empty body is a sign of life."""
    if not request.body:
        return ""
    secret = requests.json_body(request).get("ticket")
    if not isinstance(secret, str):
        raise errors.Invalid("A ticket is a text.", field="ticket")
    return secret
