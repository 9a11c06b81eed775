"""How long the log of decisions is kept, where its coming rows go, what else goes."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from apiauth.models import UsageMark
from apiauth.models.clock import database_now
from apiauth.retention import counters, months, rows

__all__ = ["kept_since", "tidy"]


def tidy() -> int:
    """Prepare the coming months, and take what is past its time out of the log.

    Counters of limits whose windows have passed go, too.

    On PostgreSQL whole months go, elsewhere rows. What is younger than the retention
    stays, and so does what the sums do not hold yet. Safe to repeat and to interrupt;
    while somebody else is at it, it does nothing. Checks never wait for it longer than
    a fraction of a second: where it cannot have its locks by then, it raises
    `OperationalError`; nothing is then half done, and it may be tried again.
    Returns how many months or rows went.
    """
    counters.forget(now=database_now())
    limit = min(_wanted_since(), UsageMark.last_seen())
    if connection.vendor != "postgresql":
        return rows.delete(before=limit)
    with months.alone() as is_alone:
        if not is_alone:
            return 0
        months.prepare(database_now())
        return months.drop(before=limit)


def kept_since() -> datetime:
    """From when on the log is whole and stays so, by the database's clock.

    What a shorter retention took out does not come back with a longer one.
    """
    marks = UsageMark.objects.filter(pk=UsageMark.ONE)
    cut = marks.values_list("whole_since", flat=True).first()
    wanted = _wanted_since()
    return max(wanted, cut or wanted)


def _wanted_since() -> datetime:
    days = settings.KEYPLATE_DECISION_RETENTION_DAYS
    return (database_now() - timedelta(days=days)).replace(microsecond=0)
