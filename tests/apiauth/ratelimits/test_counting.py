"""Counting: never more than a rule allows, together or not at all, in order."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import ratelimits
from apiauth.ratelimits import Count, Mode, Unit, advanced, used
from tests.apiauth.ratelimits.moments import (
    NOON,
    Counters,
    asked,
    charges,
    moments,
    rolling,
    rule,
    window,
)

MICROSECOND = timedelta(microseconds=1)


@given(st.data())
def test_keeps_its_promise_as_a_list_of_moments_shows(data):
    of = data.draw(rolling())
    counters, admitted = Counters(), []
    for at in data.draw(asked(of)):
        if counters.admits(of, at=at):
            admitted.append(at)
            # Never more in any interval of the window's length, both ends included.
            within = [one for one in admitted if one >= at - window(of)]
            assert len(within) <= of.max_requests
        else:
            # Refused only while the rule is full, the last sixtieth being the price.
            late = at - window(of) * 61 / 60 - MICROSECOND
            assert len([one for one in admitted if one > late]) >= of.max_requests


@given(rolling(), moments, st.integers(1, 9))
def test_admits_as_many_as_it_says_at_once(of, at, more):
    counters = Counters()

    passed = [counters.admits(of, at=at) for _ in range(of.max_requests + more)]

    assert passed == [True] * of.max_requests + [False] * more


@given(st.data())
def test_says_when_the_next_one_may_pass(data):
    of = data.draw(rolling())
    counters = Counters()
    for at in data.draw(asked(of)):
        outcome = counters.ask(of, at=at)
        if outcome.refused_by is None:
            continue
        free = outcome.standings[0].resets_at
        assert 0 <= outcome.retry_after - (free - at).total_seconds() <= 1
        [early] = counters.settle(
            charges(of, at=free - MICROSECOND),
            at=free - MICROSECOND,
            only_looking=[0],
        )
        [timely] = counters.settle(charges(of, at=free), at=free, only_looking=[0])
        assert (early.refused_by, timely.refused_by) == (0, None)


@st.composite
def requests(draw):
    """Requests of few keys and addresses under rules that overlap, at one moment."""
    units = st.sampled_from([Unit.SECOND, Unit.MINUTE, Unit.CALENDAR_DAY])
    rules = st.lists(
        st.builds(
            rule,
            units,
            most=st.integers(1, 5),
            mode=st.sampled_from(list(Mode)),
            priority=st.integers(0, 2),
            endpoints=st.sampled_from([None, ("/v1/reports",), ("/other",)]),
        ),
        min_size=1,
        max_size=4,
    )
    of = draw(rules)
    ids = st.builds(
        lambda key, address: {"key_id": str(uuid.UUID(int=key)), "client_ip": address},
        st.integers(3, 5),
        st.sampled_from(["192.0.2.1", "192.0.2.2", ""]),
    )
    return [charges(*of, **one) for one in draw(st.lists(ids, max_size=20))]


@given(requests())
def test_settles_a_batch_as_one_after_the_other(wanted):
    together, apart = Counters(), Counters()

    batch = together.settle(*wanted)

    assert batch == tuple(apart.settle(one)[0] for one in wanted)
    assert together.counts == apart.counts
    assert together.taken == apart.taken


@given(requests())
def test_takes_all_charges_of_a_request_or_none(wanted):
    counters = Counters()

    outcomes = counters.settle(*wanted)

    taken: dict[bytes, int] = {}
    for outcome, charged in zip(outcomes, wanted, strict=True):
        counted = {charge.counter for charge in charged}
        full = [taken.get(c.counter, 0) >= c.most for c in charged]
        assert (outcome.refused_by is None) == (not any(full))
        if any(full):
            assert outcome.refused_by == full.index(True)
            assert [one.exceeded for one in outcome.standings] == full
            continue
        taken |= {counter: taken.get(counter, 0) + 1 for counter in counted}
    assert counters.taken == taken
    assert {name: used(count) for name, count in counters.counts.items()} == taken


@given(requests())
def test_says_what_is_left_after_each_request(wanted):
    counters = Counters()
    taken: dict[bytes, int] = {}
    for outcome, charged in zip(counters.settle(*wanted), wanted, strict=True):
        if outcome.refused_by is None:
            counted = {charge.counter for charge in charged}
            taken |= {counter: taken.get(counter, 0) + 1 for counter in counted}
        left = [max(0, c.most - taken.get(c.counter, 0)) for c in charged]
        assert [one.remaining for one in outcome.standings] == left


def test_a_refusal_takes_nothing_of_any_rule():
    counters, wide = Counters(), rule(Unit.HOUR, most=10)
    narrow = rule(most=1, priority=1)

    first, second = (counters.ask(wide, narrow) for _ in range(2))

    assert (first.refused_by, second.refused_by) == (None, 1)
    assert [one.remaining for one in second.standings] == [9, 0]
    assert set(counters.taken.values()) == {1}


def test_who_only_looks_takes_nothing():
    counters, charged = Counters(), charges(rule(most=1))

    looked, took, last = counters.settle(*[charged] * 3, only_looking=[0, 2])

    assert (looked.refused_by, looked.standings[0].remaining) == (None, 1)
    assert (took.refused_by, last.refused_by) == (None, 0)
    assert counters.taken == {charged[0].counter: 1}


def test_charges_a_counter_once_that_two_rules_share():
    counters, strict, loose = Counters(), rule(most=2), rule(most=4)

    outcomes = [counters.ask(strict, loose) for _ in range(3)]

    assert [one.refused_by for one in outcomes] == [None, None, 0]
    assert [one.remaining for one in outcomes[-1].standings] == [0, 2]


def test_waits_until_every_rule_that_refused_would_admit():
    counters, hourly = Counters(), rule(Unit.HOUR, most=1, priority=1)

    counters.ask(rule(most=1), hourly)
    refusal = counters.ask(rule(most=1), hourly)

    assert refusal.refused_by == 0
    assert refusal.retry_after == 61 * 60


def test_keeps_the_count_when_the_rule_changes():
    counters = Counters()
    counters.ask(rule(most=3))
    counters.ask(rule(most=3))

    tightened, raised = counters.ask(rule(most=1)), counters.ask(rule(most=4))

    assert (tightened.refused_by, tightened.standings[0].remaining) == (0, 0)
    assert (raised.refused_by, raised.standings[0].remaining) == (None, 1)


def test_a_rule_made_stricter_resets_when_it_admits_again():
    counters, sparse = Counters(), [NOON, NOON + timedelta(seconds=30)]
    for at in sparse:
        counters.ask(rule(most=3), at=at)

    refusal = counters.ask(rule(most=1), at=sparse[1])

    assert refusal.standings[0].resets_at == sparse[1] + timedelta(seconds=61)


def test_frees_no_place_when_the_clock_goes_back():
    counters, back = Counters(), NOON - timedelta(hours=1)
    counters.ask(rule(most=2))

    assert counters.admits(rule(most=2), at=back)
    assert not counters.admits(rule(most=2), at=back)
    assert not counters.admits(rule(most=2))


@given(
    st.lists(st.integers(0, 9), max_size=61).map(tuple),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_advances_by_steps_as_at_once(counts, first, second):
    count = Count(1000, counts)
    there = 1000 + first + second

    by_steps = advanced(advanced(count, 1000 + first, 61), there, 61)

    assert by_steps.slot == there
    assert used(by_steps) == used(advanced(count, there, 61))
    assert used(by_steps) == sum(counts[: max(0, 61 - first - second)])
    assert len(by_steps.counts) <= 61


def test_a_count_only_goes_on():
    count = Count(1000, (3, 4))

    assert advanced(count, 990, 61) is count
    assert advanced(count, 1000, 61) is count
    assert advanced(count, 1001, 61) == Count(1001, (0, 3, 4))
    assert advanced(count, 1001, 1) == Count(1001)


@pytest.mark.parametrize("most", [1, 1000])
def test_counts_nothing_without_rules(most):
    [outcome] = ratelimits.settle([()], {}, NOON).outcomes

    assert (outcome.standings, outcome.refused_by) == ((), None)
    assert outcome.retry_after is None
