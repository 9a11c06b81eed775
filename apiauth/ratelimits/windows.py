"""How the window of a rule passes: in slots, by which requests are counted.

A rolling window is counted in `SLOTS` equal slots, and a request is held against the
slot that it falls into and the `SLOTS` before it. Those cover the whole window before
any moment, so that no interval of the window's length ever holds more than the rule
allows. The price: a place frees up to one slot late, after 61/60 of the window at most.

A calendar window is one slot: the day or the month in UTC.
"""

import functools
from datetime import UTC, datetime, timedelta

from apiauth.ratelimits.rules import Rule, Unit

SLOTS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
# Microseconds. Of calendar units it is what clients are told, not what is counted.
_LENGTHS = {
    Unit.CALENDAR_DAY: _DAY,
    Unit.CALENDAR_MONTH: 30 * _DAY,
    Unit.DAY: _DAY,
    Unit.HOUR: 3_600_000_000,
    Unit.MILLISECOND: 1_000,
    Unit.MINUTE: 60_000_000,
    Unit.MONTH: 30 * _DAY,
    Unit.SECOND: 1_000_000,
}


def slot_of(rule: Rule, at: datetime) -> int:
    """Number the slot that a moment falls into; later moments never get a lower one."""
    if rule.unit is Unit.CALENDAR_MONTH:
        day = at.astimezone(UTC)
        return 12 * day.year + day.month - 1
    passed = (at - _EPOCH) // _MICROSECOND
    if rule.unit is Unit.CALENDAR_DAY:
        return passed // _DAY
    return SLOTS * passed // _length(rule)


def size_of(rule: Rule) -> int:
    """Tell how many slots are held against a request, its own among them."""
    return 1 if _is_calendar(rule) else SLOTS + 1


# All requests of a moment are counted in the same few slots.
@functools.lru_cache(maxsize=4096)
def frees_at(rule: Rule, slot: int) -> datetime:
    """Tell from when on nothing of a slot is counted any more, to the microsecond."""
    if rule.unit is Unit.CALENDAR_MONTH:
        year, month = divmod(slot + 1, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)
    if rule.unit is Unit.CALENDAR_DAY:
        return _EPOCH + (slot + 1) * _DAY * _MICROSECOND
    # Rounded up: a slot of a short window may begin between two microseconds.
    begins = -(-(slot + SLOTS + 1) * _length(rule) // SLOTS)
    return _EPOCH + begins * _MICROSECOND


@functools.lru_cache(maxsize=4096)  # Few rules are read very often.
def span(rule: Rule) -> str:
    """Write a window as in the names of headers: `60s`, `500ms`; a month is 30 days."""
    if rule.unit is Unit.MILLISECOND:
        return f"{rule.duration}ms"
    return f"{_length(rule) // 1_000_000}s"


@functools.lru_cache(maxsize=4096)
def label(rule: Rule) -> str:
    """Name a rule as clients know it, `<most>/<window>` (wacht-contract section 11)."""
    return f"{rule.max_requests}/{span(rule)}"


def _is_calendar(rule: Rule) -> bool:
    return rule.unit in {Unit.CALENDAR_DAY, Unit.CALENDAR_MONTH}


def _length(rule: Rule) -> int:
    return rule.duration * _LENGTHS[rule.unit]
