"""What a proxy says beside the request itself: who it is, and what a key must allow."""

from urllib.parse import parse_qsl

from apiauth.api.gateway import askers
from apiauth.api.gateway.messages import Request
from apiauth.errors import Forbidden, Invalid

# Authorization is the customer's, so the proxy's own key has a header of its own.
GATEWAY_KEY = "x-keyplate-gateway-key"
REQUIRE_HEADER = "x-keyplate-require"
_REQUIRE = "require"


class UntrustedProxy(Forbidden):
    """Only from proxies that an operator named does it count what they forward."""

    code = "untrusted_proxy"
    sentence = (
        "Only a proxy may ask here, and this one is not known: name its address in "
        "KEYPLATE_TRUSTED_PROXIES."
    )


class NotForwarded(Forbidden):
    """The proxy does not say which request it holds back."""

    code = "not_forwarded"
    sentence = "The proxy must forward the method and the address of the request."


def require_trust(request: Request) -> None:
    """Raise `UntrustedProxy` for a peer that no operator named."""
    if not request.is_from_trusted_proxy:
        raise UntrustedProxy


def forwarded(request: Request, name: str) -> str:
    """Read what the proxy forwards in this header; raises `NotForwarded`."""
    # Other blanks may be bytes of a letter.
    value = request.headers.get(name.lower(), "").strip(" \t")
    if not value:
        raise NotForwarded(f"The proxy must forward the request's own: {name}.")
    return value


def gateway_key(request: Request) -> str | None:
    """The proxy's own key; None where an operator lets anyone ask.

    Only its form is judged here. Raises `Unauthenticated`, also without one where it
    is needed.
    """
    return askers.admitted(request.headers.get(GATEWAY_KEY))


def required_by_address(request: Request) -> list[str]:
    """What the address says that a key must allow: `?require=reports:read`.

    Raises `Invalid` for any other parameter: misspelt, it would require nothing.
    """
    wanted = []
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        if name != _REQUIRE:
            raise Invalid("The only parameter here is “require”.", field=_REQUIRE)
        wanted.append(value)
    return _spoken(wanted)


def required_by_header(request: Request) -> list[str]:
    """What the proxy's header says that a key must allow, as above."""
    header = request.headers.get(REQUIRE_HEADER)
    return _spoken([] if header is None else [header])


def _spoken(wanted: list[str]) -> list[str]:
    if not all(entry.strip() for entry in wanted):
        raise Invalid("A required permission is empty.", field=_REQUIRE)
    return wanted
