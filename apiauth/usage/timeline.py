"""Usage over time: one bucket after the other, the empty ones included."""

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F
from django.db.models.functions import Trunc

from apiauth import windows
from apiauth.decisions import Filters, Reach
from apiauth.errors import Invalid
from apiauth.models import Span
from apiauth.usage import parts
from apiauth.usage.sums import WINDOW

MOST_BUCKETS = 10_000  # A year has 8784 hours.
# A window that nobody chose must not have too many buckets.
_MINUTES_WINDOW = timedelta(days=3)
_MICROSECOND = timedelta(microseconds=1)
_VALID = "valid"


class Interval(enum.StrEnum):
    """How long a bucket is; days, weeks (from Sunday) and months are those of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def floor(self, moment: datetime) -> datetime:
        """When the bucket begins that holds a moment in UTC."""
        minute = moment.replace(second=0, microsecond=0)
        if self is Interval.MINUTE:
            return minute
        if self is Interval.HOUR:
            return minute.replace(minute=0)
        day = minute.replace(hour=0, minute=0)
        if self is Interval.WEEK:
            return day - timedelta(days=day.isoweekday() % 7)
        return day.replace(day=1) if self is Interval.MONTH else day

    def following(self, start: datetime) -> datetime:
        """When the bucket after the one that begins at `start` begins."""
        return self.floor(start + _LENGTHS[self])


# A month is at most this long, and two of them are longer.
_LENGTHS = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(days=7),
    Interval.MONTH: timedelta(days=31),
}
# Along which sums a window is cut.
_SPANS = {
    Interval.MINUTE: [],
    Interval.HOUR: [Span.HOUR],
    Interval.DAY: [Span.DAY, Span.HOUR],
}
_SPANS_OF_KEYS = {Interval.MINUTE: [], Interval.HOUR: [], Interval.DAY: [Span.DAY]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The sums of one interval."""

    starts_at: datetime
    allowed: int
    blocked: int

    @property
    def total(self) -> int:
        return self.allowed + self.blocked


def series(
    *,
    reach: Reach,
    filters: Filters,
    interval: Interval = Interval.HOUR,
    now: datetime,
) -> list[Bucket]:
    """Sum up what was decided within reach, by interval, oldest first, empty included.

    Without a start it goes back 30 days (3 days by minutes), without an end to now;
    the first and the last bucket hold only what is within that window. Minutes, and
    the hours of one key, are counted in the log itself, as far back as it is kept.
    Raises `Invalid` for a window that cannot be, or of more than `MOST_BUCKETS`.
    """
    default = _MINUTES_WINDOW if interval is Interval.MINUTE else WINDOW
    window = windows.ask(start=filters.start, end=filters.end, default=default, now=now)
    last = (window.until - _MICROSECOND) if window.until else now
    starts = _starts(interval, window.since, last)
    asked = parts.Asked(reach=reach, filters=filters, window=window)
    sums = _sums(asked, interval)
    # The database's clock may be ahead of ours: what was decided is never left out.
    seen = [max(at, window.since) for at, _ in sums]
    starts = _starts(interval, window.since, max([last, *seen]))
    return [
        Bucket(starts_at=at, allowed=sums[at, True], blocked=sums[at, False])
        for at in starts
    ]


def _starts(interval: Interval, first: datetime, last: datetime) -> list[datetime]:
    starts: list[datetime] = []
    for start in _every(interval, first, last):
        if len(starts) == MOST_BUCKETS:
            raise Invalid(
                f"At most {MOST_BUCKETS} buckets: choose a longer interval, "
                "or dates closer together.",
                field="start_date",
            )
        starts.append(start)
    return starts


def _every(interval: Interval, first: datetime, last: datetime) -> Iterator[datetime]:
    start = interval.floor(first)
    while first <= last and start <= last:
        yield start
        start = interval.following(start)


def _sums(asked: parts.Asked, interval: Interval) -> Counter[tuple[datetime, bool]]:
    """How many were allowed and not, by bucket."""
    # Databases begin a week on Monday: days are put into weeks here, as into months.
    unit = interval if interval in {Interval.MINUTE, Interval.HOUR} else Interval.DAY
    by = parts.Columns(
        of_log=[Trunc("decided_at", unit.value, tzinfo=UTC), F("code")],
        of_sums=[F("starts_at"), F("code")],
    )
    of_one_key = asked.filters.key_id is not None
    spans = _SPANS_OF_KEYS if of_one_key else _SPANS
    rows = parts.count(asked, spans=spans[unit], by=by, by_key=of_one_key)
    sums: Counter[tuple[datetime, bool]] = Counter()
    for at, code, n in rows:
        sums[interval.floor(at), code == _VALID] += n
    return sums
