"""Network addresses, in one spelling each."""

import ipaddress

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_LENGTH = 45  # an IPv6 address that ends in an IPv4 one


def parse(value: str) -> Address | None:
    """Read an IP address; None when it is none.

    A dual-stack socket writes IPv4 callers as ::ffff:192.0.2.1; that is the IPv4
    address. A zone (`%eth0`) may hold any text and means nothing outside one machine.
    """
    if len(value) > _MAX_LENGTH or "%" in value:
        return None
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
