"""Rules that limit requests, as they are read."""

from datetime import timedelta

import pytest

from apiauth import errors, ratelimits
from apiauth.ratelimits import MAX_DURATIONS, Mode, Rule, Unit

LEAST = {"unit": "minute", "duration": 1, "max_requests": 100}
LENGTHS = {
    Unit.CALENDAR_DAY: timedelta(days=1),
    Unit.DAY: timedelta(days=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.MILLISECOND: timedelta(milliseconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.MONTH: timedelta(days=30),
    Unit.SECOND: timedelta(seconds=1),
}


def refused(*rules):
    with pytest.raises(errors.Invalid) as refusal:
        ratelimits.read(list(rules))
    assert refusal.value.message.endswith(".")
    return refusal.value.field


def test_reads_all_that_a_rule_may_say():
    said = {**LEAST, "mode": "per_ip", "endpoints": ["/v1", "*"], "priority": -2}

    [rule] = ratelimits.read([said])

    assert rule == Rule(
        unit=Unit.MINUTE,
        duration=1,
        max_requests=100,
        mode=Mode.PER_IP,
        endpoints=("/v1", "*"),
        priority=-2,
    )
    assert rule.written() == said


@pytest.mark.parametrize("more", [{}, {"mode": None, "priority": None}])
@pytest.mark.parametrize("endpoints", [{}, {"endpoints": None}, {"endpoints": []}])
def test_writes_out_what_was_left_out(more, endpoints):
    [rule] = ratelimits.read([{**LEAST, **more, **endpoints}])

    assert rule.written() == {**LEAST, "mode": "per_app", "priority": 0}


def test_reads_what_it_wrote():
    rules = ratelimits.read([{**LEAST, "endpoints": ["/a"]}, {**LEAST, "unit": "day"}])

    assert ratelimits.read([rule.written() for rule in rules]) == rules


def test_ignores_members_that_no_rule_has():
    [rule] = ratelimits.read([{**LEAST, "burst": 5}])

    assert "burst" not in rule.written()


@pytest.mark.parametrize("unit", Unit)
def test_holds_each_unit_to_its_longest_window(unit):
    longest = MAX_DURATIONS[unit]

    [rule] = ratelimits.read([{**LEAST, "unit": unit.value, "duration": longest}])

    assert (rule.unit, rule.duration) == (unit, longest)
    for duration in (0, -1, longest + 1, True, 1.0, "1", None):
        beyond = {**LEAST, "unit": unit.value, "duration": duration}
        assert refused(LEAST, beyond) == "rules.1.duration"


@pytest.mark.parametrize("unit", LENGTHS)
def test_no_window_is_longer_than_thirty_days(unit):
    assert MAX_DURATIONS[unit] * LENGTHS[unit] <= timedelta(days=30)


@pytest.mark.parametrize("mode", Mode)
def test_takes_every_mode_that_clients_know(mode):
    assert ratelimits.read([{**LEAST, "mode": mode.value}])[0].mode is mode


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("unit", [None, "", "week", "MINUTE", 1, ["minute"], {}]),
        ("max_requests", [None, 0, -1, 2**31, True, 1.5, "9"]),
        ("mode", ["", "per_user", 1, []]),
        ("priority", [True, "1", 1.5, 2**31, -(2**31)]),
        ("endpoints", ["/v1", {"a": 1}, 7, ["/v1"] * 101, [7], [None], [""]]),
        ("endpoints", [["/v1/*"], ["/v1?x=1"], ["/v1#top"], ["a\x00b"], ["/" * 501]]),
    ],
)
def test_names_the_member_that_is_wrong(member, values):
    for value in values:
        assert refused(LEAST, {**LEAST, member: value}) == f"rules.1.{member}"


def test_an_endpoint_is_a_path_as_the_gateway_sees_it():
    said = {**LEAST, "endpoints": ["v1/reports", "/v1/reports", " /b "]}

    assert ratelimits.read([said])[0].endpoints == ("/v1/reports", "/b")


@pytest.mark.parametrize("rules", [None, [], {}, "rules", [LEAST] * 21])
def test_wants_a_list_of_rules(rules):
    with pytest.raises(errors.Invalid) as refusal:
        ratelimits.read(rules)

    assert refusal.value.field == "rules"


@pytest.mark.parametrize("rule", [None, 7, "minute", []])
def test_wants_each_rule_to_be_an_object(rule):
    assert refused(LEAST, rule) == "rules.1"
