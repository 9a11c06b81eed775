"""Ending a key for good, with a reason."""

import uuid
from datetime import timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from apiauth import errors, keys
from apiauth.http.guards import PortalRequest
from apiauth.models import Capability, Decision, Key
from vanity import addresses, forms, fragments, gates
from vanity.views.keys import find, key_page, list_page

# Counting stops here; nobody decides otherwise for one more.
_MANY_CALLS = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@gates.portal_page(Capability.KEYS_REVOKE)
def revoke(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """Ask for a reason, and for the name of a key that is in use; then revoke it."""
    key = find(request, key_id)
    if key.revoked_at is not None:
        return _already(request, key)
    calls = _calls(request, key)
    sent = request.POST if request.method == "POST" else None
    form = forms.RevokeKey(sent, key=key, is_busy=calls > 0)
    if sent is None or not form.is_valid():
        return _page(request, key, form, calls)
    form.cleaned_data.pop("typed_name", None)
    try:
        keys.revoke(key=key, **form.cleaned_data, actor=request.actor, now=request.now)
    except errors.Invalid as refusal:
        form.refuse(refusal)
        return _page(request, key, form, calls)
    return list_page(
        request, fresh=key, happened="key.revoked", announcement="Revoked for good:"
    )


def _already(request: PortalRequest, key: Key) -> HttpResponse:
    """What was wanted is the case, whoever did it: a success, with the facts."""
    return key_page(request, key, announcement="This key is revoked already.")


def _calls(request: PortalRequest, key: Key) -> int:
    """Count the accepted calls of the last 24 hours."""
    recent = Decision.objects.filter(
        deployment_id=key.deployment_id,
        key_id=key.pk,
        allowed=True,
        decided_at__gt=request.now - timedelta(hours=24),
    )
    return recent[:_MANY_CALLS].count()


def _page(
    request: PortalRequest, key: Key, form: forms.RevokeKey, calls: int
) -> HttpResponse:
    session = request.portal.session
    usual = "S8.confirm-busy" if calls else "S8.confirm"
    context = {
        **addresses.of_session(session),
        **addresses.of_key(session, key),
        "key": key,
        "form": form,
        "calls": calls,
        "is_many": calls >= _MANY_CALLS,
        "current": key.versions[0],
        "state": usual,
    }
    status = 422 if form.errors else 200
    return fragments.page(request, "portal/revoke.html", "main", context, status)
