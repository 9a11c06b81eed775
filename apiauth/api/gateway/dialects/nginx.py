"""nginx: `auth_request`, which knows 2xx, 401 and 403, and reads no body.

Everything else is 500 to it. What it needs to say more to its client is in
`X-Auth-Code`, `X-Auth-Error` and `Retry-After`; examples/gateway_nginx does.
"""

from apiauth.api.gateway.dialects import asking, originals
from apiauth.api.gateway.dialects.answering import (
    FORBIDDEN,
    OK,
    UNAUTHORIZED,
    UNAVAILABLE,
)
from apiauth.api.gateway.dialects.originals import Original
from apiauth.api.gateway.dialects.proxies import Dialect
from apiauth.api.gateway.messages import Request

_UNDERSTOOD = frozenset([OK, UNAUTHORIZED, FORBIDDEN, UNAVAILABLE])


class Nginx(Dialect):
    """`/gateway/nginx`, told of the request by two headers that nginx sets."""

    def original(self, request: Request) -> Original:
        return originals.read(
            asking.forwarded(request, "X-Original-Method"),
            asking.forwarded(request, "X-Original-URI"),
        )

    def status(self, status: int) -> int:
        return status if status in _UNDERSTOOD else FORBIDDEN
