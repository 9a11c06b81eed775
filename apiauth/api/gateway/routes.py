"""Which endpoint is at which address of the gateway."""

from collections.abc import Mapping

from apiauth.api.gateway import dialects
from apiauth.api.gateway.batch import Batch
from apiauth.api.gateway.check import Check
from apiauth.api.gateway.endpoints import Endpoint

EXACT: Mapping[str, Endpoint] = {
    "/v1/authz/check": Check(),
    "/v1/authz/check-batch": Batch(),
    "/gateway/forward-auth": dialects.ForwardAuth(),
    "/gateway/nginx": dialects.Nginx(),
}
# Addresses below which anything may follow; each ends in a slash.
BELOW: Mapping[str, Endpoint] = {dialects.ENVOY: dialects.Envoy()}


def find(path: str) -> Endpoint | None:
    """Find the endpoint at an address; None where there is none of the gateway's."""
    if (exact := EXACT.get(path)) is not None:
        return exact
    below = (e for prefix, e in BELOW.items() if path.startswith(prefix))
    return next(below, None)
