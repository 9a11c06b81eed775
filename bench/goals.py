"""What the gateway is to reach: a floor that must hold, a goal, and how it is measured."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from bench.results import Column, Results

HEADLINE, LATENCY, GROWTH = "headline", "latency", "growth"
BATCH, PAGES, SCALE, RACES = "batch", "pages", "scale", "races"
rate, p50, p99, cpu = map(attrgetter, ("rate", "p50", "p99", "cpu_us"))
type Measure = Callable[[Results], float | None]


class Verdict(enum.StrEnum):
    """How a figure stands to its goal."""

    REACHED = "goal reached"
    HELD = "floor held"
    MISSED = "missed"
    UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One row of the table. `unit` stands behind each of its figures."""

    what: str
    floor: float
    goal: float
    measure: Measure
    how: str
    unit: str = "x"
    is_more_better: bool = False

    def verdict(self, results: Results) -> Verdict:
        """Judge what was measured; what was not, has no verdict."""
        figure = self.measure(results)
        if figure is None:
            return Verdict.UNKNOWN
        if self._is_within(figure, self.goal):
            return Verdict.REACHED
        return Verdict.HELD if self._is_within(figure, self.floor) else Verdict.MISSED

    def _is_within(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.is_more_better else figure <= bound


def _ratio(section: str, target: str, base: str, column: Column) -> Measure:
    def measure(results: Results) -> float | None:
        found = results.get(section)
        spread = found.ratio(target, base, column) if found else None
        return spread.median if spread else None

    return measure


def _figure(section: str, name: str) -> Measure:
    def measure(results: Results) -> float | None:
        found = results.get(section)
        return found.figures.get(name) if found else None

    return measure


def written(figure: float, unit: str) -> str:
    """A figure with its unit, three digits long."""
    is_whole = figure == int(figure) or figure >= 100  # noqa: PLR2004 - three digits
    digits = f"{figure:.0f}" if is_whole else f"{figure:.3g}"
    return digits if not unit else f"{digits}{'' if unit == 'x' else ' '}{unit}"


GOALS = (
    Goal(
        what="throughput, over djangorestframework-api-key",
        floor=4,
        goal=10,
        measure=_ratio(HEADLINE, "product", "drf", rate),
        how="verdicts a second, 32 callers",
        is_more_better=True,
    ),
    Goal(
        what="throughput, over better-auth",
        floor=7,
        goal=18,
        measure=_ratio(HEADLINE, "product", "better-auth", rate),
        how="verdicts a second, 32 callers; its rate limit is off",
        is_more_better=True,
    ),
    Goal(
        what="CPU of a verdict, over djangorestframework-api-key's",
        floor=round(1 / 6, 3),
        goal=round(1 / 12, 3),
        measure=_ratio(HEADLINE, "product", "drf", cpu),
        how="server and PostgreSQL, from /proc",
    ),
    Goal(
        what="throughput, over an empty answer of the same server",
        floor=0.25,
        goal=0.5,
        measure=_ratio(HEADLINE, "product", "hello", rate),
        how="`GET /livez`, 32 callers",
        is_more_better=True,
    ),
    Goal(
        what="one caller's wait, over djangorestframework-api-key's",
        floor=0.6,
        goal=0.35,
        measure=_ratio(LATENCY, "product", "drf", p50),
        how="p50, one caller",
    ),
    Goal(
        what="one caller's wait, over a bare look-up in the database",
        floor=6,
        goal=3,
        measure=_ratio(LATENCY, "product", "lookup", p50),
        how="p50; a prepared SELECT by digest from Python",
    ),
    Goal(
        what="p99, over djangorestframework-api-key's",
        floor=0.25,
        goal=0.1,
        measure=_ratio(HEADLINE, "product", "drf", p99),
        how="32 callers",
    ),
    Goal(
        what="throughput, over the same without limit or wait for the log",
        floor=0.45,
        goal=0.7,
        measure=_ratio(HEADLINE, "product", "product-bare", rate),
        how="no limit, and commits that do not wait; the log cannot be switched off",
        is_more_better=True,
    ),
    Goal(
        what="p99 with 5 million keys, over a thousand",
        floor=1.2,
        goal=1.1,
        measure=_ratio(GROWTH, "product-5000000", "product-1000", p99),
        how="32 callers",
    ),
    Goal(
        what="throughput with 5 million keys, over a thousand",
        floor=0.8,
        goal=0.9,
        measure=_ratio(GROWTH, "product-5000000", "product-1000", rate),
        how="32 callers",
        is_more_better=True,
    ),
    Goal(
        what="`valid` for a check sent after the revoking commit returned",
        floor=0,
        goal=0,
        measure=_figure(RACES, "stale_answers"),
        how="count, over 10 000 races",
        unit="",
    ),
    Goal(
        what="answered verdicts missing after kill -9 of the app",
        floor=0,
        goal=0,
        measure=_figure(RACES, "lost_with_app"),
        how="count, over 50 kills",
        unit="",
    ),
    Goal(
        what="answered verdicts missing after kill -9 of PostgreSQL",
        floor=0,
        goal=0,
        measure=_figure(RACES, "lost_with_database"),
        how="count, over 50 kills",
        unit="",
    ),
    Goal(
        what="100 keys in one call, over single calls",
        floor=5,
        goal=10,
        measure=_ratio(BATCH, "batch-100", "product", rate),
        how="verdicts a second, 32 callers",
        is_more_better=True,
    ),
    Goal(
        what="one owner's page of keys among 5 million",
        floor=1,
        goal=0.3,
        measure=_figure(SCALE, "key_page_ms"),
        how="time in the database, the slowest of several depths",
        unit="ms",
    ),
    Goal(
        what="one owner's chart of 30 days over 10 million verdicts",
        floor=10,
        goal=1,
        measure=_figure(SCALE, "chart_ms"),
        how="time in the database, the heaviest owner",
        unit="ms",
    ),
    Goal(
        what="first load of the desk, scripts and styles",
        floor=30,
        goal=25,
        measure=_figure(PAGES, "first_load_kib"),
        how="compressed, as served",
        unit="KiB",
    ),
)


def verdicts(results: Results) -> dict[str, str]:
    """The verdict on every row that was measured, by what it is about."""
    found = {goal.what: goal.verdict(results) for goal in GOALS}
    return {what: str(v) for what, v in found.items() if v is not Verdict.UNKNOWN}
