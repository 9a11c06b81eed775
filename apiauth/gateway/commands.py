"""What settling asks of a database: three commands, each one round trip or less.

They are values; a link carries them out (links.py, postgres.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from apiauth.gateway.facts import Facts
from apiauth.gateway.records import Entry
from apiauth.ratelimits import Charge, Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The gateway key behind a question: what it cannot reach is unknown to it.

    `app_ids` is None where it reaches every app of its deployment. `is_stale`: its
    last use was noted a while ago.
    """

    backend_key_id: str
    deployment_id: str
    scopes: Sequence[str]
    app_ids: frozenset[str] | None
    is_stale: bool

    def reaches(self, facts: Facts) -> bool:
        """Whether what is known of a secret may be told to it."""
        if facts.app.deployment_id != self.deployment_id:
            return False
        return self.app_ids is None or facts.app.id in self.app_ids


@dataclass(frozen=True, slots=True)
class Find:
    """Look up keys and gateway keys by their digests; answered by `Found`."""

    digests: Sequence[bytes]
    bearers: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is, as of a moment after the command was given; by digest."""

    at: datetime
    facts: Mapping[bytes, Facts]
    askers: Mapping[bytes, Asker]


class Row(NamedTuple):
    """One decision to be recorded; `charges` are what an allowed one takes."""

    entry: Entry
    charges: Sequence[Charge] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Take all charges and record all rows, or do nothing at all.

    Answered by the counts of the counters as they were before, or None where one of
    them would exceed its limit or is in a later slot already. What remained of a limit
    after a charge, only the database can know: it completes the entries. `used` are
    gateway keys whose use is to be noted, whatever becomes of the rest.
    """

    at: datetime
    rows: Sequence[Row]
    used: Sequence[str] = ()
    # How often each counter is charged, in the counters' order.
    takings: Mapping[bytes, int] = field(default_factory=dict)
    charges: Mapping[bytes, Charge] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrange:
    """Hold the counters, let `arrange` decide by their counts, write what it says.

    `arrange` is told the counts and a moment at which all of them are held: no counter
    is in a later slot. `at` is the moment of the find. One transaction; answered by
    None. Counters are held in one order by everybody.
    """

    charges: Mapping[bytes, Charge]
    at: datetime
    arrange: Callable[[Mapping[bytes, Count], datetime], "Arranged"]
    used: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Arranged:
    """What to write: the counters that changed, and every row."""

    at: datetime
    counts: Mapping[bytes, Count]
    rows: Sequence[Row]


type Command = Find | Record | Arrange
