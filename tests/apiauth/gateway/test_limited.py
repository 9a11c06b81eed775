"""Limits: what a question is held against, and how they finish a verdict."""

from uuid import UUID

import pytest

from apiauth import ratelimits
from apiauth.gateway import Code, verdict
from tests.apiauth.gateway.cases import BEARER, NOW, decide

USUAL = ratelimits.default_rules(1000)
RULE = {"unit": "minute", "duration": 1, "max_requests": 1, "mode": "per_key"}
ONE_A_MINUTE = {"rules": [{**RULE, "priority": 0}]}
DENIED: dict[str, list[str]] = {"granted": []}


class Gate:
    """Settle one question after another."""

    def __init__(self):
        self.counts = {}

    def ask(self, *changes, **settings):
        decided = decide(*changes, **settings)
        charged = verdict.charges(decided, USUAL)
        settled = ratelimits.settle(
            [charged], self.counts, NOW, only_looking=[] if decided.allowed else [0]
        )
        self.counts |= settled.counts
        return verdict.limited(decided, settled.outcomes[0])


def test_allows_up_to_the_limit_and_says_what_is_left():
    gate = Gate()

    first, second = gate.ask(ONE_A_MINUTE), gate.ask(ONE_A_MINUTE)

    assert (first.code, first.rule, first.retry_after) == (Code.VALID, "", None)
    assert (second.code, second.rule) == (Code.RATE_LIMITED, "1/60s")
    assert second.retry_after == 61
    assert [one.remaining for one in (*first.standings, *second.standings)] == [0, 0]


def test_counts_by_the_usual_rules_without_a_scheme():
    [standing] = Gate().ask().standings

    assert (standing.limit, standing.remaining) == (1000, 999)


@pytest.mark.parametrize(
    "change",
    [{"rules": []}, {"rules": [ONE_A_MINUTE["rules"][0] | {"endpoints": ["/a"]}]}],
)
def test_limits_nothing_where_no_rule_of_the_scheme_speaks(change):
    gate = Gate()

    assert [gate.ask(change).standings for _ in range(3)] == [()] * 3


def test_a_refusal_takes_nothing_and_knows_no_limits():
    gate = Gate()

    denied = gate.ask(ONE_A_MINUTE, DENIED)

    assert (denied.code, denied.standings) == (Code.PERMISSION_DENIED, ())
    assert gate.counts == {}
    assert gate.ask(ONE_A_MINUTE).allowed


def test_explains_limits_without_charging_a_refused_request():
    gate = Gate()

    before = gate.ask(ONE_A_MINUTE, DENIED, bearer=BEARER, explain=True)
    gate.ask(ONE_A_MINUTE)
    after = gate.ask(ONE_A_MINUTE, DENIED, bearer=BEARER, explain=True)

    assert [one.remaining for one in before.standings] == [1]
    assert (after.code, after.retry_after) == (Code.PERMISSION_DENIED, None)
    told = [(one.code, one.rule) for one in after.explanation]
    assert told == [(Code.PERMISSION_DENIED, ""), (Code.RATE_LIMITED, "1/60s")]


def test_explains_every_limit_that_is_exceeded():
    gate, hourly = Gate(), {**RULE, "unit": "hour", "priority": 1}
    both = {"rules": [hourly, *ONE_A_MINUTE["rules"]]}

    gate.ask(both)
    refusal = gate.ask(both, bearer=BEARER, explain=True)

    assert (refusal.code, refusal.rule) == (Code.RATE_LIMITED, "1/60s")
    assert [one.rule for one in refusal.explanation] == ["1/60s", "1/3600s"]
    assert refusal.retry_after == 61 * 60


def test_holds_no_unknown_key_against_anything():
    decided = decide(environment="staging", bearer=BEARER, explain=True)

    assert verdict.charges(decided, USUAL) == ()


def test_counts_a_key_on_through_its_rotations():
    gate, rotated = Gate(), {"secret_id": str(UUID(int=99)), "secret_ends_at": None}

    assert gate.ask(ONE_A_MINUTE).allowed
    assert not gate.ask(ONE_A_MINUTE, rotated).allowed


def test_binds_a_rule_to_its_paths():
    of = {"rules": [{**ONE_A_MINUTE["rules"][0], "endpoints": ["/reports"]}]}
    gate = Gate()

    assert [gate.ask(of).allowed for _ in range(2)] == [True, False]
    assert gate.ask(of, resource="/orders").allowed
    assert not gate.ask(of, resource="/%72eports").allowed
