"""Guessing gets slow: failures are counted by their source, never by the credential.

Each process counts for itself, in memory: a source has `BURST` failures at hand and
gets one back every second. After that a stranger's failures are answered with 429 and
unknown secrets leave no more rows. A good key passes from wherever it comes.
"""

import time
from collections import OrderedDict

from msgspec import Struct

from apiauth import addresses
from apiauth.api.gateway.messages import Request
from apiauth.errors import TooManyFailures
from apiauth.gateway import Code, Verdict

BURST = 60
_MOST_SOURCES = 20_000
_FAILED = frozenset([Code.MALFORMED, Code.UNKNOWN])
# What is malformed is so without a look at the gateway key: with keys and customers of
# their own invention, anybody could make all other sources forgotten.
_FAILED_FOR_HOSTS = frozenset([Code.UNKNOWN])


class Source(Struct, frozen=True):
    """Where a question comes from; `is_stranger` without a gateway key."""

    place: object
    is_stranger: bool


class Failures:
    """Failures left to each source; forgets the sources that were quiet longest."""

    def __init__(self) -> None:
        # How many are left, as of when.
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def left(self, place: object) -> float:
        """How many more a source may have right now."""
        if not self._left:
            return BURST
        left, since = self._left.get(place, (BURST, 0.0))
        return min(BURST, left + time.monotonic() - since)

    def note(self, place: object) -> None:
        """Count one failure."""
        self._left[place] = (max(0.0, self.left(place) - 1), time.monotonic())
        self._left.move_to_end(place)
        if len(self._left) > _MOST_SOURCES:
            self._left.popitem(last=False)

    def forget(self) -> None:
        """Begin anew."""
        self._left.clear()


noted = Failures()


def source(request: Request, bearer: str | None, client_ip: str) -> Source:
    """Say where a question comes from.

    Of a stranger it is the address of the connection; a host with a gateway key says
    itself for whom it asks.
    """
    if bearer is None:
        return Source(_network(request.client_address), is_stranger=True)
    return Source((hash(bearer), _network(client_ip)), is_stranger=False)


def is_traced(source: Source) -> bool:
    """Whether an unknown secret from there leaves a row."""
    return noted.left(source.place) >= 1


def judge(verdict: Verdict, source: Source) -> None:
    """Count a verdict if it is a failure. Raises `TooManyFailures` to a stranger."""
    if verdict.code not in (_FAILED if source.is_stranger else _FAILED_FOR_HOSTS):
        return
    is_exhausted = source.is_stranger and not is_traced(source)
    noted.note(source.place)
    if is_exhausted:
        raise TooManyFailures


def _network(address: str) -> str:
    """An address in its one spelling; of IPv6 the /64 that one household has."""
    spelling = addresses.spelled(address.strip())
    if ":" not in spelling:
        return spelling
    parsed = addresses.parse(spelling)
    return "" if parsed is None else parsed.packed[:8].hex()
