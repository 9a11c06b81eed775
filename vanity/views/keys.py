"""The keys list and one key: looking, and renaming in place."""

import uuid
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from apiauth import errors, keys
from apiauth.actors import Channel
from apiauth.http import requests
from apiauth.http.guards import PortalRequest
from apiauth.models import Capability, Key, KeySecret
from vanity import addresses, forms, fragments, gates, grants, listing, statuses
from vanity.filters import Filters

_DOORS = {
    Channel.ADMIN: "by an operator",
    Channel.API: "through the API",
    Channel.COMMAND: "by an operator",
    Channel.PORTAL: "on this page",
    Channel.SYSTEM: "automatically",
}
_TOLD = {statuses.Kind.REVOKED, statuses.Kind.EXPIRED, statuses.Kind.UNCONFIRMED}
# The database's clock ends secrets; what it has just ended counts as ended here.
_CLOCKS_APART = timedelta(seconds=1)


@require_safe
@gates.portal_page(Capability.KEYS_READ)
def index(request: PortalRequest) -> HttpResponse:
    return list_page(request)


@require_safe
@gates.portal_page(Capability.KEYS_READ)
def detail(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    return key_page(request, find(request, key_id))


@require_POST
@gates.portal_page(Capability.KEYS_UPDATE)
def rename(request: PortalRequest, key_id: uuid.UUID) -> HttpResponse:
    """Give a key another name or description, on its own page."""
    key = find(request, key_id)
    form = forms.RenameKey(request.POST)
    if not form.is_valid():
        return key_page(request, key, form=form, status=422)
    try:
        keys.rename(key=key, **form.cleaned_data, actor=request.actor, now=request.now)
    except (errors.Invalid, errors.Conflict) as refusal:
        form.refuse(refusal)
        return key_page(request, key, form=form, status=422)
    return key_page(
        request, find(request, key_id), happened="key.updated", announcement="Saved."
    )


def find(request: PortalRequest, key_id: uuid.UUID) -> Key:
    """Fetch a key with its secrets and use. Raises `NotFound` for foreign ones."""
    visible = Key.objects.visible_to(request.portal.session).with_secrets()
    key = visible.select_related("app").filter(pk=key_id).first()
    if key is None:
        raise errors.NotFound
    return key


def list_page(
    request: PortalRequest,
    *,
    fresh: Key | None = None,
    happened: str = "",
    announcement: str = "",
) -> HttpResponse:
    """Show the keys, or only the list inside the page when its filters ask for it.

    `fresh` is the key to which something has just happened.
    """
    session = request.portal.session
    filters = Filters.read({} if fresh else request.GET.dict())
    try:
        found = listing.read(
            session, filters, fresh=fresh.pk if fresh else None, now=request.now
        )
    except DatabaseError:
        found = listing.Listing(filters=filters, is_broken=True)
    links = addresses.of_session(session)
    context = {
        **links,
        "listing": found,
        "here_url": links["home_url"] + found.filters.query(),
        "fresh": fresh,
        "happened": happened,
        "announcement": announcement,
        "reference": requests.request_id(request),
    }
    part = "list" if request.headers.get("HX-Target") == "key-list" else "main"
    status = 503 if found.is_broken else 200
    response = fragments.page(request, "portal/keys.html", part, context, status)
    patch_vary_headers(response, ["HX-Target"])
    return response


def key_page(
    request: PortalRequest,
    key: Key,
    *,
    form: forms.RenameKey | None = None,
    happened: str = "",
    announcement: str = "",
    warning: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show one key with everything there is to know about it."""
    session = request.portal.session
    current, *older = key.versions
    previous = older[0] if older else None
    now = timezone.now() + _CLOCKS_APART
    old_ends_at = _end_of(previous, key) if previous else None
    state = statuses.of(key, now=now, old_secret_ends_at=old_ends_at)
    links = addresses.of_session(session) | addresses.of_key(session, key)
    if "rename_url" in links and form is None:
        form = forms.RenameKey({"name": key.name, "description": key.description})
    context = {
        **links,
        "key": key,
        "status": state,
        "reason": statuses.reason_of(key),
        "state": f"S5.{state.kind}" if state.kind in _TOLD else "S5.ok",
        "current": current,
        "previous": previous,
        "previous_ends_at": old_ends_at,
        "previous_lives": old_ends_at is not None and old_ends_at > now,
        "grants": grants.described(session.app, key.permissions),
        "owner": owner_of(request, key),
        "via": _DOORS.get(Channel(key.created_via), ""),
        "rename_form": form if "rename_url" in links else None,
        "happened": happened,
        "announcement": announcement,
        "warning": warning,
    }
    return fragments.page(request, "portal/key.html", "main", context, status)


def _end_of(old: KeySecret, key: Key) -> datetime | None:
    """When an old secret stops: it never outlives its key."""
    ends = (old.ends_at, key.revoked_at, key.expires_at)
    return min((end for end in ends if end is not None), default=None)


def owner_of(request: PortalRequest, key: Key | None = None) -> str:
    """Name whose key it is, as the host's page would."""
    claims = request.portal.session.ticket
    names = {
        "organization": claims.organization_label or claims.organization_id,
        "user": claims.user_label or claims.user_id,
        "workspace": claims.workspace_id,
    }
    if key is not None and key.owner_kind != claims.owner_kind:
        return key.owner_id
    return names.get(claims.owner_kind, "") or ""
