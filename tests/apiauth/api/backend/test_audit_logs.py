"""`GET /api-auth/apps/{app_slug}/audit/logs`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from apiauth.api import outputs
from apiauth.decisions import Filters, Reach, page
from apiauth.models import Decision
from tests import make
from tests.apiauth.api.backend import reads
from tests.apiauth.api.bodies import assert_refused

SECOND = timedelta(seconds=1)


@pytest.fixture
def logs(client, acme):
    def get(**query):
        return reads.get(client, reads.LOGS, acme.bearer, **query)

    return get


@pytest.fixture
def ten(ci_key):
    """Ten rows, the newest first."""
    newest = make.soon(minutes=-1)
    return [make.decision(ci_key.key, newest - n * SECOND) for n in range(10)]


def ids(response):
    return [row["request_id"] for row in response.json()["data"]]


def test_tells_all_that_clients_read(logs, acme, ci_key):
    made = make.decision(
        ci_key.key,
        datetime.now(UTC).replace(microsecond=123_456),
        "permission_denied",
        method="DELETE",
        path="/v1/reports",
        client_ip="192.0.2.7",
        user_agent="curl/8",
    )

    assert logs().json()["data"] == [
        {
            "request_id": f"req_{made.id.hex}",
            "deployment_id": str(acme.deployment.id),
            "app_slug": "aa_1",
            "key_id": str(ci_key.key.id),
            "key_name": "CI",
            "outcome": "blocked",
            "blocked_by_rule": "permission_denied",
            "client_ip": "192.0.2.7",
            "path": "DELETE /v1/reports",
            "user_agent": "curl/8",
            "rate_limits": [],
            "timestamp": f"{made.decided_at:%Y-%m-%dT%H:%M:%S}.123Z",
        }
    ]


def test_names_the_rule_that_refused_and_how_the_limits_stood(logs, ci_key):
    stood = [{"rule": "3/3600s", "remaining": 0, "limit": 3}]
    made = {"blocked_rule": "3/3600s", "rate_limits": stood}
    make.decision(ci_key.key, make.soon(minutes=-1), "rate_limited", **made)

    (row,) = logs().json()["data"]
    assert (row["blocked_by_rule"], row["rate_limits"]) == ("3/3600s", stood)


def test_names_no_rule_that_was_only_reported(logs, ci_key):
    make.decision(ci_key.key, make.soon(minutes=-1), violation="network")

    (row,) = logs().json()["data"]
    assert (row["outcome"], row["blocked_by_rule"]) == ("allowed", None)


def test_shows_what_the_gateway_just_decided(logs, check):
    answer = check().json()

    (row,) = logs().json()["data"]
    assert row["request_id"] == answer["request_id"]
    assert (row["outcome"], row["blocked_by_rule"]) == ("allowed", None)


def test_ends_without_a_cursor(logs, ten):
    answer = logs().json()

    assert set(answer) == {"data", "limit", "has_more"}
    assert (answer["limit"], answer["has_more"]) == (100, False)


def test_leads_from_page_to_page(logs, ten):
    seen, query = [], {"limit": 4}
    for _ in range(3):
        response = logs(**query)
        seen += ids(response)
        query["cursor"] = response.json().get("next_cursor", "")

    assert seen == [row.request_id for row in ten]
    assert response.json()["has_more"] is False


def test_goes_on_behind_the_last_row(logs, ten):
    last = logs(limit=4).json()["data"][-1]

    behind = logs(cursor_ts=last["timestamp"], cursor_id=last["request_id"], offset=3)

    assert ids(behind) == [row.request_id for row in ten[4:]]


def test_skips_by_offset(logs, ten):
    assert ids(logs(offset=8)) == [row.request_id for row in ten[8:]]


@pytest.mark.parametrize(
    ("asked", "limit"), [(0, 1), (-5, 1), (1, 1), (1000, 1000), (10**30, 1000)]
)
def test_brings_the_limit_within_bounds(logs, ten, asked, limit):
    answer = logs(limit=asked).json()

    assert answer["limit"] == limit
    assert len(answer["data"]) == min(limit, 10)


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        ("allowed", {None}),
        ("blocked", {"expired"}),
        ("ALLOWED", {None, "expired"}),
        ("", {None, "expired"}),
        ("\x00", {None, "expired"}),
    ],
)
def test_filters_by_outcome(logs, ci_key, outcome, codes):
    make.decision(ci_key.key, make.soon(minutes=-1))
    make.decision(ci_key.key, make.soon(minutes=-1), "expired")

    shown = {row["blocked_by_rule"] for row in logs(outcome=outcome).json()["data"]}

    assert shown == codes


def test_filters_by_key_and_time(logs, acme, ci_key, ten):
    make.decision(make.key(acme.app, "other").key, ten[0].decided_at)

    found = logs(
        key_id=ci_key.key.id,
        start_date=ten[5].decided_at.isoformat(),
        end_date=ten[2].decided_at.isoformat(),
    )

    assert ids(found) == [row.request_id for row in ten[3:6]]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "x"),
        ("limit", ""),
        ("limit", "1.5"),
        ("limit", "9" * 5000),
        ("offset", "x"),
        ("offset", "-1"),
        ("offset", "100001"),
        ("offset", "9" * 30),
        ("cursor", "x"),
        ("cursor", "\x00"),
        ("cursor", "MTc5NTMwNTYwMDAwMHxyZXFfMQ"),
    ],
)
def test_says_which_place_cannot_be(logs, ten, parameter, value):
    assert_refused(logs(**{parameter: value}), 400, field=parameter)


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        ({"cursor_ts": "2026-11-22T12:00:00Z"}, "cursor_id"),
        ({"cursor_id": "req_1"}, "cursor_ts"),
        ({"cursor_ts": "now", "cursor_id": "req_1"}, "cursor_ts"),
        ({"cursor_ts": "2026-11-22T12:00:00Z", "cursor_id": "req_1"}, "cursor_id"),
    ],
)
def test_says_which_half_of_a_pair_cannot_be(logs, pair, field):
    assert_refused(logs(**pair), 400, field=field)


def test_front_ends_read_limits_as_text(acme, ci_key):
    stood = [{"rule": "3/3600s", "remaining": 2, "limit": 3}]
    make.decision(ci_key.key, make.soon(minutes=-1), rate_limits=stood)
    read = page(reach=Reach(app=acme.app), filters=Filters(), limit=1, now=make.soon())

    (row,) = outputs.SessionLog.of(read, acme.app).model_dump()["data"]

    (plain,) = outputs.Log.of(read, acme.app).model_dump()["data"]
    assert row == {**plain, "rate_limits": row["rate_limits"]}
    assert json.loads(row["rate_limits"]) == stood
    assert plain["rate_limits"] == stood
    assert Decision.objects.count() == 1
