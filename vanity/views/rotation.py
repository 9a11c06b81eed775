"""A new secret for the same key."""

import uuid

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from apiauth import errors, keys
from apiauth.http.guards import PortalRequest
from apiauth.models import Capability, Key
from vanity import addresses, forms, fragments, gates
from vanity.views import secret
from vanity.views.keys import find


@require_http_methods(["GET", "HEAD", "POST"])
@gates.portal_page(Capability.KEYS_ROTATE)
def rotate(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """Ask how long the old secret stays; issue a new one; show it in this answer."""
    key = find(request, key_id)
    form = _form(request, key)
    if request.method != "POST" or not form.is_valid():
        return _page(request, key, form)
    try:
        issued = keys.rotate(
            key=key,
            overlap_seconds=form.overlap_seconds,
            expires_at=form.new_expiry,
            version=form.cleaned_data["version"],
            token=form.token,
            actor=request.actor,
            now=request.now,
        )
    except errors.AlreadyDone as done:
        return secret.lost(request, done.made_id)
    except (errors.Invalid, errors.Conflict) as refusal:
        form.refuse(refusal)
        return _page(request, find(request, key_id), form)
    return secret.shown(request, issued, happened="key.rotated")


def _form(request: PortalRequest, key: Key) -> forms.RotateKey:
    return forms.RotateKey(
        request.POST if request.method == "POST" else None,
        key=key,
        session=request.portal.session,
        at_once=request.GET.get("grace") == "0",
        now=request.now,
    )


def _page(request: PortalRequest, key: Key, form: forms.RotateKey) -> HttpResponse:
    session = request.portal.session
    links = addresses.of_session(session) | addresses.of_key(session, key)
    older = [s for s in key.versions if s.ends_at and s.ends_at > request.now]
    context = {
        **links,
        "key": key,
        "form": form,
        "current": key.versions[0],
        "pending_ends_at": older[0].ends_at if older else None,
        "state": _state(key, form),
    }
    status = 422 if form.errors else 200
    return fragments.page(request, "portal/rotate.html", "main", context, status)


def _state(key: Key, form: forms.RotateKey) -> str:
    if key.revoked_at is not None:
        return "S7.revoked"
    if key.disabled_at is not None:
        return "S7.paused"
    if form.is_renewal:
        return "S7.expired"
    return "S7.invalid" if form.errors else "S7.confirm"
