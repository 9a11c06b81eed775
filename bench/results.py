"""What runs saw, kept as JSON in bench/results: one file a section and day."""

import dataclasses
import json
import re
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from devtools.paths import ROOT

KEPT = ROOT / "bench" / "results"
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-([a-z]+)\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One target in one round. Times are of one caller's wait; CPU is per verdict."""

    rate: float  # verdicts per second
    p50: float  # milliseconds
    p99: float  # milliseconds
    server_us: float = 0.0
    database_us: float = 0.0

    @property
    def cpu_us(self) -> float:
        """CPU time of a verdict, the server's and the database's, in microseconds."""
        return self.server_us + self.database_us


type Column = Callable[[Sample], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median, and between which values it was found."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Self:
        return cls(
            median=statistics.median(values), least=min(values), most=max(values)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One section: where and how it was run, and every sample, round by round.

    `figures` are what was looked at once instead of in rounds; `missing` says of each
    target that was not there, or lacked something, why; `verdicts` judge by our goals.
    """

    what: str
    date: str
    machine: dict[str, str]
    load1: float
    settings: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def spread(self, target: str, column: Column) -> Spread | None:
        """One target's column over all rounds; None if it was not there."""
        found = self.samples.get(target)
        return Spread.of([column(sample) for sample in found]) if found else None

    def ratio(self, target: str, base: str, column: Column) -> Spread | None:
        """The column of one target over another's, each pair from the same round.

        None if one of them was not there, or had nothing in that column.
        """
        ours, theirs = (
            [column(sample) for sample in self.samples.get(name, [])]
            for name in (target, base)
        )
        if not ours or not theirs or not all(theirs):
            return None
        pairs = zip(ours, theirs, strict=True)
        return Spread.of([one / other for one, other in pairs])


type Results = Mapping[str, Result]


def write(result: Result, folder: Path = KEPT) -> Path:
    """Keep a result; a later one of the same day takes its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.date}-{result.what}.json"
    path.write_text(json.dumps(_rounded(dataclasses.asdict(result)), indent=1) + "\n")
    return path


def newest(folder: Path = KEPT) -> dict[str, Result]:
    """Read the newest result of each section."""
    found = sorted(path for path in folder.glob("*.json") if _NAME.match(path.name))
    return {result.what: result for result in map(_read, found)}


def _read(path: Path) -> Result:
    kept = json.loads(path.read_text())
    samples = {
        target: [Sample(**sample) for sample in rounds]
        for target, rounds in kept.pop("samples").items()
    }
    return Result(**kept, samples=samples)


def _rounded(value: Any) -> Any:  # JSON of any depth
    """Keep three decimals: more were never measured."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_rounded(member) for member in value]
    return value
