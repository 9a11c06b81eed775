"""Which limits had no room a moment ago."""

from datetime import timedelta
from uuid import UUID

from apiauth.gateway import tightness
from apiauth.gateway.tightness import AlwaysTight, Tightness
from tests.apiauth.ratelimits.moments import NOON, charges, rule


def counted(key=1, **settings):
    settings["key_id"] = UUID(int=key)
    return {charge.counter: charge for charge in charges(rule(), **settings)}


def test_remembers_a_counter_for_its_slot():
    known = Tightness()
    assert not known.knows(counted())

    known.learn(counted())

    assert known.knows(counted())
    assert known.knows({**counted(2), **counted()})
    assert not known.knows(counted(2))
    assert not known.knows(counted(at=NOON + timedelta(seconds=1)))


def test_forgets_what_was_long_ago(monkeypatch):
    monkeypatch.setattr(tightness, "_MOST", 2)
    known = Tightness()

    for key in (1, 2, 3):
        known.learn(counted(key))

    assert [known.knows(counted(n)) for n in (1, 2, 3)] == [False, True, True]


def test_a_single_writer_holds_all_counters():
    assert AlwaysTight().knows(counted())
    assert not AlwaysTight().knows({})
