"""The gateway as proxies ask it: in their own words, and with answers they act on.

Each dialect is an endpoint of the gateway (`apiauth/api/gateway/endpoints.py`); below
`ENVOY` the rest of an address is the customer's own.
"""

from apiauth.api.gateway.dialects.asking import NotForwarded, UntrustedProxy
from apiauth.api.gateway.dialects.envoy import PREFIX as ENVOY
from apiauth.api.gateway.dialects.envoy import Envoy
from apiauth.api.gateway.dialects.forward_auth import ForwardAuth
from apiauth.api.gateway.dialects.nginx import Nginx

__all__ = [
    "ENVOY",
    "Envoy",
    "ForwardAuth",
    "Nginx",
    "NotForwarded",
    "UntrustedProxy",
]
