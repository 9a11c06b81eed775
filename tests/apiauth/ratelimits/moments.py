"""Rules, moments and requests for the tests of counting."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from apiauth import ratelimits
from apiauth.ratelimits import Mode, Rule, Unit

IDS = {
    "deployment_id": str(uuid.UUID(int=1)),
    "app_id": str(uuid.UUID(int=2)),
    "key_id": str(uuid.UUID(int=3)),
    "client_ip": "192.0.2.1",
    "path": "/v1/reports",
}
ROLLING = {
    Unit.MILLISECOND: timedelta(milliseconds=1),
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.MONTH: timedelta(days=30),
}
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def rule(unit=Unit.MINUTE, duration=1, most=3, **settings):
    settings = {"mode": Mode.PER_KEY, **settings}
    return Rule(unit=unit, duration=duration, max_requests=most, **settings)


def window(of):
    return ROLLING[of.unit] * of.duration


def charges(*rules, at=NOON, **ids):
    return ratelimits.charges(rules, at=at, **{**IDS, **ids})


@st.composite
def rolling(draw):
    unit = draw(st.sampled_from(list(ROLLING)))
    durations = st.integers(1, ratelimits.MAX_DURATIONS[unit])
    return rule(unit, draw(durations), draw(st.integers(1, 4)))


@st.composite
def asked(draw, of):
    """Moments in their order, as close to each other as matters for a rule."""
    at = draw(moments)
    steps = st.lists(st.integers(0, 90), min_size=1, max_size=40)
    asked_at = []
    for step in draw(steps):
        # In 60ths of a window, a microsecond aside of it or not.
        aside = timedelta(microseconds=draw(st.integers(-1, 1)))
        at = max(at, at + window(of) * step / 120 + aside)
        asked_at.append(at)
    return asked_at


class Counters:
    """What a store would do: keep the counts from one batch to the next."""

    def __init__(self):
        self.counts = {}
        self.taken = {}

    def settle(self, *wanted, at=NOON, **settings):
        settled = ratelimits.settle(wanted, self.counts, at, **settings)
        self.counts |= settled.counts
        for name, taken in settled.taken.items():
            self.taken[name] = self.taken.get(name, 0) + taken
        return settled.outcomes

    def ask(self, *rules, at=NOON, **ids):
        [outcome] = self.settle(charges(*rules, at=at, **ids), at=at)
        return outcome

    def admits(self, *rules, at=NOON, **ids):
        return self.ask(*rules, at=at, **ids).refused_by is None
