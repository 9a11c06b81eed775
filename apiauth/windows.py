"""Spans of time that readers ask for: from a moment, inclusive, to another, exclusive."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apiauth.errors import Invalid

# Nothing was recorded outside of these; further away, sums of moments overflow.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time in UTC; without an end it is open."""

    since: datetime
    until: datetime | None


def ask(
    *,
    start: datetime | None,
    end: datetime | None,
    default: timedelta | None,
    now: datetime,
) -> Window:
    """Bring what was asked for into a window.

    Without a start it goes back `default` from the end, or from now, whichever is
    earlier; without a default it goes back to the beginning. Raises `Invalid` when
    the end is before the start.
    """
    until = None if end is None else clamped(end)
    if start is not None and until is not None and clamped(start) > until:
        raise Invalid("end_date must not be before start_date.", field="end_date")
    if start is not None:
        return Window(since=clamped(start), until=until)
    if default is None:
        return Window(since=EARLIEST, until=until)
    last = clamped(now if end is None else min(end, now))
    return Window(since=max(EARLIEST, last - default), until=until)


def clamped(moment: datetime) -> datetime:
    """Bring a moment into UTC, and to where moments can be reckoned with."""
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


def hour_of(moment: datetime) -> datetime:
    """When the hour began that holds a moment of UTC."""
    return moment.replace(minute=0, second=0, microsecond=0)


def day_of(moment: datetime) -> datetime:
    """When the day began that holds a moment of UTC."""
    return hour_of(moment).replace(hour=0)
