"""Settling a batch of questions: find, decide, take, record; without any I/O itself.

    settling = settle(questions, ...)      # a generator of commands
    outcomes = links.run(settling)         # or: await link.run(settling)

One find and one record settle any number of questions. Only where a limit has no room
for all of a batch are its counters held while it is settled one by one.
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from apiauth import credentials, ratelimits
from apiauth.credentials import Purpose
from apiauth.errors import ApiAuthError, Forbidden, Unauthenticated
from apiauth.gateway import records, verdict
from apiauth.gateway.codes import Code
from apiauth.gateway.commands import (
    Arrange,
    Arranged,
    Asker,
    Command,
    Find,
    Found,
    Record,
    Row,
)
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Question
from apiauth.gateway.tightness import Tightness
from apiauth.gateway.verdict import Verdict
from apiauth.models import Scope
from apiauth.ratelimits import Charge, Count, Settled

# A verdict, or why the asker gets none.
type Outcome = Verdict | ApiAuthError
# Any: what is answered depends on the command.
type Settling = Generator[Command, Any, list[Outcome]]


def settle(questions: Sequence[Question], *, tightness: Tightness) -> Settling:
    """Answer questions, in their order, and record every decision before it is given.

    A malformed secret is answered without any command and is the only verdict that
    leaves no row; the asker is not looked at either. Whatever was committed before a
    question was asked, is seen by its verdict: nothing is cached.
    """
    asked = [question for question in questions if question.is_well_formed]
    if not asked:
        return [*unsettled(questions)]
    batch = _Batch(asked)
    batch.decide((yield batch.find()))
    before = None
    if batch.is_simple and not tightness.knows(batch.charges):
        before = yield batch.record()
    if before is not None:
        batch.finish(before)
    else:
        yield batch.arrange()
        tightness.learn(batch.exceeded)
    settled = iter(batch.outcomes)
    return [
        next(settled) if question.is_well_formed else malformed(question)
        for question in questions
    ]


def unsettled(questions: Sequence[Question]) -> list[Verdict]:
    """Say what there is to say without a store: `malformed`, else `unavailable`."""
    return [
        verdict.told_nothing(question, Code.UNAVAILABLE)
        if question.is_well_formed
        else malformed(question)
        for question in questions
    ]


def malformed(question: Question) -> Verdict:
    """Answer what no look-up can help."""
    return verdict.told_nothing(question, Code.MALFORMED)


class _Batch:
    """Questions on their way to their answers; every list is in their order."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        secrets = [question.secret for question in questions]
        self._digests = credentials.digests_of(Purpose.KEY, secrets)
        # Most come from a few hosts: each one's key is digested once.
        bearers = {q.bearer for q in questions if q.bearer is not None}
        digests = credentials.digests_of(Purpose.BACKEND, bearers)
        self._bearers = dict(zip(bearers, digests, strict=True))
        self._askers: dict[str, Asker | None] = {}
        self._at: datetime
        self._wanted: list[Sequence[Charge]] = []
        self.outcomes: list[Outcome] = []
        # Whether nobody only looks at a limit: what was seen is known after it.
        self.is_simple = True
        # Of each counter the strictest charge, and how often it is taken.
        self.charges: dict[bytes, Charge] = {}
        self._takings: dict[bytes, int] = {}
        # Those that had no room.
        self.exceeded: dict[bytes, Charge] = {}

    def find(self) -> Find:
        return Find(
            [digest for digests in self._digests for digest in digests],
            [digest for digests in self._bearers.values() for digest in digests],
        )

    def decide(self, found: Found) -> None:
        """Decide all but the limits."""
        self._at = found.at
        self._askers = {
            bearer: _first(found.askers, digests)
            for bearer, digests in self._bearers.items()
        }
        usual = ratelimits.default_rules(settings.KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE)
        for question, digests in zip(self._questions, self._digests, strict=True):
            outcome = self._decided(question, _first(found.facts, digests))
            wanted: Sequence[Charge] = ()
            if isinstance(outcome, Verdict):
                wanted = verdict.charges(outcome, usual)
            self.outcomes.append(outcome)
            self._wanted.append(wanted)
            if wanted:
                self._want(wanted, is_taken=_is_allowed(outcome))

    def _want(self, wanted: Sequence[Charge], *, is_taken: bool) -> None:
        for charge in wanted:
            known = self.charges.setdefault(charge.counter, charge)
            if charge.most < known.most:
                self.charges[charge.counter] = charge
        if not is_taken:
            self.is_simple = False
            return
        takings = self._takings
        for counter in {charge.counter for charge in wanted}:
            takings[counter] = takings.get(counter, 0) + 1

    def record(self) -> Record:
        """Take it for granted that all limits have room."""
        return Record(
            at=self._at,
            rows=self._rows(),
            used=self._used(),
            takings=self._takings,
            charges=self.charges,
        )

    def arrange(self) -> Arrange:
        return Arrange(
            charges=dict(sorted(self.charges.items())),
            at=self._at,
            arrange=self._arranged,
            used=self._used(),
        )

    def finish(self, counts: Mapping[bytes, Count]) -> Settled:
        """Settle the limits by the counts as they were before this batch."""
        looking = [n for n, o in enumerate(self.outcomes) if not _is_allowed(o)]
        settled = ratelimits.settle(
            self._wanted, counts, self._at, only_looking=frozenset(looking)
        )
        self.outcomes = [
            verdict.limited(outcome, standing)
            if isinstance(outcome, Verdict) and standing.standings
            else outcome
            for outcome, standing in zip(self.outcomes, settled.outcomes, strict=True)
        ]
        self.exceeded = {
            charge.counter: charge
            for wanted, outcome in zip(self._wanted, settled.outcomes, strict=True)
            if outcome.refused_by is not None
            for charge, one in zip(wanted, outcome.standings, strict=True)
            if one.exceeded
        }
        return settled

    def _arranged(self, counts: Mapping[bytes, Count], at: datetime) -> Arranged:
        # Whoever held a counter before us may have charged it in a later slot than
        # the one that we were found in. To be counted in order is to be decided so.
        self._at = at
        self._wanted = [
            tuple(ratelimits.moved(charge, at) for charge in wanted)
            for wanted in self._wanted
        ]
        settled = self.finish(counts)
        return Arranged(at, settled.counts, self._rows())

    def _decided(self, question: Question, facts: Facts | None) -> Outcome:
        if question.bearer is not None:
            asker = self._askers[question.bearer]
            if asker is None:
                return Unauthenticated()
            if Scope.KEYS_VERIFY not in asker.scopes:
                return Forbidden(
                    f"This backend key lacks the scope {Scope.KEYS_VERIFY}."
                )
            if facts is not None and not asker.reaches(facts):
                facts = None
        return verdict.decide(question, facts)

    def _rows(self) -> list[Row]:
        rows = []
        for outcome, wanted in zip(self.outcomes, self._wanted, strict=True):
            if not isinstance(outcome, Verdict):
                continue
            entry = records.entry(outcome, self._home_of(outcome))
            if entry is not None:
                rows.append(Row(entry, wanted if outcome.allowed else ()))
        return rows

    def _home_of(self, outcome: Verdict) -> str | None:
        asker = self._askers.get(outcome.question.bearer or "")
        return asker.deployment_id if asker else None

    def _used(self) -> list[str]:
        askers = (asker for asker in self._askers.values() if asker)
        return [asker.backend_key_id for asker in askers if asker.is_stale]


def _first[T](found: Mapping[bytes, T], digests: Sequence[bytes]) -> T | None:
    for digest in digests:
        if digest in found:
            return found[digest]
    return None


def _is_allowed(outcome: Outcome) -> bool:
    return isinstance(outcome, Verdict) and outcome.allowed
