"""The one-time secret: written into one answer, confirmed, gone."""

import uuid

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from apiauth import errors, keys
from apiauth.http.guards import PortalRequest
from apiauth.models import Capability
from vanity import addresses, forms, fragments, gates, snippets
from vanity.views.keys import find, key_page, list_page


def shown(
    request: PortalRequest, issued: keys.Issued, *, happened: str
) -> HttpResponse:
    """Show a secret; the only place that hands one to a template.

    The declared exception to redirect-after-POST: a redirect would have to keep the
    secret somewhere.
    """
    session = request.portal.session
    deployment = session.deployment
    is_rotated = happened == "key.rotated"
    context = {
        **addresses.of_session(session),
        **addresses.of_key(session, issued.key),
        "key": issued.key,
        "secret": issued.secret,
        "version": issued.version,
        "old_secret_ends_at": issued.old_ends_at,
        "state": "S4.rotated" if is_rotated else "S4.shown",
        "title": "Secret rotated" if is_rotated else "Key created",
        "happened": happened,
        "samples": snippets.samples(
            api_base_url=deployment.api_base_url, product=deployment.product_name
        ),
    }
    return fragments.page(request, "portal/secret.html", "main", context)


def lost(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """Say that a request was carried out before, and how to get on."""
    session, key = request.portal.session, find(request, key_id)
    context = {
        **addresses.of_session(session),
        **addresses.of_key(session, key),
        "key": key,
        "state": "S4.lost",
    }
    return fragments.page(request, "portal/lost.html", "main", context)


@require_POST
@gates.portal_page(Capability.KEYS_READ)
def acknowledge(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """Note that the secret that was shown is stored, and go back to the list.

    When it is no longer the newest one, or the key is revoked, the key's page says so.
    """
    if not addresses.may_hold(request.portal.session):
        raise errors.Forbidden
    key = find(request, key_id)
    form = forms.StoredKey(request.POST)
    if not form.is_valid():
        raise errors.Invalid
    try:
        keys.acknowledge(
            key=key, **form.cleaned_data, actor=request.actor, now=request.now
        )
    except errors.Conflict as refusal:
        changed = find(request, key_id)
        return key_page(request, changed, warning=refusal.message, status=422)
    return list_page(request, fresh=key, announcement="Stored and ready to use:")


@require_POST
@gates.portal_page(Capability.KEYS_ROTATE)
def end_old_secret(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """End the secret before the current one, from the key's page or beside the new."""
    key = find(request, key_id)
    keys.end_old_secret(key=key, actor=request.actor, now=request.now)
    if request.headers.get("HX-Target") == "old-secret":
        response = fragments.page(request, "portal/secret.html", "ended", {})
        patch_vary_headers(response, ["HX-Target"])
        return response
    return key_page(
        request,
        find(request, key_id),
        happened="key.updated",
        announcement="The old secret has ended. Only the current one works.",
    )
