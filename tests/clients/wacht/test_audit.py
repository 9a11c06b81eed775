"""The log of decisions by the SDK (README: 7)."""

import pytest

from tests.clients import nodes

ROW = {
    "app_slug",
    "blocked_by_rule",
    "client_ip",
    "deployment_id",
    "key_id",
    "key_name",
    "outcome",
    "path",
    "rate_limits",
    "request_id",
    "timestamp",
    "user_agent",
}


@pytest.fixture(scope="module")
def told(tell):
    return tell("audit")


def ids(page):
    return [row["request_id"] for row in page["data"]]


def test_reads_rows_newest_first(told):
    log, keys = nodes.answers(told, "log", "keys")

    newest, oldest = log["data"][0], log["data"][-1]
    assert [set(row) for row in log["data"]] == [ROW] * 7
    assert (log["limit"], log["has_more"], "next_cursor" in log) == (100, False, False)
    assert (newest["key_id"], newest["key_name"]) == (keys["calm"], "Calm")
    assert (newest["path"], oldest["path"]) == ("POST /v1/reports", "GET /v1/a")
    assert (newest["client_ip"], newest["user_agent"]) == (
        "203.0.113.7",
        "northwind/1.0",
    )
    assert newest["timestamp"].endswith("Z")
    assert newest["request_id"].startswith("req_")
    assert [sorted(one) for one in newest["rate_limits"]] == [
        ["limit", "remaining", "rule"]
    ]


def test_words_outcomes_as_clients_compare_them(told):
    rows = told["log"]["answer"]["data"]

    outcomes = {(row["outcome"], row["blocked_by_rule"]) for row in rows}
    assert outcomes == {("allowed", None), ("blocked", "permission_denied")}


def test_records_no_query_of_the_path(told):
    assert "secret=no" not in str(told["log"]["answer"])


def test_leads_from_page_to_page_until_there_is_no_more(told):
    pages, log = nodes.answers(told, "pages", "log")

    assert [len(page["data"]) for page in pages] == [2, 2, 2, 1]
    assert [page["has_more"] for page in pages] == [True, True, True, False]
    assert "next_cursor" not in pages[-1]
    assert [one for page in pages for one in ids(page)] == ids(log)


def test_goes_on_behind_a_row_by_its_moment_and_id(told):
    log, behind, both = nodes.answers(told, "log", "behindThird", "cursorBeforePair")

    assert ids(behind) == ids(log)[3:]
    # Where a cursor is given as well, the cursor counts.
    assert ids(both) == ids(log)[2:4]


@pytest.mark.parametrize(("call", "limit"), [("limitOfNone", 1), ("limitOfMany", 1000)])
def test_brings_the_limit_within_bounds(told, call, limit):
    assert told[call]["answer"]["limit"] == limit


@pytest.mark.parametrize(
    ("call", "indexes"),
    [
        ("skippedTwo", [2, 3, 4, 5, 6]),
        ("allowed", [0, 1, 4, 5, 6]),
        ("blocked", [2, 3]),
        ("oddOutcome", [0, 1, 2, 3, 4, 5, 6]),
        ("ofCalm", [0, 1]),
        ("since2099", []),
        ("until2020", []),
    ],
)
def test_filters(told, call, indexes):
    log = ids(told["log"]["answer"])

    assert ids(told[call]["answer"]) == [log[index] for index in indexes]


@pytest.mark.parametrize(
    ("call", "field"), [("oddCursor", "cursor"), ("oddMoment", "start_date")]
)
def test_reads_which_parameter_is_wrong(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"] == {"field": field}


@pytest.mark.parametrize(
    "call", ["unknownApp", "foreignApp", "sumsOfUnknownApp", "courseOfUnknownApp"]
)
def test_finds_no_other_app(told, call):
    assert nodes.refusal(told[call]) == ("NotFoundError", 404)
    assert told[call]["message"] == told["unknownApp"]["message"]


def test_tells_nothing_to_a_key_that_nobody_minted(told):
    assert nodes.refusal(told["logOfNobody"]) == ("AuthenticationError", 401)
