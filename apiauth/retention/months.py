"""The partitions of the log on PostgreSQL: one a month of UTC, and one for the rest.

The rest takes what no month takes, so that no insert ever fails. A month that came
about there is moved into a partition of its own once it is over, when nothing is added
to it any more: no check waits for that.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from apiauth import windows
from apiauth.retention import cuts

TABLE = "apiauth_decision"
REST = f"{TABLE}_default"
AHEAD = 2
# Who waits for a table makes all wait who come after: hence never for long.
_LOCK_LIMIT = "200ms"
# As long as the rest of the rows is looked through while nobody can add to it.
_SCAN_LIMIT = "2s"
_NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d{{2}})")
_LOCK = 7_203_514_423  # any number, as long as it is always this one
_SETTLED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The month that holds a moment."""
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def starts_at(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def table(self) -> str:
        return f"{TABLE}_{self.year:04}_{self.number:02}"

    @property
    def condition(self) -> str:
        """What is true of its rows, in SQL."""
        start, end = self.starts_at, self.next.starts_at
        return f"decided_at >= '{start}' AND decided_at < '{end}'"


@contextmanager
def alone() -> Iterator[bool]:
    """Be the only one who changes partitions; tells whether that was to be had."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_alone: bool = cursor.fetchone()[0]
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def prepare(now: datetime) -> None:
    """See to it that this month and the coming ones have partitions.

    Months that came about in the rest get theirs when they are over. Raises
    `OperationalError` when a lock cannot be had soon; nothing is then half done.
    """
    for month in _over_in_rest(now):
        _move(month)
    known, month = set(_known()), Month.of(now)
    for _ in range(AHEAD + 1):
        if month not in known and not _rest_has(month):
            _attach(month)
        month = month.next


def drop(*, before: datetime) -> int:
    """Drop the months that were over by a moment; returns how many."""
    dropped = 0
    for month in sorted(_known()):
        if month.next.starts_at > before:
            break
        with _statements() as cursor:
            cuts.note(before=month.next.starts_at)
            cursor.execute(f"DROP TABLE {month.table}")
        dropped += 1
    return dropped


def _known() -> Iterator[Month]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [TABLE],
        )
        for (name,) in cursor.fetchall():
            if found := _NAME.fullmatch(name):
                yield Month(int(found[1]), int(found[2]))


def _over_in_rest(now: datetime) -> Iterator[Month]:
    """Months that are over and of which the rest has rows, oldest first."""
    running, since = Month.of(now - _SETTLED), windows.EARLIEST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT MIN(decided_at) FROM {REST} WHERE decided_at >= %s",  # noqa: S608 - ours
                [since],
            )
            first: datetime | None = cursor.fetchone()[0]
        if first is None or Month.of(first) >= running:
            return
        yield Month.of(first)
        since = Month.of(first).next.starts_at


def _rest_has(month: Month) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {REST} WHERE {month.condition})"  # noqa: S608 - ours
        )
        found: bool = cursor.fetchone()[0]
    return found


def _attach(month: Month) -> None:
    """Give an empty month its partition."""
    with _statements() as cursor:
        _make(cursor, month)
        _join(cursor, month)


def _move(month: Month) -> None:
    """Move a month that is over out of the rest.

    The rest is told first that the month is no business of its own, so that it need
    not be looked through while it is locked.
    """
    rule = f"decision_not_of_{month.year:04}_{month.number:02}"
    with _statements() as cursor:
        cursor.execute(
            f"ALTER TABLE {REST} DROP CONSTRAINT IF EXISTS {rule},"
            f" ADD CONSTRAINT {rule} CHECK (NOT ({month.condition})) NOT VALID"
        )
    with _statements(limit="0") as cursor:
        _make(cursor, month)
        cursor.execute(
            f"WITH moved AS (DELETE FROM {REST} WHERE {month.condition} RETURNING *)"  # noqa: S608 - ours
            f" INSERT INTO {month.table} SELECT * FROM moved"
        )
        cursor.execute(f"ALTER TABLE {REST} VALIDATE CONSTRAINT {rule}")
        _join(cursor, month)
        cursor.execute(f"ALTER TABLE {REST} DROP CONSTRAINT {rule}")


def _make(cursor: CursorWrapper, month: Month) -> None:
    cursor.execute(f"CREATE TABLE {month.table} (LIKE {TABLE} INCLUDING ALL)")
    # Known by this to hold nothing else, it is not looked through when it joins.
    cursor.execute(
        f"ALTER TABLE {month.table} ADD CONSTRAINT of_its_month"
        f" CHECK ({month.condition})"
    )


def _join(cursor: CursorWrapper, month: Month) -> None:
    start, end = month.starts_at, month.next.starts_at
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {month.table}"
        f" FOR VALUES FROM ('{start}') TO ('{end}')"
    )
    cursor.execute(f"ALTER TABLE {month.table} DROP CONSTRAINT of_its_month")


@contextmanager
def _statements(*, limit: str = _SCAN_LIMIT) -> Iterator[CursorWrapper]:
    """A transaction whose statements wait for no lock for long."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_LIMIT}'")
        cursor.execute(f"SET LOCAL statement_timeout = '{limit}'")
        yield cursor
