"""Roll-ups: the log of decisions, summed up step by step, each decision once."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from apiauth import windows
from apiauth.models import Decision, UsageMark
from apiauth.models.clock import database_now
from apiauth.usage import statements

HOUR = timedelta(hours=1)
# A decision's moment is that of its statement, which is seen when it commits: within
# the time that statements have. Nothing younger than this is summed up.
GRACE = timedelta(seconds=30)
MOST_ROWS = 10_000
_SECOND = timedelta(seconds=1)
# Whoever writes the log and has not committed may still add what began this early.
_OLDEST_WRITER = """
    SELECT MIN(xact_start) FROM pg_stat_activity
    WHERE datname = CURRENT_DATABASE() AND backend_type = 'client backend'
        AND backend_xid IS NOT NULL AND pid <> PG_BACKEND_PID()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stretch of the log that was summed up, and how many sums it touched."""

    since: datetime
    until: datetime
    sums: int


def roll_up(*, most_rows: int = MOST_ROWS) -> Generator[Step]:
    """Sum up what the log has beyond the sums, oldest first, until there is no more.

    Each step is one transaction of about `most_rows` decisions within one hour, in
    which the mark moves with the sums: whoever is killed in between loses nothing and
    counts nothing twice. It ends early while somebody else is at it.
    """
    while (step := _next_step(most_rows)) is not None:
        yield step


@transaction.atomic(durable=True)
def _next_step(most_rows: int) -> Step | None:
    mark = locked_mark()
    if mark is None:
        return None
    horizon = _horizon()
    since = _start_from(mark.until, horizon)
    if since is None or since >= horizon:
        _move(mark, horizon)
        return None
    until = end_of_stretch(since, horizon, most_rows)
    step = Step(since=since, until=until, sums=statements.add(since, until))
    _move(mark, until)
    return step


def locked_mark() -> UsageMark | None:
    """Take the one lock of all who change sums; None while somebody else has it."""
    free = UsageMark.objects.select_for_update(no_key=True, skip_locked=True)
    mark = free.filter(pk=UsageMark.ONE).first()
    if mark is not None or UsageMark.objects.exists():
        return mark
    first = Decision.objects.order_by("decided_at").values_list("decided_at", flat=True)
    horizon = _horizon()
    until = windows.hour_of(min(first.first() or horizon, horizon))
    UsageMark.objects.bulk_create([UsageMark(until=until)], ignore_conflicts=True)
    return free.filter(pk=UsageMark.ONE).first()


def _horizon() -> datetime:
    """Before when nothing can be added to the log any more; a whole second."""
    horizon = database_now() - GRACE
    if connection.vendor == "postgresql":
        # A commit may take longer than its statement was given: a standby that is
        # waited for has no time limit.
        with connection.cursor() as cursor:
            cursor.execute(_OLDEST_WRITER)
            oldest: datetime | None = cursor.fetchone()[0]
        horizon = min(horizon, oldest or horizon)
    return horizon.replace(microsecond=0)


def _start_from(mark: datetime, horizon: datetime) -> datetime | None:
    """Where the next stretch begins: hours of which the log has nothing are passed."""
    waiting = Decision.objects.filter(decided_at__gte=mark, decided_at__lt=horizon)
    first = waiting.order_by("decided_at").values_list("decided_at", flat=True).first()
    return None if first is None else max(mark, windows.hour_of(first))


def end_of_stretch(since: datetime, horizon: datetime, most_rows: int) -> datetime:
    """Where a stretch ends: a whole second, at the latest with the hour."""
    end = min(windows.hour_of(since) + HOUR, horizon)
    rows = Decision.objects.filter(decided_at__gte=since, decided_at__lt=end)
    moments = rows.order_by("decided_at").values_list("decided_at", flat=True)
    beyond = moments[most_rows : most_rows + 1].first()
    if beyond is None:
        return end
    return min(end, max(beyond.replace(microsecond=0), since + _SECOND))


def _move(mark: UsageMark, until: datetime) -> None:
    if until > mark.until:
        UsageMark.objects.filter(pk=mark.pk).update(until=until)
