"""The way in: a ticket becomes a session and, in the same answer, the first page."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apiauth import errors, sessions, tickets
from apiauth.http import guards, origin, requests, transports
from apiauth.models import Capability, PortalSession, Ticket
from vanity import gates, refusals, shell
from vanity.views import keys

_CLAIMS = ("app_id", "user_id", "organization_id", "workspace_id")


@require_http_methods(["GET", "HEAD", "POST"])
@gates.answering
def enter(request: HttpRequest, deployment_id: uuid.UUID | None = None) -> HttpResponse:
    """Redeem a framed load or a pressed button; show the button to all others.

    In the place of one deployment another one's ticket is not known.
    """
    if request.method == "POST":
        return _enter_by_post(request, deployment_id)
    secret = _secret(request)
    _look_at(request, secret, deployment_id)
    if origin.is_framed_load(request):
        return first_page(request, secret)
    return _interstitial(request, secret)


def first_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Open the session and answer with the complete first screen."""
    opened = _open(request, secret)
    response = landing(cast("guards.PortalRequest", request))
    transports.set_binder(response, opened.binder)
    return response


def landing(request: guards.PortalRequest) -> HttpResponse:
    """Show the first screen the session may see; the gate G4 if there is none."""
    if request.portal.session.may(Capability.KEYS_READ):
        return keys.list_page(request)
    return gates.show(request, refusals.G4)


def _enter_by_post(
    request: HttpRequest, deployment_id: uuid.UUID | None
) -> HttpResponse:
    try:
        origin.require_own(request)
    except errors.Forbidden:
        return gates.show(request, refusals.FOREIGN)
    secret = _secret(request)
    _look_at(request, secret, deployment_id)
    if "previous" not in request.POST:
        return first_page(request, secret)
    # The script of a page whose session is gone goes on without leaving it.
    _require_same_person(request, request.POST["previous"])
    opened = _open(request, secret)
    response = JsonResponse(facts(opened))
    transports.set_binder(response, opened.binder)
    return response


def facts(opened: sessions.Opened) -> dict[str, str | int]:
    """Tell the script about its session; the token is for its memory alone."""
    portal = guards.Portal(
        session=opened.session, token=opened.token, binder=opened.binder
    )
    return {
        "token": opened.token,
        "locator": str(opened.session.pk),
        **shell.times(portal),
    }


def _open(request: HttpRequest, secret: str) -> sessions.Opened:
    """Redeem, and give the request the facts that a guard would have given it."""
    claims: Ticket | None = getattr(request, "embedded_ticket", None)
    binder, now = transports.binder(request), timezone.now()
    opened = sessions.open_from(
        secret=secret,
        binder=binder,
        actor=requests.customer_actor(request, session=None, claims=claims),
        now=now,
    )
    session = opened.session
    guarded = cast("guards.PortalRequest", request)
    guarded.portal = guards.Portal(session=session, token=opened.token, binder=binder)
    guarded.actor = requests.customer_actor(
        request, session=session, claims=session.ticket
    )
    guarded.now = now
    return opened


def _secret(request: HttpRequest) -> str:
    given = (request.POST if request.method == "POST" else request.GET).getlist(
        "ticket"
    )
    if not given:
        raise errors.SessionRequired
    if len(given) > 1:
        raise errors.TicketInvalid
    return given[0]


def _look_at(
    request: HttpRequest, secret: str, deployment_id: uuid.UUID | None
) -> None:
    """Learn whose ticket it is, without spending it: frame, theme, way back.

    Raises `TicketInvalid` for one of another deployment.
    """
    ticket = tickets.inspect(secret)
    if ticket is not None and deployment_id not in {None, ticket.deployment_id}:
        raise errors.TicketInvalid
    if ticket is not None:
        request.embedded_ticket = ticket  # type: ignore[attr-defined]
        request.embedded_app = ticket.app  # type: ignore[attr-defined]


def _interstitial(request: HttpRequest, secret: str) -> HttpResponse:
    ticket: Ticket | None = getattr(request, "embedded_ticket", None)
    if ticket is None:
        raise errors.TicketInvalid
    context = {"shell": shell.of_app(ticket.app, ticket), "ticket": secret}
    return render(request, "portal/interstitial.html", context)


def _require_same_person(request: HttpRequest, previous: str) -> None:
    """Refuse, before the ticket is spent, one that speaks for somebody else."""
    ticket: Ticket | None = getattr(request, "embedded_ticket", None)
    if ticket is None:
        raise errors.TicketInvalid
    try:
        locator = uuid.UUID(previous)
    except ValueError:
        raise errors.Forbidden from None
    earlier = PortalSession.objects.filter(pk=locator).select_related("ticket").first()
    if earlier is None or any(
        getattr(ticket, claim) != getattr(earlier.ticket, claim) for claim in _CLAIMS
    ):
        raise errors.Forbidden
