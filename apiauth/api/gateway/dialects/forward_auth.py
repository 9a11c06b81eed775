"""Traefik's ForwardAuth and Caddy's `forward_auth`, which ask in the same way.

2xx lets the request pass; any other answer is what their client gets.
"""

from apiauth.api.gateway.dialects import asking, originals
from apiauth.api.gateway.dialects.originals import Original
from apiauth.api.gateway.dialects.proxies import Dialect
from apiauth.api.gateway.messages import Request


class ForwardAuth(Dialect):
    """`/gateway/forward-auth`, told of the request by headers that the proxy sets."""

    def original(self, request: Request) -> Original:
        return originals.read(
            asking.forwarded(request, "X-Forwarded-Method"),
            asking.forwarded(request, "X-Forwarded-Uri"),
        )
