"""Network addresses, in one spelling each."""

import functools
import ipaddress
from collections.abc import Sequence

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAX_LENGTH = 45  # an IPv6 address that ends in an IPv4 one


def parse(value: str) -> Address | None:
    """Read an IP address; None when it is none.

    A dual-stack socket writes IPv4 callers as ::ffff:192.0.2.1; that is the IPv4
    address. A zone (`%eth0`) may hold any text and means nothing outside one machine.
    """
    # What is too long for an address must not be remembered: anybody may send it.
    return _parsed(value) if len(value) <= _MAX_LENGTH else None


def spelled(value: str) -> str:
    """Write an address in its one spelling; empty when it is none."""
    return _spelled(value) if len(value) <= _MAX_LENGTH else ""


def is_within(value: str, networks: Sequence[Network]) -> bool:
    """Tell whether an address lies in one of the networks; no address lies in any."""
    address = parse(value)
    return address is not None and any(address in network for network in networks)


def caller(peer: str, forwarded: str, *, trusted: Sequence[Network]) -> str:
    """The nearest address that is no trusted proxy; empty when there is none.

    `forwarded` is a value of `X-Forwarded-For`. It counts from the right, and only as
    far as it was written by trusted proxies; everything left of that is hearsay.
    """
    if not is_within(peer, trusted):
        return spelled(peer)
    address, hops = parse(peer), forwarded.split(",")
    while address and hops and is_within(str(address), trusted):
        candidate = parse(hops.pop().strip())
        if candidate is None:
            break
        address = candidate
    return str(address) if address else ""


@functools.lru_cache(maxsize=4096)  # The same few ask again and again.
def _parsed(value: str) -> Address | None:
    if "%" in value:
        return None
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@functools.lru_cache(maxsize=4096)
def _spelled(value: str) -> str:
    return str(parse(value) or "")
