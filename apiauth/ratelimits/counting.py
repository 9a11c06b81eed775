"""Counting requests against rules: which counters, how far they are, who may pass.

Pure: the counts come in and go out. What is promised holds for all counters that were
read and are written in one step, however many requests are settled in it.
"""

import functools
import hashlib
import ipaddress
import math
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from apiauth import addresses, resources
from apiauth.ratelimits import windows
from apiauth.ratelimits.rules import EVERY_PATH, Mode, Rule

COUNTER_BYTES = 16
_IPV6_NETWORK = 8  # bytes: a household or a server has a /64, and every address in it
_BY_KEY = frozenset([Mode.PER_KEY, Mode.PER_KEY_AND_IP])
_BY_APP = frozenset([Mode.PER_APP, Mode.PER_APP_AND_IP])
_BY_ADDRESS = frozenset([Mode.PER_APP_AND_IP, Mode.PER_IP, Mode.PER_KEY_AND_IP])
_by_priority = attrgetter("priority")


class Charge(NamedTuple):
    """One request against one rule: at most `most` in `size` slots, `slot` the newest.

    `counter` (16 bytes) is who is counted together. It does not depend on how much the
    rule allows, nor on the scheme that it is in.
    """

    counter: bytes
    slot: int
    size: int
    most: int
    rule: Rule


class Count(NamedTuple):
    """What was taken of a counter, by slot, the newest first.

    `slot` is the newest one's number; slots that are not there are empty.
    """

    slot: int
    counts: tuple[int, ...] = ()


class Standing(NamedTuple):
    """How a rule stands after a request.

    `resets_at` is when more remains than now, if nobody asks meanwhile; while nothing
    at all is counted, the moment itself. `exceeded`: this rule refused the request.
    """

    rule: Rule
    limit: int
    remaining: int
    resets_at: datetime
    exceeded: bool


class Outcome(NamedTuple):
    """One request settled: a standing per charge, and the first that refused, if any.

    `retry_after`, of a refusal, is in whole seconds, at least 1: until every rule that
    refused would admit one more.
    """

    standings: tuple[Standing, ...] = ()
    refused_by: int | None = None
    retry_after: int | None = None


class Settled:
    """What became of the requests, in their order, and of the counters."""

    def __init__(
        self, outcomes: Sequence[Outcome], tallies: Mapping[bytes, "_Tally"]
    ) -> None:
        self.outcomes = outcomes
        self._tallies = tallies

    @property
    def counts(self) -> dict[bytes, Count]:
        """The counters that changed, whole."""
        return {name: one.count for name, one in self._tallies.items() if one.taken}

    @property
    def taken(self) -> dict[bytes, int]:
        """How many requests each of them was charged."""
        return {name: one.taken for name, one in self._tallies.items() if one.taken}


def charges(
    rules: Sequence[Rule],
    *,
    deployment_id: str,
    app_id: str,
    key_id: str,
    client_ip: str,
    path: str,
    at: datetime,
) -> tuple[Charge, ...]:
    """List what a request is charged: by the rules for its path, lowest priority first.

    Rules of one priority keep their order. `client_ip` may be empty: all requests of
    unknown origin share one address. An IPv6 address counts by its /64.
    """
    matching = [r for r in rules if r.endpoints is None or _matches(r, path)]
    if len(matching) > 1:
        matching.sort(key=_by_priority)
    charged = []
    for rule in matching:
        counter = _counter(rule, deployment_id, app_id, key_id, client_ip)
        slot, size = windows.slot_of(rule, at), windows.size_of(rule)
        charged.append(Charge(counter, slot, size, rule.max_requests, rule))
    return tuple(charged)


def moved(charge: Charge, at: datetime) -> Charge:
    """Make the same charge at another moment."""
    return charge._replace(slot=windows.slot_of(charge.rule, at))


def advanced(count: Count, slot: int, size: int) -> Count:
    """Bring a count to a newer slot, dropping what is `size` slots old.

    A slot that is older than its newest leaves it as it is: a clock that went back
    frees no place.
    """
    if slot <= count.slot:
        return count
    passed = slot - count.slot
    if passed >= size:
        return Count(slot)
    return Count(slot, ((0,) * passed + count.counts)[:size])


def used(count: Count) -> int:
    """Sum up what is counted."""
    return sum(count.counts)


def settle(
    wanted: Sequence[Sequence[Charge]],
    counts: Mapping[bytes, Count],
    at: datetime,
    *,
    only_looking: Container[int] = (),
) -> Settled:
    """Admit or refuse requests one after another, each with all of its charges.

    All charges of a request are taken together or none of them; a counter that several
    of its rules share is charged once. `at` is the moment of every charge; `counts` are
    the counters as they were, and one that is missing has counted nothing. The requests
    whose index is in `only_looking` learn how they would fare and take nothing.
    """
    tallies: dict[bytes, _Tally] = {}
    outcomes = []
    for index, charged in enumerate(wanted):
        for charge in charged:
            if charge.counter not in tallies:
                known = counts.get(charge.counter, Count(charge.slot))
                tallies[charge.counter] = _Tally(charge, known)
        mine = [tallies[charge.counter] for charge in charged]
        takes = index not in only_looking
        outcomes.append(_settle_one(charged, mine, at, takes=takes))
    return Settled(tuple(outcomes), tallies)


class _Tally:
    """One counter while requests are settled."""

    __slots__ = ("_older", "_slot", "newest", "taken", "used")

    def __init__(self, charge: Charge, known: Count) -> None:
        count = advanced(known, charge.slot, charge.size)
        self._slot: Final = count.slot
        self._older: Final = count.counts[1:]
        self.newest = count.counts[0] if count.counts else 0
        self.used = used(count)
        self.taken = 0

    @property
    def count(self) -> Count:
        return Count(self._slot, (self.newest, *self._older))

    def take(self) -> None:
        self.newest += 1
        self.used += 1
        self.taken += 1

    def standing(
        self, charge: Charge, at: datetime, *, exceeded: bool = False
    ) -> Standing:
        remaining = max(0, charge.most - self.used)
        resets_at = self.resets_at(charge, at)
        return Standing(charge.rule, charge.most, remaining, resets_at, exceeded)

    def resets_at(self, charge: Charge, at: datetime) -> datetime:
        left = self.used
        if not left:
            return at
        # More than the rule allows may be counted: it was not always that strict.
        goal = min(left, charge.most) - 1
        if self.newest == left:
            return windows.frees_at(charge.rule, self._slot)
        for age in range(len(self._older), 0, -1):
            left -= self._older[age - 1]
            if left <= goal:
                return windows.frees_at(charge.rule, self._slot - age)
        return windows.frees_at(charge.rule, self._slot)


def _settle_one(
    charged: Sequence[Charge],
    tallies: Sequence[_Tally],
    at: datetime,
    *,
    takes: bool,
) -> Outcome:
    if takes and len(charged) == 1 and tallies[0].used < charged[0].most:
        tallies[0].take()
        return Outcome((tallies[0].standing(charged[0], at),))
    pairs = list(zip(charged, tallies, strict=True))
    refusing = [tally.used >= charge.most for charge, tally in pairs]
    refused_by = refusing.index(True) if True in refusing else None
    if takes and refused_by is None:
        for tally in dict.fromkeys(tallies):
            tally.take()
    standings = tuple(
        tally.standing(charge, at, exceeded=exceeded)
        for (charge, tally), exceeded in zip(pairs, refusing, strict=True)
    )
    waits = [one.resets_at - at for one in standings if one.exceeded]
    return Outcome(
        standings=standings,
        refused_by=refused_by,
        retry_after=(max(1, math.ceil(max(waits).total_seconds())) if waits else None),
    )


def _matches(rule: Rule, path: str) -> bool:
    endpoints = rule.endpoints
    if endpoints is None or EVERY_PATH in endpoints or path in endpoints:
        return True
    # One path has many spellings; another one must not be a way around the rule. What
    # servers read differently may be any path.
    if resources.is_doubtful(path):
        return True
    spelling = resources.spelled(path).rstrip("/")
    return any(resources.spelled(one).rstrip("/") == spelling for one in endpoints)


def _counter(
    rule: Rule,
    deployment_id: str,
    app_id: str,
    key_id: str,
    client_ip: str,
) -> bytes:
    is_by_app, is_by_key, is_by_address, window = _scope(rule)
    # No part holds a line break, so that no two lists of parts read alike.
    written = "\n".join(
        (
            deployment_id,
            app_id if is_by_app else "",
            key_id if is_by_key else "",
            _network(client_ip) if is_by_address else "",
            window,
        )
    )
    return hashlib.blake2b(written.encode(), digest_size=COUNTER_BYTES).digest()


@functools.lru_cache(maxsize=4096)
def _scope(rule: Rule) -> tuple[bool, bool, bool, str]:
    """Say by what a rule counts, and write down what else tells its counters apart."""
    everywhere = rule.endpoints is None or EVERY_PATH in rule.endpoints
    endpoints = () if everywhere else sorted(rule.endpoints or ())
    window = "\n".join((rule.mode, rule.unit, str(rule.duration), *endpoints))
    mode = rule.mode
    return mode in _BY_APP, mode in _BY_KEY, mode in _BY_ADDRESS, window


def _network(client_ip: str) -> str:
    if ":" not in client_ip:
        return client_ip
    address = addresses.parse(client_ip)
    if isinstance(address, ipaddress.IPv6Address):
        return address.packed[:_IPV6_NETWORK].hex()
    return "" if address is None else str(address)
