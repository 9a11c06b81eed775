"""Two operating-system processes that race on the database of the tests."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from devtools import evidence
from devtools.paths import ROOT

HEAD_START = 0.004  # seconds until an order is in both processes

type Outcome = dict[str, Any]  # Any: what a verb answers differs.


@dataclass(frozen=True, slots=True)
class Crew:
    """Racers that begin each race at the same moment."""

    racers: tuple[subprocess.Popen[str], ...]

    def race(self, *orders: dict[str, Any], threads: int = 1) -> list[list[Outcome]]:
        """Give each racer its order (all the same one if there is one only)."""
        at = time.monotonic() + HEAD_START
        each = orders if len(orders) > 1 else orders * len(self.racers)
        for racer, order in zip(self.racers, each, strict=True):
            facts = {name: fact for name, fact in order.items() if name != "verb"}
            line = {"verb": order["verb"], "facts": facts, "at": at}
            _stream(racer.stdin).write(json.dumps(line | {"threads": threads}) + "\n")
            _stream(racer.stdin).flush()
        return [self._answer(racer) for racer in self.racers]

    def all_race(self, order: dict[str, Any], *, threads: int) -> list[Outcome]:
        """Give one order to all threads of all racers."""
        return [o for answer in self.race(order, threads=threads) for o in answer]

    @staticmethod
    def _answer(racer: subprocess.Popen[str]) -> list[Outcome]:
        line = _stream(racer.stdout).readline()
        assert line, "A racer ended; its last words are on stderr."
        answer: list[Outcome] = json.loads(line)
        return answer


@contextlib.contextmanager
def hired(*, threads: int) -> Iterator[Crew]:
    """Start two racers; they end when the block does."""
    environment = {
        **os.environ,
        "KEYPLATE_DATABASE_URL": address(),
        # Racers ask as often as they can.
        "KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE": "1000000",
    }
    command = [sys.executable, "-m", "tests.races.racer", str(threads)]
    with contextlib.ExitStack() as stack:
        racers = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(2)
        ]
        yield Crew(tuple(racers))


def note(race: str, **figures: object) -> str:
    """Keep a race's figures beside the others'; returns them as a line."""
    # A file a leg, or a part of one: they may run side by side.
    thirds = os.environ.get("KEYPLATE_THIRDS", "")
    results = evidence.FOLDER / f"races-{connection.vendor}{thirds}.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(results.read_text()) if results.exists() else {}
    kept[race] = figures
    results.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    line = f"{race} on {connection.vendor}: {json.dumps(figures, sort_keys=True)}"
    print(line)  # noqa: T201 - `pytest -s` shows it
    return line


def _stream[T](stream: T | None) -> T:
    assert stream is not None
    return stream


def address() -> str:
    """The address of the tests' own database, for processes without the fixture."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server, mark, query = os.environ["KEYPLATE_DATABASE_URL"].partition("?")
    return f"{server.rpartition('/')[0]}/{name}{mark}{query}"
