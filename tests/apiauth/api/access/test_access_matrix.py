"""Every operation with every credential that is not the right one: refused, always.

What is asked for is acme's own and would work: only the credential is wrong.
"""

import functools

import pytest

from tests import make
from tests.apiauth.api.access import state
from tests.apiauth.api.access.calls import (
    EVERY,
    EXCHANGES,
    FRONTS,
    HOSTS,
    OF_PROXIES,
    OPEN,
    ROWS,
    ask,
    base,
    row_of,
)
from tests.apiauth.api.access.conftest import bearer, header
from tests.apiauth.api.access.credentials import (
    NO_BACKEND_KEYS,
    NO_SESSIONS,
    NO_TICKETS,
    NOBODY,
)
from tests.apiauth.api.described import OPERATIONS


def refusals(client, names, caller, things):
    """What each operation says to this caller: status and code."""
    return {name: state.refusal(ask(client, name, caller, things)) for name in names}


def statuses(said):
    return {name: status for name, (status, _) in said.items()}


# ------------------------------------------------------------------ the table is whole


def test_has_a_row_for_every_operation_and_no_other():
    assert set(ROWS) == {base(name) for name in EVERY}
    assert set(OPERATIONS) - set(EVERY) == OF_PROXIES


@pytest.mark.parametrize("name", EVERY)
def test_asks_for_the_right_that_is_described(name):
    row = row_of(name)
    by_scope = [{"backendKey": [row.scope]}] if row.scope else []
    rights = [row.capability] if row.capability else []
    by_session = [] if row.capability is None else [{"session": rights}]

    assert OPERATIONS[name][2]["security"] == by_scope + by_session


def test_lets_in_who_has_the_right(client, world):
    right = {"": NOBODY} | {s: world.host(s) for s in {row_of(n).scope for n in HOSTS}}
    things, said = world.things, {}

    for name in EVERY:
        caller = world.customer() if name in FRONTS else right[row_of(name).scope]
        with state.undone():
            said[name] = ask(client, name, caller, things).status_code

    # With two deployments nobody can tell at the root which one is meant.
    assert said.pop("getDeployment") == 400
    assert set(said.values()) == {200, 204}


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("kind", NO_BACKEND_KEYS)
def test_takes_nothing_else_for_a_backend_key(client, world, kind):
    caller, things = NO_BACKEND_KEYS[kind](world), world.things
    before = state.everything()

    said = refusals(client, HOSTS, caller, things)

    assert said == dict.fromkeys(HOSTS, (401, "unauthenticated"))
    assert state.everything() == before


def test_needs_the_scope_of_the_operation(client, world):
    scopes = {row_of(name).scope for name in HOSTS}
    callers = {scope: world.all_but(scope) for scope in scopes}
    things, before = world.things, state.everything()

    for name in HOSTS:
        answer = ask(client, name, callers[row_of(name).scope], things)
        assert (name, *state.refusal(answer)) == (name, 403, "forbidden")

    assert state.everything() == before


def test_keeps_bound_keys_from_what_all_apps_share(client, world):
    names = [name for name in HOSTS if row_of(name).whole]
    caller, things = world.bound(), world.things
    before = state.everything()

    said = refusals(client, names, caller, things)

    assert said == dict.fromkeys(names, (403, "forbidden"))
    assert state.everything() == before


@pytest.mark.parametrize("kind", NO_SESSIONS)
def test_takes_nothing_else_for_a_session(client, world, kind):
    make_caller, status = NO_SESSIONS[kind]
    things, caller = world.things, make_caller(world)
    # What has lapsed is noted once, by whoever finds it.
    ask(client, "getOwnSession", caller, things)
    before = state.everything()

    said = refusals(client, FRONTS, caller, things)

    assert statuses(said) == dict.fromkeys(FRONTS, status)
    assert state.everything() == before


def test_needs_the_capability_of_the_operation(client, world):
    @functools.cache
    def caller_without(capability):
        others = sorted({*world.acme.app.ceiling} - {capability})
        return header(make.session(world.acme.backend_key, capabilities=others).token)

    names = [name for name in FRONTS if row_of(name).capability]
    callers = {name: caller_without(row_of(name).capability) for name in names}
    things, before = world.things, state.everything()

    for name in names:
        answer = ask(client, name, callers[name], things)
        assert (name, *state.refusal(answer)) == (name, 403, "forbidden")

    assert state.everything() == before


@pytest.mark.parametrize("kind", NO_TICKETS)
def test_takes_nothing_else_for_a_ticket(client, world, kind):
    make_ticket, status = NO_TICKETS[kind]
    things = world.things
    things["ticket"], before = make_ticket(world), state.everything()

    # No other credential stands in for it.
    for caller in (NOBODY, world.customer()):
        said = refusals(client, EXCHANGES, caller, things)
        assert statuses(said) == dict.fromkeys(EXCHANGES, status)

    assert state.everything() == before


def test_tells_everybody_the_same_where_it_is_open(client, world):
    callers = [NOBODY, world.host(), world.customer(), bearer("x"), header("x")]
    things, before = world.things, state.everything()

    for name in set(OPEN) - set(EXCHANGES):
        told = [state.told(ask(client, name, caller, things)) for caller in callers]
        assert told == [told[0]] * len(callers)

    assert state.everything() == before
