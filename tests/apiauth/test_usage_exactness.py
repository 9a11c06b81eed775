"""What sums and log say together is what the log alone would say, at any moment."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiauth import keys, usage
from apiauth.decisions import Filters, Reach
from apiauth.models import (
    Decision,
    Key,
    KeyDay,
    KeyUse,
    OwnerKind,
    UsageBucket,
    UsageMark,
)
from apiauth.usage import Interval, Section
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
NOBODY = timedelta(0)
OWNERS = [
    keys.Owner(kind=OwnerKind.APP),
    keys.Owner(kind=OwnerKind.USER, id="ada", user_id="ada"),
]
REFUSALS = [
    ("valid", ""),
    ("permission_denied", ""),
    ("rate_limited", "3/1s"),
    ("rate_limited", "9/3600s"),
    ("policy_violation", "network"),
]

# Moments on borders and next to them as well as in between.
shifts = st.one_of(
    st.timedeltas(-4 * DAY, NOBODY),
    st.builds(
        lambda hours, off: hours * HOUR + off * MICROSECOND,
        st.integers(-96, 0),
        st.integers(-1, 1),
    ),
)
facts = st.lists(
    st.tuples(shifts, st.integers(0, 3), st.integers(0, len(REFUSALS) - 1)),
    max_size=25,
)
exhaustively = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Fact:
    """One decision, as the test itself remembers it."""

    at: datetime
    key: Key
    code: str
    rule: str


@pytest.fixture
def crowd(acme):
    return [make.key(acme.app, f"k{n}", owner=OWNERS[n % 2]).key for n in range(4)]


def begin(crowd, drawn, steps, most_rows):
    """Leave decisions in the log, and sum some of it up; returns what was left."""
    for model in (Decision, KeyDay, KeyUse, UsageBucket, UsageMark):
        model.objects.all().delete()
    known = [Fact(NOON + at, crowd[k], *REFUSALS[r]) for at, k, r in drawn]
    for fact in known:
        make.decision(fact.key, fact.at, fact.code, blocked_rule=fact.rule)
    rolling = usage.roll_up(most_rows=most_rows)
    for _ in range(steps):
        next(rolling, None)
    rolling.close()
    return known


def within(known, asked):
    """Count by hand."""
    filters, owner = asked["filters"], asked["reach"].owner
    return [
        fact
        for fact in known
        if filters.start <= fact.at
        and (filters.end is None or fact.at < filters.end)
        and filters.key_id in {None, fact.key.pk}
        and owner in {None, (fact.key.owner_kind, fact.key.owner_id)}
    ]


@st.composite
def questions(draw):
    """A log, how much of it is summed up, and what is asked of it."""
    start = draw(shifts)
    end = draw(st.none() | shifts.filter(lambda shift: shift >= start))
    return {
        "log": [draw(facts), draw(st.integers(0, 12)), draw(st.integers(1, 6))],
        "start": NOON + start,
        "end": None if end is None else NOON + end,
        "owner": draw(st.sampled_from([None, ("app", ""), ("user", "ada")])),
        "key": draw(st.none() | st.integers(0, 3)),
    }


def put(question, app, crowd):
    known = begin(crowd, *question["log"])
    key = question["key"]
    reach = Reach(app=app, owner=question["owner"])
    filters = Filters(
        start=question["start"],
        end=question["end"],
        key_id=None if key is None else crowd[key].pk,
    )
    return known, {"reach": reach, "filters": filters, "now": NOON}


@exhaustively
@given(question=questions())
def test_analytics_say_what_the_log_says(acme, crowd, question):
    known, asked = put(question, acme.app, crowd)

    sums = usage.analytics(**asked, sections=list(Section), top=50)

    found = within(known, asked)
    refused = [fact for fact in found if fact.code != "valid"]
    limited = [fact.rule for fact in refused if fact.code == "rate_limited"]
    day = within(known, asked | {"filters": Filters(start=NOON - DAY)})
    assert (sums.total, sums.blocked) == (len(found), len(refused))
    assert sums.reasons == Counter(fact.rule or fact.code for fact in refused)
    assert (sums.rate_limited, sums.limits) == (len(limited), Counter(limited))
    assert {key.key_id: key.total for key in sums.top_keys} == Counter(
        fact.key.pk for fact in found
    )
    assert [path.total for path in sums.top_paths] == ([len(found)] if found else [])
    assert sums.keys_used_24h == len({fact.key for fact in day})


@exhaustively
@given(question=questions(), interval=st.sampled_from(list(Interval)))
def test_series_say_what_the_log_says(acme, crowd, question, interval):
    known, asked = put(question, acme.app, crowd)

    buckets = usage.series(**asked, interval=interval)

    found = Counter(
        (interval.floor(fact.at), fact.code == "valid") for fact in within(known, asked)
    )
    shown: Counter[tuple[datetime, bool]] = Counter()
    for bucket in buckets:
        shown[bucket.starts_at, True] = bucket.allowed
        shown[bucket.starts_at, False] = bucket.blocked
    assert +shown == found


@exhaustively
@given(drawn=facts, steps=st.integers(0, 12), most_rows=st.integers(1, 6))
def test_keys_know_their_uses_at_once(crowd, drawn, steps, most_rows):
    known = begin(crowd, drawn, steps, most_rows)

    shown = {key.pk: key for key in Key.objects.with_use()}

    uses: dict[uuid.UUID, list[datetime]] = {key.pk: [] for key in crowd}
    for fact in known:
        if fact.code == "valid":
            uses[fact.key.pk].append(fact.at)
    for key_id, moments in uses.items():
        assert shown[key_id].uses == len(moments)
        assert shown[key_id].last_used_at == max(moments, default=None)
