"""Which limits had no room a moment ago."""

from datetime import timedelta
from uuid import UUID

import pytest

from apiauth import applications, gateway
from apiauth.gateway import links, settlement, tightness
from apiauth.gateway.tightness import AlwaysTight, Tightness
from tests import make
from tests.apiauth.ratelimits.moments import NOON, charges, rule


def counted(key=1, **settings):
    settings["key_id"] = str(UUID(int=key))
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


@pytest.mark.django_db
def test_a_counter_that_overflows_is_no_hint_for_its_neighbours(acme, ci_key):
    once = {"unit": "calendar_day", "duration": 1, "max_requests": 1, "mode": "per_key"}
    make.scheme(acme.deployment, "once", rules=[once])
    applications.update(
        app=acme.app,
        actor=make.OPERATOR,
        now=make.soon(),
        rate_limit_scheme_slug="once",
    )
    other = make.key(acme.app, "other")
    asked = [
        gateway.ask(secret=secret, method="GET", resource="/reports")
        for secret in (ci_key.secret, other.secret, ci_key.secret)
    ]
    known = Tightness()

    outcomes = links.run(settlement.settle(asked, tightness=known))

    assert [one.code for one in outcomes] == ["valid", "valid", "rate_limited"]
    assert len(known._slots) == 1
