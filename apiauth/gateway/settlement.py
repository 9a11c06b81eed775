"""Settling a batch of questions: find, decide, take, record; without any I/O itself.

    settling = settle(questions, ...)      # a generator of commands
    outcomes = links.run(settling)         # or: await link.run(settling)

One find and one record settle any number of questions. Only where a limit has no room
for all of a batch are its counters held while it is settled one by one.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

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
    told = unsettled(questions)
    outcomes: list[Outcome] = [*told]
    asked = [n for n, one in enumerate(told) if one.code is not Code.MALFORMED]
    if not asked:
        return outcomes
    batch = _Batch([questions[n] for n in asked])
    batch.decide((yield batch.find()))
    before = None
    if batch.is_simple and not tightness.knows(batch.charges):
        before = yield batch.record()
    if before is not None:
        batch.finish(before)
    else:
        yield batch.arrange()
        tightness.learn(batch.exceeded)
    for n, outcome in zip(asked, batch.outcomes, strict=True):
        outcomes[n] = outcome
    return outcomes


def unsettled(questions: Sequence[Question]) -> list[Verdict]:
    """Say what there is to say without a store: `malformed`, else `unavailable`."""
    return [
        verdict.told_nothing(
            question,
            Code.UNAVAILABLE if question.is_well_formed else Code.MALFORMED,
        )
        for question in questions
    ]


class _Batch:
    """Questions on their way to their answers; every list is in their order."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._digests = [_digests(Purpose.KEY, q.secret) for q in questions]
        self._bearers = {
            q.bearer: _digests(Purpose.BACKEND, q.bearer)
            for q in questions
            if q.bearer is not None
        }
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
        for question, digests in zip(self._questions, self._digests, strict=True):
            self.outcomes.append(self._decided(question, _first(found.facts, digests)))
        usual = ratelimits.default_rules(settings.KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE)
        self._wanted = [
            verdict.charges(o, usual) if isinstance(o, Verdict) else ()
            for o in self.outcomes
        ]
        for outcome, wanted in zip(self.outcomes, self._wanted, strict=True):
            for charge in wanted:
                known = self.charges.setdefault(charge.counter, charge)
                if charge.most < known.most:
                    self.charges[charge.counter] = charge
            if wanted and _is_allowed(outcome):
                for counter in {charge.counter for charge in wanted}:
                    self._takings[counter] = self._takings.get(counter, 0) + 1
            elif wanted:
                self.is_simple = False

    def record(self) -> Record:
        """Take it for granted that all limits have room."""
        return Record(
            rows=list(self._rows(rate_limits=None)),
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
            if isinstance(outcome, Verdict) and wanted
            else outcome
            for outcome, wanted, standing in zip(
                self.outcomes, self._wanted, settled.outcomes, strict=True
            )
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
        return Arranged(settled.counts, list(self._rows()))

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

    def _rows(self, **more: object) -> Iterator[Row]:
        at = self._at.isoformat()
        for outcome, wanted in zip(self.outcomes, self._wanted, strict=True):
            if not isinstance(outcome, Verdict):
                continue
            deployment_id = self._deployment_of(outcome)
            columns = records.columns(outcome, deployment_id, at)
            if columns is not None:
                taken = wanted if outcome.allowed else ()
                if taken:
                    columns.update(more)
                yield Row(columns=columns, charges=taken)

    def _deployment_of(self, outcome: Verdict) -> UUID | None:
        if outcome.facts is not None:
            return outcome.facts.deployment_id
        asker = self._askers.get(outcome.question.bearer or "")
        return asker.deployment_id if asker else None

    def _used(self) -> list[UUID]:
        askers = (asker for asker in self._askers.values() if asker)
        return [asker.backend_key_id for asker in askers if asker.is_stale]


def _digests(purpose: Purpose, secret: str) -> list[bytes]:
    return credentials.digests(purpose, secret)


def _first[T](found: Mapping[bytes, T], digests: Sequence[bytes]) -> T | None:
    return next((found[digest] for digest in digests if digest in found), None)


def _is_allowed(outcome: Outcome) -> bool:
    return isinstance(outcome, Verdict) and outcome.allowed
