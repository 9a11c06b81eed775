"""`/api-auth/apps/{app_slug}/keys…` (wacht-contract sections 5, 12 and 13).

`app_slug` may also be the exact name of an app, as some hosts were told.
"""

from ninja import Query, Router, Schema
from pydantic import Field

from apiauth import applications, keys
from apiauth.api import inputs
from apiauth.api.backend import key_requests
from apiauth.api.outputs import Key, KeyWithSecret, Nothing
from apiauth.api.surface import REFUSALS
from apiauth.errors import KeyRevoked, NotFound
from apiauth.http import guards
from apiauth.models import Key as KeyRow
from apiauth.models import Scope

# What JavaScript makes of an object in an address: some guides pass one object where
# the published client takes the app and the key, and then no id is sent at all.
_OBJECT = "[object Object]"
router = Router(tags=["Keys"], auth=guards.BackendKeyAuth(Scope.KEYS_MANAGE))


class KeyList(Schema):
    """Keys of an app, newest first."""

    keys: list[Key]
    has_more: bool = Field(description="Only ever true where `limit` was given.")
    next_cursor: str | None


@router.get(
    "/{app_slug}/keys", response={200: KeyList, **REFUSALS}, summary="List keys"
)
def index(
    request: guards.HostRequest, app_slug: str, asked: Query[key_requests.KeyQuery]
) -> KeyList:
    """List an app's keys, newest first: the active ones, or those asked for.

    All of them at once; with `limit` in pages, each leading to the next by its
    `next_cursor`.
    """
    app = applications.find(request.backend_key, app_slug)
    page = keys.search(app, asked.search(app))
    return KeyList(
        keys=[Key.of(key) for key in page.keys],
        has_more=page.following is not None,
        next_cursor=key_requests.cursor_of(app, page.following),
    )


@router.post(
    "/{app_slug}/keys",
    response={200: KeyWithSecret, **REFUSALS},
    summary="Create a key",
)
def create(
    request: guards.HostRequest,
    app_slug: str,
    body: key_requests.NewKey,
    idempotency_key: inputs.IdempotencyKey,
) -> KeyWithSecret:
    """Create a key for somebody, and show its secret this once.

    It belongs to the narrowest of workspace, organization and person that is named;
    when none is, to whom the app is bound; else to the app itself. Repeated with the
    same `Idempotency-Key` in the same app it answers 409 `idempotency_replay`, which
    names the key in `details.key_id`.
    """
    app = applications.find(request.backend_key, app_slug)
    issued = keys.create(
        app=app,
        owner=body.owner(app),
        draft=body.draft(),
        token=idempotency_key,
        actor=request.actor,
        now=request.now,
    )
    return KeyWithSecret.from_issued(issued, keys.find(app, str(issued.key.pk)))


@router.get(
    "/{app_slug}/keys/{key_id}", response={200: Key, **REFUSALS}, summary="Get a key"
)
def show(request: guards.HostRequest, app_slug: str, key_id: str) -> Key:
    """Show one key, revoked or not; never its secret."""
    return Key.of(_find(request, app_slug, key_id))


@router.patch(
    "/{app_slug}/keys/{key_id}",
    response={200: Key, **REFUSALS},
    summary="Change a key",
)
def update(
    request: guards.HostRequest,
    app_slug: str,
    key_id: str,
    body: key_requests.KeyChanges,
) -> Key:
    """Change what a key is called, may do, carries, and until when.

    What is left out stays; the next check sees what changed.
    """
    key = _find(request, app_slug, key_id)
    keys.update(key=key, actor=request.actor, now=request.now, **body.sent())
    return Key.of(keys.find(key.app, key_id))


@router.post(
    "/{app_slug}/keys/{key_id}/rotate",
    response={200: KeyWithSecret, **REFUSALS},
    summary="Rotate a key",
)
def rotate(
    request: guards.HostRequest,
    app_slug: str,
    key_id: str,
    idempotency_key: inputs.IdempotencyKey,
    body: key_requests.Rotation | None = None,
) -> KeyWithSecret:
    """Give a key a new secret, and show it this once. The key's id stays.

    The old secret ends now, or after `overlap_seconds`. The body may be left out.
    Repeated with the same `Idempotency-Key` in the same app it answers 409
    `idempotency_replay`. A revoked key is answered as one that does not exist.
    """
    key = _find(request, app_slug, key_id)
    wish = inputs.unless_absent(request, body, key_requests.Rotation)
    return rotated(request, key, wish, token=idempotency_key)


@router.post(
    "/{app_slug}/keys/{key_id}/revoke",
    response={200: Nothing, **REFUSALS},
    summary="Revoke a key",
)
def revoke(
    request: guards.HostRequest,
    app_slug: str,
    key_id: str,
    body: key_requests.Revocation | None = None,
) -> Nothing:
    """Revoke a key for good: every check that starts afterwards refuses it.

    The body may be left out. A key that is revoked already is answered as one that
    does not exist.
    """
    key = _find(request, app_slug, key_id)
    wish = inputs.unless_absent(request, body, key_requests.Revocation)
    return revoked(request, key, wish)


def rotated(
    request: guards.HostRequest,
    key: KeyRow,
    wish: key_requests.Rotation,
    *,
    token: str,
) -> KeyWithSecret:
    """Rotate a key that was found. Raises `NotFound` for a revoked one."""
    try:
        issued = keys.rotate(
            key=key,
            overlap_seconds=wish.overlap_seconds or 0,
            expires_at=wish.expiry(),
            token=token,
            actor=request.actor,
            now=request.now,
        )
    except KeyRevoked:
        # As existing clients expect it; elsewhere it is a conflict.
        raise NotFound(keys.ABSENT) from None
    return KeyWithSecret.from_issued(issued, keys.find(key.app, str(key.pk)))


def revoked(
    request: guards.HostRequest, key: KeyRow, wish: key_requests.Revocation
) -> Nothing:
    """Revoke a key that was found. Raises `NotFound` for a revoked one."""
    done = keys.revoke(
        key=key, reason=wish.reason or "", actor=request.actor, now=request.now
    )
    if done.already:
        raise NotFound(keys.ABSENT)
    return Nothing()


def _find(request: guards.HostRequest, app_slug: str, key_id: str) -> KeyRow:
    if app_slug == key_id == _OBJECT:
        raise NotFound(
            f"This address has {_OBJECT} where app and key should be. "
            "Pass the app's slug and the key's id as two arguments."
        )
    return keys.find(applications.find(request.backend_key, app_slug), key_id)
