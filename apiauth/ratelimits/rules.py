"""Rules that limit requests: what they may say, within which bounds; pure values.

A rule that says nothing of its mode counts by app, as the service does that clients
of this wire were written for. Other readers of such a rule take it for a limit by key;
hence every rule is stored with its mode written out, and reads the same everywhere.
"""

import enum
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from apiauth import text
from apiauth.errors import Invalid

MAX_RULES = 20
MAX_ENDPOINTS = 100
MAX_REQUESTS = MAX_PRIORITY = 2**31 - 1
EVERY_PATH = "*"


class Unit(enum.StrEnum):
    """What a window is measured in; calendar units begin at midnight UTC."""

    CALENDAR_DAY = "calendar_day"
    CALENDAR_MONTH = "calendar_month"
    DAY = "day"
    HOUR = "hour"
    MILLISECOND = "millisecond"
    MINUTE = "minute"
    MONTH = "month"
    SECOND = "second"


class Mode(enum.StrEnum):
    """Whose requests are counted together."""

    PER_APP = "per_app"
    PER_APP_AND_IP = "per_app_and_ip"
    PER_IP = "per_ip"
    PER_KEY = "per_key"
    PER_KEY_AND_IP = "per_key_and_ip"


# The longest duration of each unit. None makes a window of more than 30 days, and only
# a calendar month may have one day more than that.
MAX_DURATIONS = {
    Unit.CALENDAR_DAY: 1,
    Unit.CALENDAR_MONTH: 1,
    Unit.DAY: 30,
    Unit.HOUR: 720,
    Unit.MILLISECOND: 60_000,
    Unit.MINUTE: 1440,
    Unit.MONTH: 1,
    Unit.SECOND: 1800,
}


class Rule(Struct, frozen=True, kw_only=True):
    """At most `max_requests` in a window, counted by `mode`; lowest priority first.

    Without `endpoints` it holds for every path.
    """

    unit: Unit
    duration: int
    max_requests: int
    mode: Mode = Mode.PER_APP
    endpoints: tuple[str, ...] | None = None
    priority: int = 0

    def written(self) -> dict[str, object]:
        """The rule in JSON, as it is stored and answered."""
        members: dict[str, object] = {
            "unit": str(self.unit),
            "duration": self.duration,
            "max_requests": self.max_requests,
            "mode": str(self.mode),
            "priority": self.priority,
        }
        if self.endpoints is not None:
            members["endpoints"] = list(self.endpoints)
        return members


def read(rules: object) -> list[Rule]:
    """Read rules as they were sent or stored; members that no rule has are ignored.

    Raises `Invalid` naming `rules`, `rules.<n>` or `rules.<n>.<member>`, where n
    counts from 0.
    """
    if not isinstance(rules, list | tuple) or not 1 <= len(rules) <= MAX_RULES:
        raise Invalid(f"A scheme has from 1 to {MAX_RULES} rules.", field="rules")
    return [_rule(rule, f"rules.{n}") for n, rule in enumerate(rules)]


# Any: members of JSON, as many types as a rule has members.
def stored(rules: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Take rules as they were stored by `Rule.written`, without judging them again."""
    return tuple(
        _known(
            unit=rule["unit"],
            duration=rule["duration"],
            max_requests=rule["max_requests"],
            mode=rule["mode"],
            endpoints=tuple(rule["endpoints"]) if "endpoints" in rule else None,
            priority=rule["priority"],
        )
        for rule in rules
    )


# Few rules are read very often: a check reads all of its app's.
@functools.lru_cache(maxsize=4096)
def _known(
    *,
    unit: str,
    duration: int,
    max_requests: int,
    mode: str,
    endpoints: tuple[str, ...] | None,
    priority: int,
) -> Rule:
    return Rule(
        unit=Unit(unit),
        duration=duration,
        max_requests=max_requests,
        mode=Mode(mode),
        endpoints=endpoints,
        priority=priority,
    )


def default_rules(requests_per_minute: int) -> tuple[Rule, ...]:
    """The rules of an app without a scheme: so many a minute for each key; 0 is none."""
    if not requests_per_minute:
        return ()
    return (
        Rule(
            unit=Unit.MINUTE,
            duration=1,
            max_requests=requests_per_minute,
            mode=Mode.PER_KEY,
        ),
    )


def _rule(said: object, where: str) -> Rule:
    if not isinstance(said, Mapping):
        raise Invalid("A rule is an object.", field=where)
    unit = Unit(_choice(said.get("unit"), list(Unit), f"{where}.unit"))
    mode, priority = said.get("mode"), said.get("priority")
    return Rule(
        unit=unit,
        duration=_duration(said.get("duration"), unit, f"{where}.duration"),
        max_requests=_whole(
            said.get("max_requests"), 1, MAX_REQUESTS, f"{where}.max_requests"
        ),
        mode=(
            Mode.PER_APP
            if mode is None
            else Mode(_choice(mode, list(Mode), f"{where}.mode"))
        ),
        endpoints=_endpoints(said.get("endpoints"), f"{where}.endpoints"),
        priority=(
            0
            if priority is None
            else _whole(priority, -MAX_PRIORITY, MAX_PRIORITY, f"{where}.priority")
        ),
    )


def _choice(value: object, choices: Sequence[str], where: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Invalid(f"Choose one of {', '.join(choices)}.", field=where)
    return value


def _duration(value: object, unit: Unit, where: str) -> int:
    longest = MAX_DURATIONS[unit]
    if longest == 1 and value != 1:
        raise Invalid(f"A window in the unit {unit} has the duration 1.", field=where)
    return _whole(value, 1, longest, where)


def _whole(value: object, least: int, most: int, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("This must be a whole number.", field=where)
    if not least <= value <= most:
        raise Invalid(f"This must be from {least} to {most}.", field=where)
    return value


def _endpoints(value: object, where: str) -> tuple[str, ...] | None:
    if value in (None, [], ()):
        return None
    if not isinstance(value, list | tuple) or len(value) > MAX_ENDPOINTS:
        raise Invalid(f"A list of at most {MAX_ENDPOINTS} paths.", field=where)
    return tuple(dict.fromkeys(_endpoint(one, where) for one in value))


def _endpoint(value: object, where: str) -> str:
    path = text.clean(value, field=where, max_length=text.URL)
    if path == EVERY_PATH:
        return path
    # Paths are compared whole: these would only promise a limit that never holds.
    if any(sign in path for sign in "*?#"):
        raise Invalid(
            "An endpoint is a whole path such as /v1/reports, or * for every path.",
            field=where,
        )
    return path if path.startswith("/") else f"/{path}"
