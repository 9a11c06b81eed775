"""Counters as each engine keeps them, held against `ratelimits.settle` alone."""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiauth import ratelimits
from apiauth.gateway import links
from apiauth.gateway.commands import Arrange, Arranged, Record
from apiauth.gateway.postgres import Connection
from apiauth.models import RateCount
from apiauth.ratelimits import MAX_REQUESTS, Count, Mode, Unit
from tests.apiauth.ratelimits.moments import NOON, Counters, charges, rule, window

# The tables are the test's own; each example counts for keys and apps of its own.
varied = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
RULES = [
    rule(Unit.HOUR, most=3),
    rule(Unit.MILLISECOND, 500, 2, mode=Mode.PER_KEY_AND_IP),
    rule(Unit.CALENDAR_DAY, most=5, mode=Mode.PER_APP),
    rule(Unit.MINUTE, most=4, mode=Mode.PER_APP_AND_IP),
]


@st.composite
def sequences(draw):
    """Batches of requests, each at its moment: what they are held against."""
    rules = draw(st.lists(st.sampled_from(RULES), min_size=1, unique=True))
    ids = {"app_id": str(uuid.uuid4())}
    keys = [str(uuid.uuid4()), str(uuid.uuid4())]
    at, batches = NOON, []
    for _ in range(draw(st.integers(1, 8))):
        slots = draw(st.sampled_from([0, 0, 1, 1, 2, 30, 59, 60, 61, 200]))
        # Clocks of several processes differ; what came later may say it was earlier.
        back = draw(st.sampled_from([0, 0, 0, 1]))
        at += window_of(rules) / 60 * (slots - back)
        asked = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4))
        batches.append((at, [charges(*rules, at=at, key_id=k, **ids) for k in asked]))
    return batches


def window_of(rules):
    rolling = [one for one in rules if one.unit is not Unit.CALENDAR_DAY]
    return window(rolling[0]) if rolling else timedelta(days=1)


def settling(wanted, at, *, is_tight):
    """What the gateway does about limits, with nothing else around it."""
    held = {charge.counter: charge for each in wanted for charge in each}
    takings = Counter(charge.counter for each in wanted for charge in each)
    if not is_tight:
        before = yield Record(at=at, rows=(), takings=takings, charges=held)
        if before is not None:
            return ratelimits.settle(wanted, before, at).outcomes
    settled = []

    def arrange(counts, _held_at):
        settled.append(ratelimits.settle(wanted, counts, at))
        return Arranged(at, settled[0].counts, ())

    ordered = dict(sorted(held.items()))
    yield Arrange(charges=ordered, arrange=arrange, at=at)
    return settled[0].outcomes


def assert_agrees(run, batches, data):
    """Prove that a store admits and tells what the pure counting does."""
    model, single_writer = Counters(), connection.vendor == "sqlite"
    for at, wanted in batches:
        is_tight = single_writer or data.draw(st.booleans())
        outcomes = run(settling(wanted, at, is_tight=is_tight))
        assert list(outcomes) == list(model.settle(*wanted, at=at))
    for counter, count in model.counts.items():
        if any(count.counts):
            row = RateCount.objects.get(pk=uuid.UUID(bytes=counter))
            assert (row.slot, row.used) == (count.slot, sum(count.counts))


@varied
@given(sequences(), st.data())
def test_counts_as_the_pure_counting_does(db, batches, data):
    assert_agrees(links.run, batches, data)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@varied
@given(sequences(), st.data())
def test_counts_the_same_over_the_gateways_own_connection(batches, data):
    own = Connection()
    with asyncio.Runner() as runner:
        try:
            assert_agrees(lambda one: runner.run(own.run(one)), batches, data)
        finally:
            runner.run(own.close())


def filling(charge, used):
    """Write a counter as if so much had been taken in its newest slot."""
    full = {charge.counter: Count(charge.slot, (used,))}
    yield Arrange(
        charges={charge.counter: charge},
        arrange=lambda _counts, at: Arranged(at, full, ()),
        at=NOON,
    )
    return []


def assert_exact_to_the_last(run, *, room, asked, later=0):
    """Prove who passes of a batch where only so much is left of the largest limit."""
    largest = rule(Unit.HOUR, most=MAX_REQUESTS)
    ids = {"app_id": str(uuid.uuid4()), "key_id": str(uuid.uuid4())}
    [charge] = charges(largest, at=NOON, **ids)
    run(filling(charge, MAX_REQUESTS - room))
    at = NOON + window(largest) / 60 * later
    wanted = [charges(largest, at=at, **ids)] * asked

    outcomes = run(settling(wanted, at, is_tight=False))

    passed = [one.refused_by is None for one in outcomes]
    assert passed == [n < room for n in range(asked)]
    row = RateCount.objects.get(pk=uuid.UUID(bytes=charge.counter))
    assert row.used == MAX_REQUESTS - room + min(room, asked)


# Room, how many ask at once, and how many slots later.
FULL = [(0, 1, 0), (0, 3, 0), (1, 1, 0), (1, 3, 0), (3, 3, 0), (2, 5, 1), (0, 2, 60)]


@pytest.mark.parametrize(("room", "asked", "later"), FULL)
def test_counts_up_to_the_largest_limit(db, room, asked, later):
    assert_exact_to_the_last(links.run, room=room, asked=asked, later=later)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("room", "asked", "later"), FULL)
def test_counts_up_to_it_over_the_gateways_own_connection(room, asked, later):
    own = Connection()
    with asyncio.Runner() as runner:
        try:
            assert_exact_to_the_last(
                lambda one: runner.run(own.run(one)),
                room=room,
                asked=asked,
                later=later,
            )
        finally:
            runner.run(own.close())


@pytest.mark.postgres
def test_no_slots_are_sampled(db):
    for n in range(3):
        RateCount.objects.create(
            id=uuid.uuid4(), slot=n, counts=[n, 1], used=n + 1, most=9, expires_at=NOON
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE apiauth_ratecount")
        cursor.execute(
            "SELECT attname FROM pg_stats WHERE tablename = 'apiauth_ratecount'"
        )
        sampled = {name for (name,) in cursor.fetchall()}

    assert {"slot", "used", "expires_at"} <= sampled
    assert "counts" not in sampled
