"""`GET /api-auth/apps/{app_slug}/audit/analytics`."""

import pytest

from tests import make
from tests.apiauth.api.backend import reads
from tests.apiauth.api.bodies import assert_refused

ALWAYS = {
    "total_requests",
    "allowed_requests",
    "blocked_requests",
    "success_rate",
    "keys_used_24h",
}
SECTIONS = {
    "include_top_keys": "top_keys",
    "include_top_paths": "top_paths",
    "include_blocked_reasons": "blocked_reasons",
    "include_rate_limits": "rate_limit_stats",
}


@pytest.fixture
def analytics(client, acme):
    def get(**query):
        return reads.get(client, reads.ANALYTICS, acme.bearer, **query)

    return get


@pytest.fixture
def rows(acme, ci_key):
    at = make.soon(minutes=-1)
    for code in ("valid", "valid", "rate_limited", "expired"):
        make.decision(ci_key.key, at, code, path="/v1/a")


def test_sums_up(analytics, rows):
    assert analytics().json() == {
        "total_requests": 4,
        "allowed_requests": 2,
        "blocked_requests": 2,
        "success_rate": 50.0,
        "keys_used_24h": 1,
    }


def test_of_nothing_the_rate_is_zero(analytics):
    assert analytics(**dict.fromkeys(SECTIONS, "true")).json() == {
        **dict.fromkeys(ALWAYS, 0),
        "top_keys": [],
        "top_paths": [],
        "blocked_reasons": [],
        "rate_limit_stats": {
            "total_hits": 0,
            "percentage_of_blocked": 0,
            "top_rules": [],
        },
    }


@pytest.mark.parametrize(("parameter", "section"), SECTIONS.items())
def test_has_a_section_where_it_is_asked_for(analytics, rows, parameter, section):
    assert set(analytics(**{parameter: "true"}).json()) == ALWAYS | {section}
    assert set(analytics(**{parameter: "false"}).json()) == ALWAYS


def test_tells_all_that_clients_read(analytics, rows, ci_key):
    answer = analytics(**dict.fromkeys(SECTIONS, "true")).json()

    assert {name: answer[name] for name in SECTIONS.values()} == {
        "top_keys": [
            {"key_id": str(ci_key.key.id), "key_name": "CI", "total_requests": 4}
        ],
        "top_paths": [{"path": "GET /v1/a", "total_requests": 4}],
        "blocked_reasons": [
            {"blocked_by_rule": "expired", "count": 1, "percentage": 50.0},
            {"blocked_by_rule": "rate_limited", "count": 1, "percentage": 50.0},
        ],
        "rate_limit_stats": {
            "total_hits": 1,
            "percentage_of_blocked": 50.0,
            "top_rules": [],
        },
    }


def test_tells_the_limits_that_refused(analytics, ci_key):
    for rule in ("3/3600s", "3/3600s", "3/3600s", "1/1s"):
        hit = {"blocked_rule": rule, "code": "rate_limited"}
        make.decision(ci_key.key, make.soon(minutes=-1), **hit)
    make.decision(ci_key.key, make.soon(minutes=-1), "revoked")
    asked = {"include_rate_limits": "true", "include_blocked_reasons": "true"}

    answer = analytics(**asked, top_limit=1).json()

    assert answer["rate_limit_stats"] == {
        "total_hits": 4,
        "percentage_of_blocked": 80.0,
        "top_rules": [{"rule": "3/3600s", "hit_count": 3, "percentage": 75.0}],
    }
    assert [
        (reason["blocked_by_rule"], reason["percentage"])
        for reason in answer["blocked_reasons"]
    ] == [("3/3600s", 60.0), ("1/1s", 20.0), ("revoked", 20.0)]


@pytest.mark.parametrize(("asked", "length"), [(-1, 1), (0, 1), (3, 3), (999, 50)])
def test_brings_the_length_of_lists_within_bounds(analytics, ci_key, asked, length):
    for n in range(51):
        make.decision(ci_key.key, make.soon(minutes=-1), path=f"/{n}")

    shown = analytics(include_top_paths="true", top_limit=asked).json()["top_paths"]

    assert len(shown) == length


def test_filters_by_key_and_time(analytics, acme, ci_key, rows):
    other = make.key(acme.app, "other").key
    make.decision(other, make.soon(minutes=-1))

    assert analytics(key_id=other.id).json()["total_requests"] == 1
    assert analytics(end_date=make.soon(hours=-1).isoformat()).json() == {
        **dict.fromkeys(ALWAYS, 0),
        "keys_used_24h": 2,
    }


@pytest.mark.parametrize("parameter", sorted(SECTIONS))
def test_says_which_switch_cannot_be(analytics, parameter):
    assert_refused(analytics(**{parameter: "perhaps"}), 400, field=parameter)


def test_says_when_a_length_is_no_number(analytics):
    assert_refused(analytics(top_limit="x"), 400, field="top_limit")
