"""Finding keys, as far as an app or a backend key reaches."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from apiauth import externals
from apiauth.errors import Invalid, NotFound
from apiauth.models import ApiAuthApp, BackendKey, Key, masks
from apiauth.models.keys import KeyQuerySet

ABSENT = "There is no such key."
MAX_PAGE = 1000

# As existing clients count: an expired key is still active, a paused one is not.
type Status = Literal["active", "revoked", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The last key of a page, behind which the next one begins."""

    created_at: datetime
    id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which keys of an app, by owner's ids and status; unset means any.

    All of them at once, unless `limit` asks for pages.
    """

    status: Status = "active"
    user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    limit: int | None = None
    after: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some keys, newest first; `following` is where the next page begins, if any."""

    keys: list[Key] = field(repr=False)
    following: Position | None = None


def find(app: ApiAuthApp, key_id: str) -> Key:
    """Find a key of an app, with all that the API shows of it.

    Raises `NotFound` for absent, foreign and malformed ids alike.
    """
    return _one(Key.objects.of_app(app), key_id)


def find_reachable(backend_key: BackendKey, key_id: str) -> Key:
    """Find a key of any app that a backend key may act on; otherwise as `find`."""
    return _one(Key.objects.reachable_by(backend_key), key_id)


def search(app: ApiAuthApp, wanted: Search) -> Page:
    """List keys of an app, newest first, with all that the API shows of them.

    `app` needs its rate-limit scheme fetched. Raises `Invalid` naming the part of the
    search that cannot be.
    """
    if wanted.limit is not None and not 1 <= wanted.limit <= MAX_PAGE:
        raise Invalid(f"limit must be from 1 to {MAX_PAGE}.", field="limit")
    keys = _OF_STATUS[wanted.status](Key.objects.of_app(app))
    keys = keys.filter(**_ids(wanted)).newest_first()
    if wanted.after is not None:
        keys = keys.older_than(wanted.after.created_at, wanted.after.id)
    stop = None if wanted.limit is None else wanted.limit + 1
    found = list(keys.with_roles()[:stop])
    masks.fill(found)
    for key in found:
        # The same for all: joined, it would come along with every row.
        key.app = app
    return _page(found, wanted.limit)


def _one(keys: KeyQuerySet, key_id: str) -> Key:
    shown = keys.with_masks().with_roles().select_related("app__rate_limit_scheme")
    try:
        key = shown.get(pk=uuid.UUID(key_id))
    except (ValueError, Key.DoesNotExist):
        raise NotFound(ABSENT) from None
    # A UUID can be written in many ways; ours is one of them.
    if str(key.pk) != key_id.lower():
        raise NotFound(ABSENT)
    return key


def _ids(wanted: Search) -> Mapping[str, str]:
    ids = {
        "user_id": wanted.user_id,
        "organization_id": wanted.organization_id,
        "workspace_id": wanted.workspace_id,
    }
    cleaned = {name: externals.clean(value, field=name) for name, value in ids.items()}
    return {name: value for name, value in cleaned.items() if value is not None}


def _page(found: list[Key], limit: int | None) -> Page:
    if limit is None or len(found) <= limit:
        return Page(keys=found)
    last = found[limit - 1]
    following = Position(created_at=last.created_at, id=last.pk)
    return Page(keys=found[:limit], following=following)


_OF_STATUS: dict[Status, Callable[[KeyQuerySet], KeyQuerySet]] = {
    "active": KeyQuerySet.enabled,
    "revoked": KeyQuerySet.stopped,
    "all": KeyQuerySet.all,
}
