"""Finding apps, within what a backend key may reach."""

from dataclasses import dataclass

from django.db import models

from apiauth import text
from apiauth.applications import rows
from apiauth.errors import Conflict
from apiauth.models import ApiAuthApp, BackendKey
from apiauth.models.applications import ApiAuthAppQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the apps that there are; `limit` is all of them when nobody set one."""

    apps: list[ApiAuthApp]
    total: int
    limit: int
    offset: int

    @property
    def has_more(self) -> bool:
        return self.offset + len(self.apps) < self.total


def find(backend_key: BackendKey, name: str) -> ApiAuthApp:
    """Find an app that a backend key may act on, by its slug, else by its exact name.

    Comes with its deployment and its rate-limit scheme. Raises `NotFound` for absent,
    deleted, foreign and unreachable ones alike, and `Conflict` for a name that several
    apps have: which one is meant is not ours to guess.
    """
    # What cannot be stored is not looked for: PostgreSQL chokes on some of it.
    if not text.is_clean(name, max_length=text.NAME):
        raise rows.absent()
    apps = _reachable(backend_key)
    by_slug = apps.filter(app_slug=name).first()
    if by_slug is not None:
        return by_slug
    by_name = list(apps.filter(name=name)[:2])
    if not by_name:
        raise rows.absent()
    if len(by_name) > 1:
        raise Conflict("Several apps have this name. Use the slug.", field="app_slug")
    return by_name[0]


def page(
    backend_key: BackendKey,
    *,
    limit: int | None = None,
    offset: int = 0,
    search: str = "",
    include_inactive: bool = False,
) -> Page:
    """List the apps that a backend key may act on, newest first.

    Without `limit` it is all of them; `search` is an exact slug. Raises `Invalid` for
    a search that no text could match.
    """
    apps = _reachable(backend_key)
    if not include_inactive:
        apps = apps.filter(is_active=True)
    slug = text.clean(search, field="search", max_length=text.NAME, required=False)
    if slug:
        apps = apps.filter(app_slug=slug)
    total = apps.count()
    # Beyond the last one there is nothing, and databases count only so far.
    start = min(offset, total)
    shown = apps.order_by("-created_at", "-id")
    return Page(
        apps=list(shown[start : None if limit is None else start + limit]),
        total=total,
        limit=total if limit is None else limit,
        offset=offset,
    )


def _reachable(backend_key: BackendKey) -> ApiAuthAppQuerySet:
    apps = ApiAuthApp.objects.select_related("deployment", "rate_limit_scheme")
    whole = apps.fetch_mode(models.FETCH_RAISE)
    return whole.present().reachable_by(backend_key)
