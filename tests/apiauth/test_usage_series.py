"""Usage over time: every bucket of UTC, the empty ones included."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiauth import keys, usage
from apiauth.decisions import Filters, Reach
from apiauth.errors import Invalid
from apiauth.models import Decision, OwnerKind
from apiauth.usage import Interval
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def series(app, interval="hour", now=NOON, reach=None, **filters):
    return usage.series(
        reach=reach or Reach(app=app),
        filters=Filters(**filters),
        interval=Interval(interval),
        now=now,
    )


def counted(buckets):
    return {b.starts_at: (b.allowed, b.blocked) for b in buckets if b.total}


# ------------------------------------------------------------------------- buckets


def test_fills_the_gaps(acme, ci_key):
    make.decision(ci_key.key, NOON)
    make.decision(ci_key.key, NOON - 2 * HOUR, "revoked")

    buckets = series(acme.app, start=NOON - 3 * HOUR, end=NOON + MINUTE)

    assert [(b.starts_at, b.allowed, b.blocked, b.total) for b in buckets] == [
        (NOON - 3 * HOUR, 0, 0, 0),
        (NOON - 2 * HOUR, 0, 1, 1),
        (NOON - 1 * HOUR, 0, 0, 0),
        (NOON, 1, 0, 1),
    ]


@pytest.mark.parametrize(
    ("interval", "moment", "starts_at"),
    [
        ("minute", "2026-11-22T12:34:56.789Z", "2026-11-22T12:34:00Z"),
        ("hour", "2026-11-22T12:34:56.789Z", "2026-11-22T12:00:00Z"),
        ("day", "2026-11-22T23:59:59.999999Z", "2026-11-22T00:00:00Z"),
        ("week", "2026-11-21T23:59:59.999999Z", "2026-11-15T00:00:00Z"),
        ("week", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("week", "2027-01-01T12:00:00Z", "2026-12-27T00:00:00Z"),
        ("month", "2026-10-31T23:59:59Z", "2026-10-01T00:00:00Z"),
        ("month", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z"),
    ],
)
def test_begins_buckets_where_utc_does(acme, ci_key, interval, moment, starts_at):
    at = datetime.fromisoformat(moment)
    make.decision(ci_key.key, at)

    buckets = series(acme.app, interval, start=at, end=at + MICROSECOND)

    assert [(b.starts_at, b.allowed) for b in buckets] == [
        (datetime.fromisoformat(starts_at), 1)
    ]


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        ("month", ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"]),
        ("week", ["2026-11-29", "2026-12-06", "2026-12-13"]),
        ("day", ["2026-11-30", "2026-12-01", "2026-12-02"]),
    ],
)
def test_goes_from_one_bucket_to_the_next(acme, interval, starts):
    first = datetime(2026, 11, 30, 5, tzinfo=UTC)
    last = datetime.fromisoformat(f"{starts[-1]}T00:00:00Z")

    buckets = series(acme.app, interval, start=first, end=last + MICROSECOND)

    assert [f"{b.starts_at:%Y-%m-%d}" for b in buckets] == starts


def test_an_end_on_the_border_begins_no_bucket(acme):
    assert [b.starts_at for b in series(acme.app, start=NOON - HOUR, end=NOON)] == [
        NOON - HOUR
    ]
    assert series(acme.app, start=NOON, end=NOON) == []


# ------------------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("interval", "length"), [("minute", 3 * 1440 + 1), ("hour", 721), ("day", 31)]
)
def test_goes_back_to_now_by_default(acme, interval, length):
    buckets = series(acme.app, interval)

    assert len(buckets) == length
    assert buckets[-1].starts_at == Interval(interval).floor(NOON)


def test_honours_an_end_without_a_start(acme, ci_key):
    end = NOON - 100 * DAY
    make.decision(ci_key.key, end - HOUR)
    make.decision(ci_key.key, end)

    buckets = series(acme.app, "day", end=end)

    assert counted(buckets) == {Interval.DAY.floor(end): (1, 0)}
    assert buckets[0].starts_at == Interval.DAY.floor(end - 30 * DAY)


def test_leaves_out_nothing_that_a_clock_ahead_of_ours_wrote(acme, ci_key):
    make.decision(ci_key.key, NOON + 2 * MINUTE)

    buckets = series(acme.app, "minute", start=NOON - MINUTE)

    assert [b.allowed for b in buckets] == [0, 0, 0, 1]


@pytest.mark.parametrize("interval", Interval)
def test_nor_what_it_wrote_in_a_window_that_begins_after_our_moment(
    acme, ci_key, interval
):
    make.decision(ci_key.key, NOON + MICROSECOND)

    buckets = series(acme.app, interval, start=NOON + MICROSECOND)

    assert counted(buckets) == {interval.floor(NOON): (1, 0)}


def test_shows_what_is_to_come_when_the_end_is(acme):
    assert len(series(acme.app, "day", start=NOON, end=NOON + 6 * DAY)) == 7


@pytest.mark.parametrize("interval", ["minute", "hour", "day", "week"])
def test_refuses_more_buckets_than_its_bound(acme, interval):
    ever = {
        "start": datetime.min.replace(tzinfo=UTC),
        "end": datetime.max.replace(tzinfo=UTC),
    }

    with pytest.raises(Invalid, match=str(usage.MOST_BUCKETS)) as refused:
        series(acme.app, interval, **ever)

    assert refused.value.field == "start_date"
    assert len(series(acme.app, "month", **ever)) == 12 * (2200 - 1970)


def test_a_year_of_hours_is_within_the_bound(acme):
    year = series(acme.app, start=NOON - 366 * DAY)

    assert len(year) == 366 * 24 + 1


# ---------------------------------------------------------------------------- sums


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    interval=st.sampled_from(list(Interval)),
    shifts=st.lists(st.timedeltas(-3 * DAY, timedelta(0)), max_size=12),
    span=st.tuples(
        st.timedeltas(-4 * DAY, timedelta(0)),
        st.none() | st.timedeltas(timedelta(0), 4 * DAY),
    ),
)
def test_its_sums_are_those_of_the_analytics(acme, ci_key, interval, shifts, span):
    Decision.objects.all().delete()
    for n, shift in enumerate(shifts):
        make.decision(ci_key.key, NOON + shift, "valid" if n % 3 else "expired")
    since, length = NOON + span[0], span[1]
    asked = {"start": since, "end": None if length is None else since + length}

    buckets = series(acme.app, interval, **asked)

    sums = usage.analytics(
        reach=Reach(app=acme.app), filters=Filters(**asked), now=NOON
    )
    assert sum(b.allowed for b in buckets) == sums.allowed
    assert sum(b.blocked for b in buckets) == sums.blocked
    starts = [b.starts_at for b in buckets]
    assert starts == sorted(set(starts))
    assert set(counted(buckets)) <= {interval.floor(NOON + shift) for shift in shifts}


def test_finds_one_key(acme, ci_key):
    make.decision(ci_key.key, NOON)
    make.decision(make.key(acme.app, "other").key, NOON)

    mine = series(acme.app, key_id=ci_key.key.id, now=NOON + MINUTE)

    assert counted(mine) == {NOON: (1, 0)}


def test_another_tenant_another_app_and_another_owner_see_nothing(
    acme, globex, ada, ci_key
):
    ben = keys.Owner(kind=OwnerKind.USER, id="ben")
    make.decision(make.key(acme.app, owner=ben).key, NOON)

    for app in (globex.app, make.app(acme.deployment, "aa_2")):
        assert counted(series(app)) == {}
    assert counted(series(acme.app, reach=Reach.of_session(ada.session))) == {}
    assert counted(series(acme.app)) == {NOON: (1, 0)}


def test_costs_two_queries(acme, django_assert_num_queries):
    with django_assert_num_queries(2):  # the mark; the sums and the log
        series(acme.app)
