"""What is loaded in turn: servers with a file of requests, and one bare look-up."""

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import psycopg

from bench import cpu, lookup, questions, wrk
from bench.results import Sample
from devtools.paths import Missing

NOT_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
UNKNOWN = 0.1  # of all requests, which are drawn at random: give or take chance
ENOUGH_TO_JUDGE = 1000
QUIET = 0.25  # seconds without a decision
SETTLES_WITHIN = 40  # times of that
EXPECTED_CODES = {"valid", "unknown"}
_COUNT = "SELECT code, count(*) FROM apiauth_decision GROUP BY code"


class Absent(Exception):
    """A target is not there to be measured; the message says what is lacking."""


class Target(Protocol):
    """Something to be measured."""

    @property
    def name(self) -> str: ...

    def prove(self) -> str:
        """Make sure that it tells keys apart; return what it lacks beyond that.

        Raises `Absent`, or Missing when it answers wrongly.
        """

    def sample(self, *, connections: int, seconds: int, database_pid: int) -> Sample:
        """Load it once. Raises Missing when it answers wrongly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server, asked in one form.

    `good` and `bad` are requests for a stored and for an unknown key, None where keys
    play no part. `log` is the database whose decisions must be as many as the answers;
    `is_limited` says that each answer must tell of a limit.
    """

    name: str
    port: int
    pid: int
    requests: Path
    at_once: int = 1
    good: bytes | None = field(default=None, repr=False)
    bad: bytes | None = field(default=None, repr=False)
    log: str | None = None
    is_limited: bool = False

    def prove(self) -> str:
        if self.good is None or self.bad is None:
            return ""
        answer = questions.ask(self.port, self.good)
        if answer.status in NOT_THERE:
            raise Absent(f"nothing answers there (status {answer.status})")
        unknown = questions.ask(self.port, self.bad)
        if (answer.passes, unknown.passes) != (self.at_once, 0):
            raise Missing(
                f"{self.name} let {answer.passes} of {self.at_once} good keys pass "
                f"(status {answer.status}), and {unknown.passes} unknown ones."
            )
        if self.is_limited and not answer.limits:
            return "its answers tell of no limit, so none was counted"
        return ""

    def sample(self, *, connections: int, seconds: int, database_pid: int) -> Sample:
        counted = self._settled()
        before = cpu.seconds(self.pid), cpu.seconds(database_pid)
        load = wrk.load(
            port=self.port,
            requests=self.requests,
            connections=connections,
            seconds=seconds,
        )
        after = cpu.seconds(self.pid), cpu.seconds(database_pid)
        self._judge(load)
        if self.log:
            self._compare(self._decisions() - counted, load, connections)
        verdicts = load.answers * self.at_once
        return Sample(
            rate=load.rate * self.at_once,
            p50=load.p50,
            p99=load.p99,
            server_us=1e6 * (after[0] - before[0]) / verdicts,
            database_us=1e6 * (after[1] - before[1]) / verdicts,
        )

    def _judge(self, load: wrk.Load) -> None:
        """Refusals come with a status of their own, but in answers to many keys."""
        if not load.answers:
            raise Missing(f"{self.name} gave no answer.")
        share = load.refusals / load.answers
        if self.good is None or self.at_once > 1:
            is_as_asked = share == 0
        else:
            chance = math.sqrt(UNKNOWN * (1 - UNKNOWN) / load.answers)
            is_as_asked = abs(share - UNKNOWN) < max(0.03, 5 * chance)
        if load.answers >= ENOUGH_TO_JUDGE and not is_as_asked:
            raise Missing(f"{self.name} refused {share:.1%} of all requests.")

    def _settled(self) -> Counter[str]:
        """Count once the last load's requests, whose callers have gone, are answered."""
        counted = self._decisions()
        for _ in range(SETTLES_WITHIN):
            time.sleep(QUIET)
            if (again := self._decisions()) == counted:
                break
            counted = again
        return counted

    def _decisions(self) -> Counter[str]:
        if self.log is None:
            return Counter()
        with psycopg.connect(self.log) as connection:
            return Counter(dict(connection.execute(_COUNT).fetchall()))

    def _compare(self, logged: Counter[str], load: wrk.Load, connections: int) -> None:
        """Each answered verdict has its row; each row more was one on its way."""
        more = logged.total() - load.answers * self.at_once
        if not 0 <= more <= connections * self.at_once:
            raise Missing(
                f"{self.name} answered {load.answers * self.at_once} times and logged "
                f"{logged.total()} decisions."
            )
        if odd := set(logged) - EXPECTED_CODES:
            raise Missing(f"{self.name} decided {', '.join(sorted(odd))}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The bare look-up of a digest in the product's own table, by one client."""

    url: str
    name: str = "lookup"

    def prove(self) -> str:
        """It is the table that the product's own checks read."""
        return ""

    def sample(self, *, connections: int, seconds: int, database_pid: int) -> Sample:
        # One client, whose process reads its digests first: CPU would tell nothing.
        del connections, database_pid
        found = lookup.measure(self.url, seconds)
        return Sample(rate=found["rate"], p50=found["p50"], p99=found["p99"])
