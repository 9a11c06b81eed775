"""The endpoint that hands the browser a ticket. The rules run first, always."""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from northwind import access, keyplate
from northwind.directory import Person

log = logging.getLogger("northwind.tickets")

DESK = keyplate.Desk(
    url=settings.KEYPLATE_URL,
    key=settings.KEYPLATE_BACKEND_KEY,
    app_slug=settings.KEYPLATE_APP_SLUG,
)
TICKET_LIFETIME = 120


@never_cache
@require_POST
def issue(request: HttpRequest, tenant: str) -> JsonResponse:
    """Give a ticket to a signed-in member who may use the desk of this company.

    Django's CSRF middleware has already refused foreign pages.
    """
    try:
        person = access.member(request, tenant)
        capabilities = access.desk_capabilities(person)
        answer = _ask(person, capabilities, request.session["signed_in_at"])
    except Http404:
        log.warning("ticket denied: %s is not a tenant of this person", tenant)
        return _no(404, "not_found", "There is no such company.")
    except access.Refused as refusal:
        log.warning("ticket denied: %s (%s)", tenant, refusal.code)
        return _no(refusal.status, refusal.code, refusal.message)
    except keyplate.TicketRefused as refusal:
        # What Keyplate says is for whoever runs this, not for the visitor.
        code = refusal.code
        log.warning("ticket refused by Keyplate: %s (%s): %s", tenant, code, refusal)
        return _no(502, refusal.code, "The key desk did not accept this request.")
    except keyplate.Unavailable as error:
        log.warning("Keyplate gave no ticket for %s: %s", tenant, error)
        return _no(503, "unavailable", "The key desk does not answer. Try again.")
    log.info("ticket issued: %s for %s", tenant, person.id)
    return JsonResponse(answer)


def _ask(
    person: Person, capabilities: tuple[str, ...], signed_in_at: int
) -> dict[str, object]:
    """Ask Keyplate for a ticket that can do no more than this person may."""
    page = reverse("api-keys", args=[person.tenant.slug])
    return keyplate.ticket(
        DESK,
        expires_in=TICKET_LIFETIME,
        user_id=person.id,
        user_label=person.name,
        organization_id=person.tenant.id,
        organization_label=person.tenant.name,
        capabilities=list(capabilities),
        embed_origin=settings.ORIGIN,
        return_url=f"{settings.ORIGIN}{page}",
        auth_time=signed_in_at,
    )


def _no(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"message": message, "code": code}, status=status)
