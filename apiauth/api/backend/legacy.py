"""`POST /api-auth/keys/rotate` and `/revoke` of older clients (wacht-contract 15)."""

from ninja import Router

from apiauth import keys
from apiauth.api import inputs
from apiauth.api.backend import key_requests
from apiauth.api.backend.keys import revoked, rotated
from apiauth.api.outputs import KeyWithSecret, Nothing
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import Scope

router = Router(tags=["Keys"], auth=guards.BackendKeyAuth(Scope.KEYS_MANAGE))


@router.post(
    "/rotate",
    response={200: KeyWithSecret, **REFUSALS},
    summary="Rotate a key by its id alone",
    deprecated=True,
)
def rotate(
    request: guards.HostRequest,
    body: key_requests.LegacyRotation,
    idempotency_key: inputs.IdempotencyKey,
) -> KeyWithSecret:
    """Rotate as `POST /api-auth/apps/{app_slug}/keys/{key_id}/rotate` does.

    For older clients, which name the key in the body, as `key_id` or `api_key_id`.
    """
    key = keys.find_reachable(request.backend_key, body.named())
    return rotated(request, key, body, token=idempotency_key)


@router.post(
    "/revoke",
    response={200: Nothing, **REFUSALS},
    summary="Revoke a key by its id alone",
    deprecated=True,
)
def revoke(request: guards.HostRequest, body: key_requests.LegacyRevocation) -> Nothing:
    """Revoke as `POST /api-auth/apps/{app_slug}/keys/{key_id}/revoke` does.

    For older clients, which name the key in the body, as `key_id` or `api_key_id`.
    """
    key = keys.find_reachable(request.backend_key, body.named())
    return revoked(request, key, body)
