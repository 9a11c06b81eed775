"""Windows: what readers asked for, brought into moments that can be reckoned with."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apiauth import windows
from apiauth.errors import Invalid

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)


def asked(start=None, end=None, default=WEEK):
    window = windows.ask(start=start, end=end, default=default, now=NOON)
    return window.since, window.until


def test_goes_back_from_now_and_has_no_end():
    assert asked() == (NOON - WEEK, None)


def test_goes_back_from_an_end_that_is_past():
    assert asked(end=NOON - WEEK) == (NOON - 2 * WEEK, NOON - WEEK)


def test_goes_back_from_now_when_the_end_is_to_come():
    assert asked(end=NOON + WEEK) == (NOON - WEEK, NOON + WEEK)


def test_takes_both_as_they_are():
    assert asked(NOON - HOUR, NOON) == (NOON - HOUR, NOON)
    assert asked(NOON, NOON) == (NOON, NOON)


def test_goes_back_to_the_beginning_without_a_default():
    assert asked(default=None) == (windows.EARLIEST, None)


@pytest.mark.parametrize("hours", [-14, 14])
def test_bears_the_ends_of_the_calendar(hours):
    zone = timezone(timedelta(hours=hours))
    first = datetime.min.replace(tzinfo=zone)
    last = datetime.max.replace(tzinfo=zone)

    assert asked(first, last) == (windows.EARLIEST, windows.LATEST)
    assert asked(end=first) == (windows.EARLIEST, windows.EARLIEST)


def test_speaks_utc():
    east = timezone(timedelta(hours=5, minutes=45))

    since, until = asked(NOON.astimezone(east), (NOON + HOUR).astimezone(east))

    assert (since.tzinfo, until.tzinfo) == (UTC, UTC)
    assert (since, until) == (NOON, NOON + HOUR)


def test_refuses_an_end_before_the_start():
    with pytest.raises(Invalid) as refused:
        asked(NOON, NOON - timedelta(microseconds=1))

    assert refused.value.field == "end_date"
