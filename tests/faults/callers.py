"""Callers of gateways: processes that hammer, and what they were told."""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from devtools.paths import ROOT

CHECK, BATCH = "/v1/authz/check", "/v1/authz/check-batch"
MANY = 8  # processes


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: when it was asked for and given, and what it says.

    `status` is 0 where the connection broke before; `code` then says how.
    """

    sent: float
    got: float
    status: int
    code: str
    request_id: str | None
    step: int
    nth: int  # of its batch


@dataclass(slots=True)
class Callers:
    """Processes that take the same order, each with connections of its own."""

    processes: Sequence[subprocess.Popen[str]]
    _told: list[subprocess.Popen[str]] = field(default_factory=list)

    # Any: an order has as many types as members.
    def begin(self, order: dict[str, Any], *, processes: int = MANY) -> None:
        """Have so many of them begin."""
        self._told = list(self.processes[:processes])
        for number, process in enumerate(self._told):
            first = number * order["connections"]
            _stream(process.stdin).write(json.dumps({**order, "first": first}) + "\n")
            _stream(process.stdin).flush()

    def wait_for(self, step: int) -> None:
        """Wait until a step has been answered with a yes on every connection."""
        for process in self._told:
            line = _stream(process.stdout).readline()
            assert json.loads(line) == step, f"Step {step}: {line[:500]}"

    def end(self) -> list[Answer]:
        """Wait until they are done; returns all that they were told."""
        told = [_stream(process.stdout).readline() for process in self._told]
        assert all(told), "A caller ended; its last words are on stderr."
        return [Answer(*one) for line in told for one in json.loads(line)]

    def ask(self, order: dict[str, Any], *, processes: int = MANY) -> list[Answer]:
        self.begin(order, processes=processes)
        return self.end()


@contextlib.contextmanager
def hired() -> Iterator[Callers]:
    """Start the callers; they end when the block does."""
    command = [sys.executable, "-m", "tests.faults.caller"]
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(MANY)
        ]
        yield Callers(processes)


def check(secret: str, **members: object) -> dict[str, object]:
    """One question as it is sent."""
    principal = {"type": "api_key", "value": secret}
    return {"principal": principal, "method": "GET", "resource": "/reports", **members}


def codes(answers: Iterable[Answer]) -> Counter[str]:
    """Count what was said; broken connections are `lost`."""
    return Counter(one.code if one.status else "lost" for one in answers)


def decided(answers: Iterable[Answer]) -> set[str]:
    """The decisions that a caller has been told of."""
    return {
        one.request_id
        for one in answers
        if one.request_id and one.code not in {"unavailable", "malformed"}
    }


def _stream[T](stream: T | None) -> T:
    assert stream is not None
    return stream
