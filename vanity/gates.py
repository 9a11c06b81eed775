"""What is shown instead of a screen, and who is shown it.

One place maps what went wrong to what people see, so that an outage never reads as
"access required" and a refusal never as "no keys".
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from apiauth import errors
from apiauth.http import guards, origin, transports
from apiauth.models import ApiAuthApp, Capability, PortalSession, Ticket
from vanity import fragments, framing, shell
from vanity.refusals import (
    ABSENT,
    DENIED,
    G1,
    G2,
    G3,
    G5,
    G7,
    G8,
    NOWHERE,
    UNCLEAR,
    Gate,
)

type View = Callable[..., HttpResponse]

_log = logging.getLogger("keyplate.portal")


# The first class that fits; the order goes from the special to the general.
_GATES: tuple[tuple[type[Exception], Gate], ...] = (
    (errors.SessionEnded, G2),
    (errors.SessionRequired, G1),
    (errors.TicketInvalid, G3),
    (errors.AppInactive, G5),
    (errors.TenantSuspended, G5),
    (errors.NotFound, ABSENT),
    (Http404, ABSENT),
    (errors.Forbidden, DENIED),
    (errors.ApiAuthError, UNCLEAR),
    (SuspiciousOperation, UNCLEAR),
    (BadRequest, UNCLEAR),
    (MultiPartParserError, UNCLEAR),
    (UnreadablePostError, UNCLEAR),
)


def portal_page(capability: Capability | None = None) -> Callable[[View], View]:
    """Guard a view of a session and give its answers frame, headers and gates.

    The view is called with `request.portal` set and the locator of exactly that
    session; whatever it raises becomes a page (or, for htmx, a sentence).
    """

    def decorate(view: View) -> View:
        guarded = guards.portal_session(capability)(view)

        @answering
        @wraps(guarded)
        def answer(
            request: HttpRequest, locator: uuid.UUID, **ids: uuid.UUID
        ) -> HttpResponse:
            request.gate_locator = locator  # type: ignore[attr-defined]
            # Guards are written for every kind of response; these views give pages.
            return cast("HttpResponse", guarded(request, locator=locator, **ids))

        return answer

    return decorate


def answering(view: View) -> View:
    """Turn all that a portal view raises into an answer, and dress each answer.

    The last resort for what nobody foresaw: logged, then G7, because anything else
    would blame the reader.
    """

    @csrf_exempt  # no cookie authorises anything here (security.md, D1)
    @login_not_required  # guards open these pages, not Django's login
    @wraps(view)
    def answer(request: HttpRequest, **ids: uuid.UUID) -> HttpResponse:
        if request.method == "HEAD":
            # Resuming makes a new token; previews and probes change nothing.
            return framing.dress(HttpResponse(), None)
        try:
            response = view(request, **ids)
        except Exception as trouble:  # noqa: BLE001 - the last resort, it logs
            return _explain(request, trouble)
        _set_clock(request, response)
        return framing.dress(response, _app_of(request))

    return answer


def _set_clock(request: HttpRequest, response: HttpResponse) -> None:
    """Tell the page's script how long its session lasts from this request on."""
    portal: guards.Portal | None = getattr(request, "portal", None)
    if portal is not None:
        times = shell.times(portal)
        clock = f"{times['seconds_left']} {times['idle_seconds']}"
        response.headers["X-Portal-Clock"] = clock


def show(request: HttpRequest, gate: Gate, *, code: str = "") -> HttpResponse:
    """Answer with a gate in the form the asker reads: JSON, fragment or page."""
    app = _app_of(request)
    if _wants_json(request):
        response: HttpResponse = JsonResponse(
            {"message": gate.sentence, "code": code or gate.state.lower()},
            status=gate.status,
        )
    else:
        part = "#problem" if fragments.is_fragment(request) else ""
        context = {
            "gate": gate,
            "code": code,
            "reference": request.META.get("KEYPLATE_REQUEST_ID", ""),
            "shell": _around(request, gate),
            "home": _home_of(request),
        }
        response = render(
            request, f"portal/gate.html{part}", context, status=gate.status
        )
    return framing.dress(response, app, anywhere=gate is G7 and app is None)


def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer for an address of the portal that leads to nothing."""
    return show(request, NOWHERE, code="not_found")


def _explain(request: HttpRequest, trouble: Exception) -> HttpResponse:
    gate = next((gate for kind, gate in _GATES if isinstance(trouble, kind)), None)
    try:
        if gate is not None:
            _remember_app(request)
    except DatabaseError as outage:
        # The refusal needed the database as well, to know whose frame this is.
        gate, trouble = None, outage
    if gate is None:
        _log.error("portal_failed", exc_info=trouble, extra={"path": request.path})
        return show(request, G7)
    if gate is G1 and _is_page_load(request):
        gate = _instead_of_g1(request)
    return show(request, gate, code=getattr(trouble, "code", ""))


def _instead_of_g1(request: HttpRequest) -> Gate:
    """Choose the gate of a session's page whose reader could not be recognised.

    With a binder it is another browser's or another tenant's page, or one that is long
    over: all must look as if they did not exist. Without any cookie the script asks the
    host; where no host can answer, the reader is told why.
    """
    if transports.binder(request) is not None:
        return NOWHERE
    exact = [o for o in framing.ancestors(_app_of(request)) if "*" not in o]
    return G1 if request.COOKIES or exact or _app_of(request) is None else G8


def _is_page_load(request: HttpRequest) -> bool:
    """Tell whether a browser, not a script with its token, asks for a session's page."""
    return (
        request.method == "GET"
        and hasattr(request, "gate_locator")
        and transports.document_token(request) is None
    )


def _remember_app(request: HttpRequest) -> None:
    """Find out whose frame a refused page sits in, from its address alone."""
    if not _is_page_load(request) or _app_of(request) is not None:
        return
    locator = request.gate_locator  # type: ignore[attr-defined]
    session = (
        PortalSession.objects.filter(pk=locator)
        .select_related("app__deployment", "ticket")
        .first()
    )
    if session is not None:
        request.embedded_app = session.app  # type: ignore[attr-defined]
        request.embedded_ticket = session.ticket  # type: ignore[attr-defined]


def _app_of(request: HttpRequest) -> ApiAuthApp | None:
    portal = getattr(request, "portal", None)
    if portal is not None:
        app: ApiAuthApp = portal.session.app
        return app
    return getattr(request, "embedded_app", None)


def _around(request: HttpRequest, gate: Gate) -> shell.Shell:
    # What does not exist for the reader has no product, tenant or origin either.
    is_nobodys = gate in {ABSENT, NOWHERE} and not hasattr(request, "portal")
    ticket: Ticket | None = getattr(request, "embedded_ticket", None)
    around = shell.of_app(None if is_nobodys else _app_of(request), ticket)
    return replace(around, is_framed=origin.is_framed_load(request))


def _home_of(request: HttpRequest) -> str:
    portal = getattr(request, "portal", None)
    return "" if portal is None else shell.home(portal.session)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
