"""Windows: into which slots they fall, when those are counted no more."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth.ratelimits import Unit, frees_at, label, size_of, slot_of, span
from tests.apiauth.ratelimits.moments import Counters, moments, rolling, rule, window

DAILY = rule(Unit.CALENDAR_DAY, most=1)
MONTHLY = rule(Unit.CALENDAR_MONTH, most=1)
MICROSECOND = timedelta(microseconds=1)


@given(rolling(), moments)
def test_frees_a_slot_after_the_window_and_at_most_a_sixtieth_more(of, at):
    free = frees_at(of, slot_of(of, at))

    assert window(of) < free - at <= window(of) * 61 / 60 + MICROSECOND


@given(rolling(), moments)
def test_counts_a_slot_until_it_is_freed(of, at):
    slot = slot_of(of, at)
    free = frees_at(of, slot)

    assert slot_of(of, free) - slot == size_of(of)
    assert slot_of(of, free - MICROSECOND) - slot == size_of(of) - 1


@given(rolling() | st.sampled_from([DAILY, MONTHLY]), st.lists(moments))
def test_numbers_slots_in_the_order_of_time(of, some):
    numbers = [slot_of(of, at) for at in sorted(some)]

    assert all(earlier <= later for earlier, later in pairwise(numbers))


@given(rolling() | st.sampled_from([DAILY, MONTHLY]), moments, st.integers(-23, 23))
def test_knows_a_moment_in_every_zone(of, at, hours):
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))

    assert slot_of(of, elsewhere) == slot_of(of, at)


@pytest.mark.parametrize(
    ("of", "last", "free"),
    [
        (DAILY, (2026, 11, 28), (2026, 11, 29)),
        (DAILY, (2028, 2, 28), (2028, 2, 29)),
        (DAILY, (2027, 2, 28), (2027, 3, 1)),
        (DAILY, (2026, 12, 31), (2027, 1, 1)),
        (MONTHLY, (2028, 2, 29), (2028, 3, 1)),
        (MONTHLY, (2027, 2, 28), (2027, 3, 1)),
        (MONTHLY, (2026, 4, 30), (2026, 5, 1)),
        (MONTHLY, (2026, 12, 31), (2027, 1, 1)),
        (MONTHLY, (2100, 2, 28), (2100, 3, 1)),
    ],
)
def test_a_calendar_window_ends_at_midnight(
    of, last: tuple[int, int, int], free: tuple[int, int, int]
):
    counters = Counters()
    midnight = datetime(*free, tzinfo=UTC)
    evening = datetime(*last, tzinfo=UTC) + timedelta(days=1) - MICROSECOND

    assert counters.admits(of, at=evening - timedelta(hours=23))
    refusal = counters.ask(of, at=evening)
    assert (refusal.refused_by, refusal.standings[0].resets_at) == (0, midnight)
    assert refusal.retry_after == 1
    assert counters.admits(of, at=midnight)


@given(moments, st.sampled_from([DAILY, MONTHLY]))
def test_a_calendar_window_is_one_slot(at, of):
    free = frees_at(of, slot_of(of, at))

    assert size_of(of) == 1
    assert (free.hour, free.minute, free.second, free.microsecond) == (0, 0, 0, 0)
    assert slot_of(of, free) == slot_of(of, at) + 1
    assert slot_of(of, free - MICROSECOND) == slot_of(of, at)


@pytest.mark.parametrize(
    ("of", "written"),
    [
        (rule(Unit.HOUR, 1, 3), "3/3600s"),
        (rule(Unit.MILLISECOND, 500, 5), "5/500ms"),
        (rule(Unit.SECOND, 90, 2), "2/90s"),
        (rule(Unit.MINUTE, 1440, 2), "2/86400s"),
        (rule(Unit.DAY, 30, 2), "2/2592000s"),
        (DAILY, "1/86400s"),
        (rule(Unit.MONTH, 1, 9), "9/2592000s"),
        (MONTHLY, "1/2592000s"),
    ],
)
def test_names_a_rule_as_clients_do(of, written):
    assert (label(of), span(of)) == (written, written.partition("/")[2])
