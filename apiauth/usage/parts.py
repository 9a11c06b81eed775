"""A window, read from the sums where they hold it whole and from the log elsewhere.

Sums know whole hours and days up to the mark. What of a window is less than an hour,
and whatever came after the mark, is counted in the log, in one statement with the sums:
it sees both as of one moment, so that the mark may move meanwhile. Hence a decision
counts as soon as it was answered, and every number is the log's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from apiauth import decisions, windows
from apiauth.decisions import Filters, Reach
from apiauth.models import Span, UsageMark
from apiauth.models.decisions import DecisionQuerySet
from apiauth.windows import Window

_FLOORS = {Span.DAY: windows.day_of, Span.HOUR: windows.hour_of}
_LENGTHS = {Span.DAY: timedelta(days=1), Span.HOUR: timedelta(hours=1)}
_VALID = "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A window in pieces: those that sums hold whole, and those too short for them.

    The former lie side by side.
    """

    summed: list[tuple[Span, Window]] = field(default_factory=list)
    ragged: list[Window] = field(default_factory=list)

    @property
    def whole(self) -> Window | None:
        """All that sums hold, once they are up to date."""
        if not self.summed:
            return None
        pieces = [piece for _, piece in self.summed]
        ends = [piece.until for piece in pieces if piece.until is not None]
        is_open = len(ends) < len(pieces)
        return Window(
            since=min(piece.since for piece in pieces),
            until=None if is_open else max(ends),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be counted, and up to when sums were seen to hold the log.

    The mark that a statement sees itself decides; the one seen before, which is never
    later, tells the planner how little of the log there is beyond it.
    """

    reach: Reach
    filters: Filters
    window: Window
    mark: datetime = field(default_factory=UsageMark.last_seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """By what to count: expressions over the log, and the same over sums."""

    of_log: Sequence[Combinable]
    of_sums: Sequence[Combinable]


def cut(window: Window, spans: Sequence[Span]) -> Cut:
    """Cut a window along spans of UTC, the longest first."""
    if window.until is not None and window.since >= window.until:
        return Cut()
    if not spans:
        return Cut(ragged=[window])
    span, shorter = spans[0], spans[1:]
    first = _ceiling(window.since, span)
    end = None if window.until is None else _FLOORS[span](window.until)
    if end is not None and first >= end:
        return cut(window, shorter)
    edges = [cut(Window(since=window.since, until=first), shorter)]
    if end is not None:
        edges.append(cut(Window(since=end, until=window.until), shorter))
    return Cut(
        summed=[
            (span, Window(since=first, until=end)),
            *(piece for edge in edges for piece in edge.summed),
        ],
        ragged=[piece for edge in edges for piece in edge.ragged],
    )


def count(
    asked: Asked, *, spans: Sequence[Span], by: Columns, by_key: bool = False
) -> list[tuple[Any, ...]]:  # the columns asked for, and how many
    """Count what was asked for, in one statement.

    One combination of columns may come up more than once. Sums that know the key have
    days only.
    """
    pieces = cut(asked.window, spans)
    queries: list[QuerySet[Any, tuple[Any, ...]]] = [
        _counted(found, by) for found in _logged(asked, pieces)
    ]
    for span, piece in pieces.summed:
        sums = _of_keys(asked) if by_key else asked.reach.buckets(span)
        found = _within(sums, asked.filters, piece)
        queries.append(found.values_list(*by.of_sums).annotate(n=Sum("total")))
    if not queries:
        return []
    return list(queries[0].union(*queries[1:], all=True))


def logged(asked: Asked) -> DecisionQuerySet:
    """What was asked for, in the log itself."""
    return decisions.among(asked.reach.decisions(), asked.filters, asked.window)


def unsummed(asked: Asked) -> DecisionQuerySet:
    """What of it the sums do not hold yet."""
    return logged(asked).unsummed().filter(decided_at__gte=asked.mark)


def _logged(asked: Asked, pieces: Cut) -> list[DecisionQuerySet]:
    found = [logged(replace(asked, window=piece)) for piece in pieces.ragged]
    if pieces.whole is not None:
        found.append(unsummed(replace(asked, window=pieces.whole)))
    return found


def _counted(
    found: DecisionQuerySet, by: Columns
) -> QuerySet[Any, tuple[Any, ...]]:  # the columns asked for, and how many
    return found.values_list(*by.of_log).annotate(n=Count("pk"))


def _of_keys(asked: Asked) -> QuerySet[Any]:  # any sums
    days = asked.reach.key_days()
    key_id = asked.filters.key_id
    return days if key_id is None else days.filter(key_id=key_id)


def _within(sums: QuerySet[Any], filters: Filters, piece: Window) -> QuerySet[Any]:
    # Any: both kinds of sums have these columns.
    sums = sums.filter(starts_at__gte=piece.since)
    if piece.until is not None:
        sums = sums.filter(starts_at__lt=piece.until)
    if filters.allowed is None:
        return sums
    return sums.filter(Q(code=_VALID) if filters.allowed else ~Q(code=_VALID))


def _ceiling(moment: datetime, span: Span) -> datetime:
    floor = _FLOORS[span](moment)
    return floor if floor == moment else floor + _LENGTHS[span]
