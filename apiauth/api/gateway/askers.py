"""Who asks: a gateway key, or anybody where the operator said so."""

from django.conf import settings

from apiauth import credentials
from apiauth.api.gateway.messages import Request
from apiauth.errors import Unauthenticated
from apiauth.models import Scope

_NEEDED = (
    "A gateway key is needed: Authorization: Bearer <backend key with the "
    f"scope {Scope.KEYS_VERIFY}>."
)


def bearer(request: Request) -> str | None:
    """The gateway key that a request carries; None where nobody needs one.

    Only its form is judged here; whether it is good is found out together with the
    key under test. One that is sent must be good even where none is needed. Raises
    `Unauthenticated`.
    """
    offered = request.headers.get("authorization")
    if offered is None:
        return admitted(None)
    scheme, _, value = offered.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return admitted(value.strip())


def admitted(offered: str | None) -> str | None:
    """Let a gateway key pass by its form, and nobody's where that is allowed."""
    if offered is None:
        if settings.KEYPLATE_GATEWAY_ANONYMOUS:
            return None
        raise Unauthenticated(_NEEDED)
    if not credentials.looks_right(offered):
        raise Unauthenticated
    return offered
