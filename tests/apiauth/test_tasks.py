"""What the server does by itself, in its own thread, with a real database."""

import sys
import time
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apiauth.models import Decision, KeyUse
from apiauth.tasks import Tasks
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def key():
    """A key that asked once; nothing was summed up yet."""
    made = make.key(make.app(make.deployment())).key
    make.decision(made, NOON)
    return made


@contextmanager
def running(**options):
    tasks = Tasks(**{"tick": 0.02, **options})
    tasks.start()
    try:
        yield tasks
    finally:
        tasks.stop()
    assert not tasks._thread.is_alive()


def eventually(is_so, within=30.0):
    end = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < end, f"it never came about:\n{_where_all_are()}"
        time.sleep(0.02)


def _where_all_are():
    frames = sys._current_frames().values()
    return "\n".join("".join(traceback.format_stack(frame)) for frame in frames)


def rename(before, after):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")


def is_summed_up():
    return KeyUse.objects.filter(total=1).exists()


def test_sums_up_by_itself(key):
    with running():
        eventually(is_summed_up)


def test_tidies_the_log_by_itself(key):
    make.decision(key, NOON - timedelta(days=2000))

    with running(tidy_every=0.05):
        eventually(lambda: Decision.objects.count() == 1)

    assert KeyUse.objects.get().total == 2


def test_ends_within_a_second(key):
    with running(tick=60.0):
        eventually(is_summed_up)
        began = time.monotonic()

    assert time.monotonic() - began < 1


def test_may_be_ended_before_it_began():
    Tasks().stop()


def test_survives_a_database_that_fails_and_says_no_more_than_its_class(key, caplog):
    rename("apiauth_usagemark", "gone")

    with running():
        eventually(lambda: "tasks.failed" in caplog.messages)
        rename("gone", "apiauth_usagemark")
        eventually(is_summed_up)

    record = next(r for r in caplog.records if r.message == "tasks.failed")
    assert record.error in {"ProgrammingError", "OperationalError"}
    assert record.exc_info is None


def test_asks_less_often_while_it_fails(key, caplog):
    rename("apiauth_usagemark", "gone")
    with running():
        time.sleep(1.0)
    rename("gone", "apiauth_usagemark")

    # Every 20 ms it would be far more.
    assert 0 < caplog.messages.count("tasks.failed") < 16
