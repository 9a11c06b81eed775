"""Lists of networks from which something may be used; pure values.

An entry is an address or a network in the form of RFC 4632 and RFC 4291, such as
`192.0.2.7`, `10.0.0.0/8` or `2001:db8::/32`. IPv4 inside of IPv6 (`::ffff:10.0.0.0/104`)
is the IPv4 network, as `addresses` reads such an address.
"""

import functools
import ipaddress
from collections.abc import Iterable

from apiauth import addresses, text
from apiauth.errors import Invalid

MAX_NETWORKS = 100
_MAX_LENGTH = 49  # the longest address with its length of three digits
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def clean(values: object, *, field: str = "networks") -> list[str]:
    """Bring a list of networks into one spelling each, without doubles, in order.

    Raises `Invalid` naming the field, with the entry that is wrong in its sentence.
    """
    if not isinstance(values, list | tuple):
        raise Invalid("Networks must be a list, such as 10.0.0.0/8.", field=field)
    if len(values) > MAX_NETWORKS:
        raise Invalid(f"At most {MAX_NETWORKS} networks.", field=field)
    return list(dict.fromkeys(str(_judged(value, field)) for value in values))


def covers(networks: Iterable[str], address: str) -> bool:
    """Tell whether an address is in one of the networks, as `clean` spelled them.

    No network covers what is no address.
    """
    parsed = addresses.parse(address)
    return parsed is not None and any(parsed in read(one) for one in networks)


@functools.lru_cache(maxsize=4096)
def read(network: str) -> Network:
    """Read one network. Raises `ValueError` when it is none."""
    if len(network) > _MAX_LENGTH or "%" in network:
        raise ValueError
    parsed = ipaddress.ip_network(network)
    if isinstance(parsed, ipaddress.IPv6Network) and parsed.subnet_of(_MAPPED):
        inner = parsed.network_address.ipv4_mapped
        return ipaddress.ip_network((str(inner), parsed.prefixlen - _MAPPED.prefixlen))
    return parsed


def _judged(value: object, field: str) -> Network:
    if not isinstance(value, str):
        raise Invalid("A network is text, such as 10.0.0.0/8.", field=field)
    entry, shown = value.strip(), text.shorten(value, 60)
    try:
        return read(entry)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise Invalid(
            f"“{shown}” is no network. Write it as 10.0.0.0/8, 192.0.2.7 or "
            "2001:db8::/32.",
            field=field,
        ) from None
    # Whoever wrote it may have meant the one address just as well.
    raise Invalid(
        f"“{shown}” is an address inside of a network. Write {meant} for the whole of "
        "it, or the address alone.",
        field=field,
    )
