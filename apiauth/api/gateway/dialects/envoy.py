"""Envoy's `ext_authz` over HTTP: the request itself comes, under a prefix.

Only 200 lets it pass. Which headers go on to the API and which to the client is for
Envoy's configuration to say; what has no value is removed by name.
"""

from collections.abc import Mapping
from urllib.parse import quote

from apiauth.api.gateway.dialects import answering, asking, originals
from apiauth.api.gateway.dialects.asking import NotForwarded
from apiauth.api.gateway.dialects.originals import Original
from apiauth.api.gateway.dialects.proxies import Dialect
from apiauth.api.gateway.messages import Request

PREFIX = "/gateway/envoy/"
_ON_A_WIRE = "%/:@!$&'()*+,;=\\"
_REMOVED = "x-envoy-auth-headers-to-remove"


class Envoy(Dialect):
    """`/gateway/envoy/…`: the rest of the address, and the query, are the customer's."""

    def original(self, request: Request) -> Original:
        if not request.path.startswith(PREFIX):
            raise NotForwarded(f"The proxy must ask below {PREFIX}.")
        # Some servers decode a path before we see it.
        path = quote(request.path[len(PREFIX) - 1 :], safe=_ON_A_WIRE)
        query = f"?{request.query}" if request.query else ""
        return originals.read(request.method, path + query)

    def required(self, request: Request) -> list[str]:
        return asking.required_by_header(request)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        empty = [name for name in answering.IDENTITY if not headers[name]]
        return {**headers, _REMOVED: ",".join(empty)}
