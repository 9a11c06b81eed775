"""Moments in words: how long ago, how long until; the exact time stays beside it."""

from datetime import UTC, datetime, timedelta

# Up to this distance, counted in this unit.
_STEPS = (
    (timedelta(minutes=59, seconds=30), timedelta(minutes=1), "minute"),
    (timedelta(hours=23, minutes=30), timedelta(hours=1), "hour"),
    (timedelta(days=45), timedelta(days=1), "day"),
)


def relative(moment: datetime, *, now: datetime) -> str:
    """Say a moment by its distance; beyond 45 days by its date."""
    distance = moment - now
    ahead, length = distance > timedelta(0), abs(distance)
    if length < timedelta(minutes=1):
        return "in under a minute" if ahead else "just now"
    for bound, unit, name in _STEPS:
        if length < bound:
            return _spoken(max(1, round(length / unit)), name, ahead=ahead)
    return ("on " if ahead else "") + date(moment)


def date(moment: datetime) -> str:
    """Say the day, in UTC."""
    day = moment.astimezone(UTC)
    return f"{day.day} {day:%b %Y}"


def exact(moment: datetime) -> str:
    """Say the day and the minute, in UTC."""
    return f"{date(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def _spoken(count: int, name: str, *, ahead: bool) -> str:
    if name == "day" and count == 1:
        return "tomorrow" if ahead else "yesterday"
    amount = f"{count} {name}{'' if count == 1 else 's'}"
    return f"in {amount}" if ahead else f"{amount} ago"
