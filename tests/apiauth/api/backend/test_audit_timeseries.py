"""`GET /api-auth/apps/{app_slug}/audit/timeseries`."""

from datetime import UTC, datetime

import pytest

from apiauth.usage import Interval
from tests import make
from tests.apiauth.api.backend import reads
from tests.apiauth.api.bodies import assert_refused

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MORNING = {"start_date": "2026-11-22T10:30:00Z", "end_date": "2026-11-22T12:30:00Z"}


@pytest.fixture
def timeseries(client, acme):
    def get(**query):
        return reads.get(client, reads.TIMESERIES, acme.bearer, **query)

    return get


def test_tells_every_bucket(timeseries, ci_key):
    make.decision(ci_key.key, NOON)
    make.decision(ci_key.key, NOON, "expired")
    nothing = {
        "total_requests": 0,
        "allowed_requests": 0,
        "blocked_requests": 0,
        "success_rate": 0,
    }

    assert timeseries(**MORNING).json() == {
        "interval": "hour",
        "data": [
            {"timestamp": "2026-11-22T10:00:00Z", **nothing},
            {"timestamp": "2026-11-22T11:00:00Z", **nothing},
            {
                "timestamp": "2026-11-22T12:00:00Z",
                "total_requests": 2,
                "allowed_requests": 1,
                "blocked_requests": 1,
                "success_rate": 50.0,
            },
        ],
    }


@pytest.mark.parametrize("interval", list(Interval))
def test_knows_every_interval(timeseries, ci_key, interval):
    make.decision(ci_key.key, NOON)

    answer = timeseries(**MORNING, interval=interval.value).json()

    assert answer["interval"] == interval
    starts = f"{interval.floor(NOON):%Y-%m-%dT%H:%M:%SZ}"
    found = {p["timestamp"] for p in answer["data"] if p["total_requests"]}
    assert found == {starts}


@pytest.mark.parametrize("interval", ["", "HOUR", "year", "quarter", "\x00"])
def test_takes_anything_else_as_hours(timeseries, interval):
    assert timeseries(**MORNING, interval=interval).json()["interval"] == "hour"


def test_has_no_grouping(timeseries):
    plain = timeseries(**MORNING).json()

    assert timeseries(**MORNING, group_by="key").json() == plain


@pytest.mark.parametrize("interval", [None, *Interval])
def test_needs_no_dates(timeseries, ci_key, interval):
    make.decision(ci_key.key, make.soon(minutes=-1))
    query = {} if interval is None else {"interval": interval.value}

    data = timeseries(**query).json()["data"]

    assert sum(p["total_requests"] for p in data) == 1


def test_filters_by_key(timeseries, acme, ci_key):
    make.decision(make.key(acme.app, "other").key, NOON)

    data = timeseries(**MORNING, key_id=ci_key.key.id).json()["data"]

    assert [p["total_requests"] for p in data] == [0, 0, 0]


def test_sums_up_to_the_analytics(timeseries, client, acme, ci_key):
    for code in ("valid", "valid", "expired"):
        make.decision(ci_key.key, NOON, code)
    sums = reads.get(client, reads.ANALYTICS, acme.bearer, **MORNING).json()

    data = timeseries(**MORNING).json()["data"]

    for column in ("total_requests", "allowed_requests", "blocked_requests"):
        assert sum(p[column] for p in data) == sums[column]


def test_names_the_bound_of_buckets(timeseries):
    refused = timeseries(start_date="2020-01-01T00:00:00Z", interval="minute")

    assert_refused(refused, 400, field="start_date")
    assert "10000" in refused.json()["message"]
