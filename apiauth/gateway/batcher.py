"""The batcher: whoever waits is settled together, and nobody waits for a timer.

    batcher = Batcher(engine)
    batcher.put(questions, answer)  # answer(outcomes) is called

While one batch is on its way, the next one gathers; so a lone caller is answered at
once, and under load every round trip settles as many as there are.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import psycopg
from django.db import InterfaceError, OperationalError

from apiauth.gateway import settlement
from apiauth.gateway.questions import Question
from apiauth.gateway.settlement import Outcome, Settling
from apiauth.gateway.tightness import Tightness

MOST_AT_ONCE = 256
# Passes of the event loop before the next batch: half of them lead from a readable socket
# to a question that waits, and answers just given bring the next questions of others.
_PASSES = 8

_log = logging.getLogger("keyplate.gateway")
# What says nothing of the questions: the database is away, slow or shutting down.
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)


class Full(Exception):
    """More wait than may; nothing was asked."""


class Engine(Protocol):
    """What settles: one settling at a time."""

    tightness: Tightness

    async def run(self, settling: Settling) -> list[Outcome]: ...
    async def close(self) -> None: ...


# Called with the outcomes, or with None where an accident left none.
type Answer = Callable[[list[Outcome] | None], None]


@dataclass(slots=True)
class _Waiting:
    questions: Sequence[Question]
    answer: Answer


class Batcher:
    """Settles whatever is asked, on one engine, in the order of asking.

    Belongs to one event loop. At most `most_waiting` questions wait.
    """

    def __init__(self, engine: Engine, *, most_waiting: int) -> None:
        self._engine = engine
        self._most_waiting = most_waiting
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._worker: asyncio.Task[None] | None = None

    def put(self, questions: Sequence[Question], answer: Answer) -> None:
        """Have questions answered, in their order; `answer` is called once, and soon.

        Where no verdict can be reached or recorded, whatever the accident, it is
        `unavailable`, which is a no. Raises `Full`.
        """
        if self._waiting + len(questions) > self._most_waiting:
            raise Full
        self._queue.append(_Waiting(questions, answer))
        self._waiting += len(questions)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Answer all who wait, then let go of the engine."""
        while self._worker is not None and not self._worker.done():
            await asyncio.shield(self._worker)
        await self._engine.close()

    async def _work(self) -> None:
        await self._work_once()
        while self._queue:
            await _let_arrive()
            await self._work_once()

    async def _work_once(self) -> None:
        together = deque(self._take())
        questions = [q for waiting in together for q in waiting.questions]
        try:
            outcomes = iter(await self._settled(questions))
            self._waiting -= len(questions)
            questions = []
            while together:
                waiting = together.popleft()
                _tell(waiting, list(islice(outcomes, len(waiting.questions))))
        finally:
            self._waiting -= len(questions)
            # Whatever went wrong here, nobody waits for ever.
            for waiting in together:
                _tell(waiting, None)

    def _take(self) -> list[_Waiting]:
        taken = [self._queue.popleft()]
        many = len(taken[0].questions)
        while self._queue and many + len(self._queue[0].questions) <= MOST_AT_ONCE:
            many += len(self._queue[0].questions)
            taken.append(self._queue.popleft())
        return taken

    async def _settled(self, questions: Sequence[Question]) -> list[Outcome]:
        settling = settlement.settle(questions, tightness=self._engine.tightness)
        try:
            return await self._engine.run(settling)
        except Exception as error:  # noqa: BLE001 - the last resort: all who wait hear a no.
            # The text of an error may quote values; its class does not.
            _log.error("gateway.unavailable", extra={"error": type(error).__name__})
            if len(questions) > 1 and not isinstance(error, _AWAY):
                return await self._one_by_one(questions)
        return [*settlement.unsettled(questions)]

    async def _one_by_one(self, questions: Sequence[Question]) -> list[Outcome]:
        """Find out which question cannot be settled; the others get answers."""
        return [(await self._settled([question]))[0] for question in questions]


def _tell(waiting: _Waiting, outcomes: list[Outcome] | None) -> None:
    try:
        waiting.answer(outcomes)
    except Exception as error:  # noqa: BLE001 - the last resort: the others are told all the same.
        _log.error("gateway.accident", extra={"error": type(error).__name__})


async def _let_arrive() -> None:
    """Let the loop answer those who were settled and read what came meanwhile."""
    for _ in range(_PASSES):
        await asyncio.sleep(0)
