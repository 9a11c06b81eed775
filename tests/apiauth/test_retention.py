"""How long the log is kept, and where its rows are kept on PostgreSQL."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from apiauth import retention, usage
from apiauth.models import Decision, UsageBucket
from apiauth.retention import months, rows
from apiauth.retention.months import Month
from tests import make
from tests.apiauth.test_usage_races import held

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD = datetime(2020, 2, 29, 12, tzinfo=UTC)


def roll_up():
    return list(usage.roll_up())


def left():
    return sorted(Decision.objects.values_list("decided_at", flat=True))


def partitions():
    """The names of those that have rows, and how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM apiauth_decision")
        tables = [name for (name,) in cursor.fetchall()]
    return {name: tables.count(name) for name in tables}


# ------------------------------------------------------------------ on every engine


def test_takes_out_what_is_past_its_time_and_keeps_its_sums(ci_key):
    young = timezone.now() - 89 * DAY
    for at in (OLD, OLD + DAY, young):
        make.decision(ci_key.key, at)
    roll_up()

    assert retention.tidy() >= 1

    assert left() == [young]
    everybody = UsageBucket.objects.filter(owner_kind="", span="day")
    assert sum(bucket.total for bucket in everybody) == 3
    assert retention.tidy() == 0


def test_keeps_what_is_not_summed_up_yet(ci_key):
    make.decision(ci_key.key, OLD)

    assert retention.tidy() == 0

    assert left() == [OLD]


def test_keeps_as_many_days_as_the_setting_says(ci_key, settings):
    settings.KEYPLATE_DECISION_RETENTION_DAYS = 3000
    make.decision(ci_key.key, OLD)
    roll_up()

    assert retention.tidy() == 0
    assert retention.kept_since() <= timezone.now() - 2999 * DAY


def test_knows_what_went_when_the_retention_grows(ci_key, settings):
    for at in (OLD, OLD + 31 * DAY):
        make.decision(ci_key.key, at)
    roll_up()
    settings.KEYPLATE_DECISION_RETENTION_DAYS = (timezone.now() - OLD).days - 2
    before = retention.kept_since()

    retention.tidy()
    settings.KEYPLATE_DECISION_RETENTION_DAYS = 3660

    assert left() == [OLD + 31 * DAY]
    cut = retention.kept_since()
    assert OLD < cut <= before + timedelta(seconds=9)
    settings.KEYPLATE_DECISION_RETENTION_DAYS = 1
    assert retention.kept_since() > cut


def test_a_log_that_nothing_went_out_of_is_whole(ci_key, settings):
    make.decision(ci_key.key, timezone.now() - DAY)
    roll_up()
    retention.tidy()

    settings.KEYPLATE_DECISION_RETENTION_DAYS = 3660
    assert retention.kept_since() < timezone.now() - 3659 * DAY


def test_deletes_in_batches(ci_key, monkeypatch):
    monkeypatch.setattr(rows, "BATCH", 2)
    for n in range(5):
        make.decision(ci_key.key, OLD + n * DAY)

    assert rows.delete(before=OLD + 4 * DAY) == 4

    assert left() == [OLD + 4 * DAY]


@pytest.mark.parametrize(
    ("moment", "table", "following"),
    [
        ("2026-11-30T23:59:59.999Z", "apiauth_decision_2026_11", "2026-12-01"),
        ("2026-12-01T00:00:00Z", "apiauth_decision_2026_12", "2027-01-01"),
        ("2028-02-29T23:30:00-02:00", "apiauth_decision_2028_03", "2028-04-01"),
    ],
)
def test_months_are_those_of_utc(moment, table, following):
    month = Month.of(datetime.fromisoformat(moment))

    assert month.table == table
    assert f"{month.next.starts_at:%Y-%m-%d}" == following


# -------------------------------------------------------------------- on PostgreSQL


@pytest.mark.postgres
def test_this_month_and_the_next_ones_have_partitions(ci_key):
    now = timezone.now()
    this = Month.of(now)
    for month in (this, this.next, this.next.next):
        make.decision(ci_key.key, month.starts_at)

    assert partitions() == {
        month.table: 1 for month in (this, this.next, this.next.next)
    }


@pytest.mark.postgres
def test_prepares_months_before_they_come(ci_key):
    later = datetime(2031, 12, 15, tzinfo=UTC)

    months.prepare(later)
    months.prepare(later)

    for moment in (later, later + 31 * DAY, later + 60 * DAY):
        make.decision(ci_key.key, moment)
    assert set(partitions()) == {
        "apiauth_decision_2031_12",
        "apiauth_decision_2032_01",
        "apiauth_decision_2032_02",
    }


@pytest.mark.postgres
def test_no_insert_fails_where_no_month_was_prepared(ci_key):
    make.decision(ci_key.key, datetime(2040, 1, 1, tzinfo=UTC))

    assert partitions() == {"apiauth_decision_default": 1}


@pytest.mark.postgres
def test_moves_a_month_out_of_the_rest_once_it_is_over(ci_key):
    running = datetime(2040, 3, 31, 23, 59, tzinfo=UTC)
    for at in (running - 60 * DAY, running - 30 * DAY, running):
        make.decision(ci_key.key, at)
    before = sorted(Decision.objects.values_list())

    months.prepare(running)

    assert partitions() == {
        "apiauth_decision_2040_01": 1,
        "apiauth_decision_default": 2,
    }
    months.prepare(running + timedelta(minutes=2))
    assert partitions()["apiauth_decision_default"] == 2
    months.prepare(running + timedelta(hours=1))
    assert partitions() == {
        "apiauth_decision_2040_01": 1,
        "apiauth_decision_2040_03": 2,
    }
    assert sorted(Decision.objects.values_list()) == before


@pytest.mark.postgres
def test_drops_only_months_that_were_over_by_then(ci_key):
    for month in (1, 2, 3):
        make.decision(ci_key.key, datetime(2030, month, 15, tzinfo=UTC))
    months.prepare(datetime(2030, 5, 1, tzinfo=UTC))

    assert months.drop(before=datetime(2030, 2, 28, 23, 59, tzinfo=UTC)) >= 1

    assert [at.month for at in left()] == [2, 3]
    assert months.drop(before=datetime(2030, 3, 1, tzinfo=UTC)) == 1
    assert [at.month for at in left()] == [3]


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["apiauth_decision_2021_05"])
def test_new_months_have_the_indexes_of_the_others(ci_key, table):
    make.decision(ci_key.key, datetime(2021, 5, 5, tzinfo=UTC))
    months.prepare(NOON)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), bool_and(indisvalid), count(i.inhparent)"
            " FROM pg_index x LEFT JOIN pg_inherits i ON i.inhrelid = x.indexrelid"
            " WHERE indrelid = %s::regclass",
            [table],
        )
        assert cursor.fetchone() == (4, True, 4)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_gives_up_soon_where_it_would_make_checks_wait():
    key = make.key(make.app(make.deployment())).key
    make.decision(key, OLD)
    months.prepare(NOON)
    before = partitions()

    with held(Decision.objects.count):
        began = time.monotonic()
        with pytest.raises(OperationalError):
            months.drop(before=NOON)
        assert time.monotonic() - began < 1

    assert partitions() == before == {"apiauth_decision_2020_02": 1}
    assert months.drop(before=OLD + 30 * DAY) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_do_not_tidy_at_once():
    with held(_take_the_lock):
        assert retention.tidy() == 0


def _take_the_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [months._LOCK])
