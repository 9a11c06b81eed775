"""`GET /api-auth/audit/…`: what a customer may read of the log."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import OwnerKind
from tests import make
from tests.apiauth.api.bodies import assert_refused

LOGS, ANALYTICS, SERIES = (
    f"/api-auth/audit/{name}" for name in ("logs", "analytics", "timeseries")
)
ALL = (LOGS, ANALYTICS, SERIES)


@pytest.fixture
def used(acme):
    """A key of ada's company: allowed twice, blocked once, within the last hour."""
    key = make.key(acme.app, "Used").key
    for minutes, code in ((50, "valid"), (40, "revoked"), (30, "valid")):
        make.decision(key, timezone.now() - timedelta(minutes=minutes), code)
    return key


@pytest.fixture
def others(acme, globex):
    """Keys that ada's page must not know of, used a moment ago."""
    zeta = keys.Owner(kind=OwnerKind.ORGANIZATION, id="zeta", organization_id="zeta")
    found = [
        make.key(acme.app, "Of another company", owner=zeta).key,
        make.key(globex.app, "Of another product").key,
        make.key(make.app(acme.deployment, "aa_2"), "Of another app").key,
    ]
    for key in found:
        make.decision(key, timezone.now() - timedelta(minutes=1))
    return found


def test_reads_the_log_as_the_hooks_do(page, used):
    data = page.read(f"{LOGS}?").json()["data"]

    assert set(data) == {"data", "limit", "has_more"}
    assert [row["outcome"] for row in data["data"]] == ["allowed", "blocked", "allowed"]
    row = data["data"][1]
    assert (row["key_id"], row["key_name"]) == (str(used.pk), "Used")
    assert row["blocked_by_rule"] == "revoked"
    assert json.loads(row["rate_limits"]) == []
    assert row["timestamp"].endswith("Z")


def test_pages_through_the_log(page, used):
    first = page.read(f"{LOGS}?limit=2").json()["data"]
    rest = page.read(f"{LOGS}?limit=2&cursor={first['next_cursor']}").json()["data"]

    seen = [row["request_id"] for row in [*first["data"], *rest["data"]]]
    assert first["has_more"]
    assert not rest["has_more"]
    assert len(set(seen)) == len(seen) == 3


@pytest.mark.parametrize(
    ("query", "rows"),
    [("outcome=allowed", 2), ("outcome=blocked", 1), ("outcome=perhaps", 3)],
)
def test_filters_the_log(page, used, query, rows):
    assert len(page.read(f"{LOGS}?{query}").json()["data"]["data"]) == rows


def test_sums_up_what_it_is_asked_for(page, used):
    plain = page.read(ANALYTICS).json()["data"]
    query = "include_top_keys=true&include_blocked_reasons=true"
    full = page.read(f"{ANALYTICS}?{query}").json()["data"]

    assert (plain["total_requests"], plain["blocked_requests"]) == (3, 1)
    assert round(plain["success_rate"], 1) == 66.7
    assert set(full) - set(plain) == {"top_keys", "blocked_reasons"}
    [top] = full["top_keys"]
    assert top == {"key_id": str(used.pk), "key_name": "Used", "total_requests": 3}


def test_gives_sums_over_time(page, used):
    data = page.read(f"{SERIES}?interval=day").json()["data"]

    assert data["interval"] == "day"
    assert sum(bucket["total_requests"] for bucket in data["data"]) == 3


def test_knows_nothing_of_keys_that_the_session_may_not_see(page, used, others):
    rows = page.read(LOGS).json()["data"]["data"]
    sums = page.read(f"{ANALYTICS}?include_top_keys=true").json()["data"]
    series = page.read(SERIES).json()["data"]["data"]

    assert {row["key_id"] for row in rows} == {str(used.pk)}
    assert (sums["total_requests"], sums["keys_used_24h"]) == (3, 1)
    assert len(sums["top_keys"]) == 1
    assert sum(bucket["total_requests"] for bucket in series) == 3


@pytest.mark.parametrize("path", ALL)
def test_a_foreign_key_has_no_rows_like_an_absent_one(page, used, others, path):
    absent = page.read(f"{path}?key_id=01936d2e-9b77-7f02-8a1e-3c5d7e9f1a2b").json()

    for key in others:
        assert page.read(f"{path}?key_id={key.pk}").json() == absent


@pytest.mark.parametrize("path", ALL)
def test_needs_a_session(stranger, path):
    assert_refused(stranger.read(path), 401)


@pytest.mark.parametrize("path", ALL)
def test_a_backend_key_opens_no_customers_log(acme, client, path):
    assert_refused(client.get(path, headers=acme.bearer), 401)


@pytest.mark.parametrize("path", ALL)
def test_needs_the_right_to_read_it(looker, path):
    assert_refused(looker.read(path), 403)


@pytest.mark.parametrize("path", ALL)
def test_takes_get_alone(page, path):
    assert_refused(page.send(path), 405)


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("query", ["start_date=soon", "key_id=%00", "key_id=1"])
def test_names_what_it_cannot_read(page, path, query):
    assert_refused(page.read(f"{path}?{query}"), 400, query.partition("=")[0])


@pytest.mark.parametrize(("path", "most"), [(LOGS, 3), (ANALYTICS, 5), (SERIES, 4)])
def test_costs_few_queries(page, used, django_assert_max_num_queries, path, most):
    page.read(path)

    # The session; its sign of life; the rows, or the sums' mark, the sums, and the keys
    # of the last day.
    with django_assert_max_num_queries(most):
        page.read(path)
