"""Several roll-ups, writers and readers at once, with real transactions."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apiauth import usage
from apiauth.decisions import Filters, Reach
from apiauth.models import KeyDay, KeyUse, UsageBucket, UsageMark
from apiauth.usage import Interval, Section, rollups
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROWS = 240
JOBS = 4


@pytest.fixture
def app():
    return make.app(make.deployment())


@pytest.fixture
def key(app):
    """A key that asked once a minute for four hours."""
    made = make.key(app).key
    for n in range(ROWS):
        make.decision(made, NOON + n * MINUTE)
    return made


def roll_up(**options):
    try:
        return sum(1 for _ in usage.roll_up(**options))
    finally:
        connection.close()


def totals():
    return {
        "hours": sum(b.total for b in UsageBucket.objects.filter(span="hour")),
        "days": sum(b.total for b in UsageBucket.objects.filter(span="day")),
        "key": sum(day.total for day in KeyDay.objects.all()),
        "uses": sum(use.total for use in KeyUse.objects.all()),
    }


def of(rows):
    """All sums of so many decisions; buckets count them for the owner and for all."""
    return {"hours": 2 * rows, "days": 2 * rows, "key": rows, "uses": rows}


@contextmanager
def held(hold):
    """Hold what a callable takes in a transaction, on a connection of its own."""
    took, enough = threading.Event(), threading.Event()

    def keep():
        try:
            with transaction.atomic():
                hold()
                took.set()
                enough.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as holder:
        kept = holder.submit(keep)
        assert took.wait(10)
        try:
            yield
        finally:
            enough.set()
            kept.result()


def test_many_at_once_count_every_decision_once(key):
    with ThreadPoolExecutor(JOBS) as jobs:
        list(jobs.map(lambda _: roll_up(most_rows=7), range(JOBS)))
    roll_up()

    assert totals() == of(ROWS)


def test_readers_see_one_moment_while_the_mark_moves(app, key):
    reach, seen = Reach(app=app), set()
    asked: dict[str, Any] = {"filters": Filters(start=NOON), "now": NOON + 400 * MINUTE}
    with ThreadPoolExecutor(1) as job:
        rolling = job.submit(roll_up, most_rows=2)
        while not rolling.done():
            sums = usage.analytics(reach=reach, **asked, sections=[Section.TOP_KEYS])
            buckets = usage.series(reach=reach, interval=Interval.HOUR, **asked)
            known = type(key).objects.with_use().get()
            seen |= {sums.total, sums.top_keys[0].total, known.uses}
            seen.add(sum(bucket.total for bucket in buckets))
            seen.add(sums.keys_used_24h * ROWS)

    assert seen == {ROWS}
    assert totals() == of(ROWS)


@pytest.mark.postgres
def test_does_nothing_while_somebody_else_is_at_it(key):
    assert roll_up(most_rows=1000) == 4
    make.decision(key, UsageMark.objects.get().until + timedelta(seconds=1))

    with held(rollups.locked_mark):
        assert roll_up() == 0

    assert totals() == of(ROWS)


@pytest.mark.postgres
def test_one_that_is_killed_loses_nothing_and_counts_nothing_twice(key):
    next(usage.roll_up(most_rows=10))
    before = totals()

    with (
        ThreadPoolExecutor(1) as job,
        # Its last statement waits here: the others have added to their sums by then.
        held(lambda: KeyUse.objects.select_for_update().get()),
    ):
        killed = job.submit(roll_up)
        while not _terminate_who_waits():
            time.sleep(0.01)
        with pytest.raises(OperationalError):
            killed.result()

    assert totals() == before
    roll_up()
    assert totals() == of(ROWS)


def _terminate_who_waits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = CURRENT_DATABASE() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchall()


@pytest.mark.postgres
def test_waits_for_a_writer_that_commits_late(key, monkeypatch):
    monkeypatch.setattr(rollups, "GRACE", timedelta(0))
    roll_up()

    with held(lambda: make.decision(key, Now())):
        time.sleep(1.1)
        make.decision(key, Now())
        time.sleep(1.1)
        roll_up()
        assert totals() == of(ROWS)
    roll_up()

    assert totals() == of(ROWS + 2)
    assert UsageMark.objects.get().until <= timezone.now()
