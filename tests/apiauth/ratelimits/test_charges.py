"""Charges: which rules speak of a request, and who is counted together."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import ratelimits
from apiauth.ratelimits import Mode, Unit
from tests.apiauth.ratelimits.moments import NOON, charges, rule

OTHER = str(uuid.UUID(int=9))


def counter(of, **ids):
    [charge] = charges(of, **ids)
    return charge.counter


def counts_together(mode, **other):
    return counter(rule(mode=mode)) == counter(rule(mode=mode), **other)


@given(st.lists(st.integers(-2, 2)))
def test_asks_by_priority_and_keeps_the_order_of_equals(priorities):
    rules = [rule(most=n, priority=p) for n, p in enumerate(priorities, 1)]

    order = [(charge.rule.priority, charge.most) for charge in charges(*rules)]

    assert order == sorted((one.priority, one.max_requests) for one in rules)


@pytest.mark.parametrize(
    ("endpoints", "speaks"),
    [
        (None, True),
        (("*",), True),
        (("/v1/reports",), True),
        (("/other", "/v1/reports"), True),
        (("/other",), False),
        (("/v1",), False),
        (("/v1/reports/",), True),
        (("/V1/reports",), False),
        (("/v1/%72eports",), True),
    ],
)
def test_takes_the_rules_that_speak_of_the_path(endpoints, speaks):
    assert bool(charges(rule(endpoints=endpoints))) == speaks


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reports/",
        "/v1//reports",
        "/v1/./reports",
        "/v1/x/../reports",
        "/v1/reports;a=b",
        "/v1%2Freports",
        "/v1\\reports",
    ],
)
def test_a_path_that_may_be_another_one_is_no_way_around(path):
    assert len(charges(rule(endpoints=("/v1/reports",)), path=path)) == 1


def test_no_other_spelling_of_a_path_is_a_way_around():
    of = rule(endpoints=("/v1/reports",))

    assert counter(of, path="/%76%31/report%73") == counter(of)


@pytest.mark.parametrize(
    ("mode", "apart_by"),
    [
        (Mode.PER_APP, {"app_id"}),
        (Mode.PER_APP_AND_IP, {"app_id", "client_ip"}),
        (Mode.PER_IP, {"client_ip"}),
        (Mode.PER_KEY, {"key_id"}),
        (Mode.PER_KEY_AND_IP, {"key_id", "client_ip"}),
    ],
)
def test_counts_by_mode(mode, apart_by):
    others = {"app_id": OTHER, "key_id": OTHER, "client_ip": "192.0.2.9"}

    assert {
        name
        for name, other in others.items()
        if not counts_together(mode, **{name: other})
    } == apart_by
    assert not counts_together(mode, deployment_id=OTHER)
    assert counts_together(mode, path="/elsewhere")


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("", "", True),
        ("", "192.0.2.1", False),
        ("", "::", False),
    ],
)
def test_counts_an_ipv6_network_as_one_address(one, other, together):
    of = rule(mode=Mode.PER_IP)

    assert (counter(of, client_ip=one) == counter(of, client_ip=other)) == together


def test_counts_other_windows_and_other_endpoints_apart():
    others = [
        rule(),
        rule(Unit.SECOND),
        rule(duration=2),
        rule(endpoints=("/v1/reports",)),
        rule(endpoints=("/v1/reports", "/b")),
    ]

    assert len({counter(other) for other in others}) == len(others)


@pytest.mark.parametrize(
    "same",
    [
        rule(most=1000),
        rule(priority=7),
        rule(endpoints=("*",)),
        rule(endpoints=("/a", "*")),
    ],
)
def test_counts_on_whatever_else_a_rule_says(same):
    assert counter(rule()) == counter(same)
    assert len(counter(same)) == 16


def test_the_order_of_endpoints_does_not_matter():
    ends = ("/v1/reports", "/b")

    assert counter(rule(endpoints=ends)) == counter(rule(endpoints=ends[::-1]))


def test_limits_each_key_when_nobody_said_otherwise():
    [default] = ratelimits.default_rules(1000)

    assert (default.mode, ratelimits.label(default)) == (Mode.PER_KEY, "1000/60s")
    assert ratelimits.default_rules(0) == ()


def test_takes_what_was_stored_as_it_was_read():
    rules = ratelimits.read(
        [
            {"unit": "minute", "duration": 1, "max_requests": 5, "endpoints": ["/a"]},
            {"unit": "day", "duration": 2, "max_requests": 6, "priority": 3},
        ]
    )

    assert ratelimits.stored([one.written() for one in rules]) == tuple(rules)
    assert ratelimits.stored([]) == ()


def test_moves_to_another_moment_and_stays_the_same_otherwise():
    [charge] = charges(rule(Unit.MINUTE))
    later = NOON + timedelta(seconds=2.5)

    moved = ratelimits.moved(charge, later)

    assert moved.slot == ratelimits.slot_of(charge.rule, later) == charge.slot + 2
    assert moved._replace(slot=charge.slot) == charge
