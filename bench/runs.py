"""Runs: a stage is set up, sections are measured on it, and each becomes a result."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import goals, machine, pages, rounds, scale, sections, wrk
from bench.peers import environments
from bench.results import Result
from bench.sections import PAGES, SECTIONS
from bench.stage import Stage, postgres_settings
from devtools import postgres
from devtools.paths import say

_WAL_FILES = 200  # of 16 MiB: more than any section writes between two checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much is to be measured; no `targets` means all of a section."""

    rounds: int
    seconds: int
    keys: int
    targets: list[str] = field(default_factory=list)
    is_quick: bool = False


@contextlib.contextmanager
def stage(keys: int) -> Iterator[Stage]:
    """Hold a PostgreSQL and a private folder, both of which go away with the block."""
    load1 = machine.load1()
    if load1 > machine.WARN_ABOVE:
        say(f"The machine is busy (load {load1:.1f}): ratios come out smaller.")
    with (
        tempfile.TemporaryDirectory(prefix="keyplate-bench-") as folder,
        postgres.running(settings=postgres_settings()) as database,
    ):
        _age(database)
        yield Stage(folder=Path(folder), database=database, keys=keys, load1=load1)


def _age(database: postgres.Server) -> None:
    """Give a new server what one has after a day: WAL files that are used anew.

    To make one takes tens of milliseconds, for which all who commit wait.
    """
    with psycopg.connect(database.url, autocommit=True) as connection:
        for _ in range(_WAL_FILES):
            connection.execute("SELECT pg_logical_emit_message(false, '', 'x')")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


def takes_place(name: str, wanted: Wanted) -> bool:
    """Tell whether a section has anything of what is wanted."""
    return bool(_chosen(name, wanted)) or (name == PAGES and not wanted.targets)


def section(stage: Stage, name: str, wanted: Wanted) -> Result:
    """Measure one section. Raises Missing when something answers wrongly."""
    say(f"{name}: {sections.about(name)}")
    if name == PAGES:
        return replace(_blank(stage, name), figures=pages.measure(stage.folder))
    settings = {
        "rounds": wanted.rounds,
        "seconds": wanted.seconds,
        "connections": SECTIONS[name].connections,
        "warm_up": 1 if wanted.is_quick else SECTIONS[name].warm_up,
    }
    samples, missing = rounds.run(stage, _chosen(name, wanted), **settings)
    return replace(
        _blank(stage, name),
        settings={**settings, "keys": wanted.keys},
        samples=samples,
        missing=missing,
    )


def _chosen(name: str, wanted: Wanted) -> list[str]:
    names = sections.targets_of(name, keys=wanted.keys, is_quick=wanted.is_quick)
    return [n for n in names if not wanted.targets or n in wanted.targets]


def scaled(stage: Stage, *, decisions: int) -> Result:
    """Measure pages over as many keys as the stage is for."""
    figures, missing = scale.measure(stage, decisions=decisions)
    return replace(
        _blank(stage, goals.SCALE),
        settings={"keys": stage.keys, "decisions": 0 if missing else decisions},
        figures=figures,
        missing=missing,
    )


def _blank(stage: Stage, what: str) -> Result:
    """A result that says where and when, and nothing yet of what."""
    return Result(
        what=what,
        date=datetime.now(UTC).date().isoformat(),
        machine={
            **machine.describe(),
            "PostgreSQL": stage.postgres_version,
            "wrk": wrk.version(),
            **environments.versions(),
        },
        load1=stage.load1,
    )
