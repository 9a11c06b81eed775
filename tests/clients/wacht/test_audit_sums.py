"""The log summed up by the SDK (README: 7)."""

from datetime import datetime

import pytest

from tests.clients import nodes

SUMS = {
    "allowed_requests": 5,
    "blocked_requests": 2,
    "keys_used_24h": 2,
    "success_rate": pytest.approx(500 / 7),
    "total_requests": 7,
}
POINT = SUMS.keys() - {"keys_used_24h"} | {"timestamp"}


@pytest.fixture(scope="module")
def told(tell):
    return tell("audit")


@pytest.mark.parametrize("call", ["sums", "noSection"])
def test_sums_up_without_sections_that_nobody_asked_for(told, call):
    assert told[call]["answer"] == SUMS


@pytest.mark.parametrize(
    ("switch", "section"),
    [
        ("include_top_keys", "top_keys"),
        ("include_top_paths", "top_paths"),
        ("include_blocked_reasons", "blocked_reasons"),
        ("include_rate_limits", "rate_limit_stats"),
    ],
)
def test_adds_the_section_that_was_asked_for(told, switch, section):
    answer = dict(told[switch]["answer"])
    everything = told["everySection"]["answer"]

    assert answer.pop(section) == everything[section]
    assert answer == SUMS


def test_tells_all_that_clients_read_in_the_sections(told):
    sums, keys = nodes.answers(told, "everySection", "keys")

    assert sums["top_keys"] == [
        {"key_id": keys["busy"], "key_name": "Busy", "total_requests": 5},
        {"key_id": keys["calm"], "key_name": "Calm", "total_requests": 2},
    ]
    assert {"path": "GET /v1/b", "total_requests": 1} in sums["top_paths"]
    assert sums["blocked_reasons"] == [
        {"blocked_by_rule": "permission_denied", "count": 2, "percentage": 100}
    ]
    nothing = {"total_hits": 0, "percentage_of_blocked": 0, "top_rules": []}
    assert sums["rate_limit_stats"] == nothing


def test_shortens_the_lists_of_the_top(told):
    sums = told["topOne"]["answer"]

    assert (len(sums["top_keys"]), len(sums["top_paths"])) == (1, 1)


def test_sums_up_one_key_alone(told):
    sums = told["sumsOfCalm"]["answer"]

    assert (sums["total_requests"], sums["success_rate"]) == (2, 100)
    assert sums["keys_used_24h"] == 2  # Whatever the filters.


def test_of_nothing_the_rate_is_zero(told):
    sums = told["sumsOfNothing"]["answer"]

    assert (sums["total_requests"], sums["success_rate"]) == (0, 0)


@pytest.mark.parametrize("interval", ["minute", "hour", "day", "week", "month"])
def test_sums_up_by_every_interval(told, interval):
    course = told[interval]["answer"]

    points = course["data"]
    assert set(course) == {"data", "interval"}
    assert course["interval"] == interval
    assert [set(point) for point in points] == [set(POINT)] * len(points)
    assert sum(point["total_requests"] for point in points) == 7
    moments = [point["timestamp"] for point in points]
    assert moments == sorted(moments)
    assert all(moment.endswith(":00Z") for moment in moments)


def test_begins_a_week_on_sunday(told):
    begins = told["week"]["answer"]["data"][0]["timestamp"]

    assert datetime.fromisoformat(begins).strftime("%A %X") == "Sunday 00:00:00"


@pytest.mark.parametrize("call", ["usual", "oddInterval"])
def test_takes_the_hour_for_anything_else(told, call):
    assert told[call]["answer"]["interval"] == "hour"


def test_goes_back_thirty_days_by_itself(told):
    points = told["usual"]["answer"]["data"]

    assert len(points) == 30 * 24 + 1
    assert sum(point["total_requests"] for point in points) == 7


def test_shows_the_course_of_one_key_alone(told):
    points = told["courseOfCalm"]["answer"]["data"]

    assert sum(point["total_requests"] for point in points) == 2
