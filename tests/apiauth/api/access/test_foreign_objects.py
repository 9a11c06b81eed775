"""Every operation about every object that is somebody else's: as if it were not there.

Status, headers and body are those for what does not exist; nothing is written.
"""

import pytest

from apiauth import credentials
from apiauth.api.document.schemas import Json
from tests.apiauth.api.access import state
from tests.apiauth.api.access.calls import (
    EVERY,
    EXCHANGES,
    FRONTS,
    HOSTS,
    ask,
    names_in,
    row_of,
)
from tests.apiauth.api.access.conftest import ABSENT, asked_about
from tests.apiauth.api.access.credentials import NOBODY

CUSTOMERS = ["organization", "person", "workspace"]
OTHERS = ["yy-user", "yy-org", "yy-place", "yy-app", "xx-key", "zz-same", "zz-key"]


def absent() -> Json:
    """What nobody has, well formed."""
    secret = credentials.make_secret("aa_live")
    return {
        **ABSENT,
        **asked_about(secret),
        "ticket": "apt.x",
    }


def named(name, things):
    """What a request for an operation names and must find, of these things."""
    makes = row_of(name).makes
    return [one for one in names_in(name) if one in things and one not in makes]


def told(client, name, caller, things, strange):
    """What is said about these things when some of them are strange."""
    filters = [one for one in strange if one in row_of(name).query_names]
    asked = {**things, **strange}
    return state.told(ask(client, name, caller, asked, filters=filters))


def assert_hidden(client, name, caller, things, *strangers):
    """Prove that each strange thing, and all of them together, seem not to be."""
    names = named(name, strangers[0])
    for some in {*((one,) for one in names), tuple(names)} - {()}:
        nothing, *foreign = (
            told(client, name, caller, things, {one: strange[one] for one in some})
            for strange in [absent(), *strangers]
        )
        for known in foreign:
            assert (name, some, *known) == (name, some, *nothing)
        # Of many checks each has a verdict of its own.
        is_told_inside = set(some) <= {*row_of(name).query_names, "checks"}
        status = 200 if is_told_inside else 401 if "principal" in some else 404
        assert nothing[0] == status


def test_hides_all_of_another_deployment_from_hosts(client, world):
    caller, things, strange = world.host(), world.things, world.theirs
    before = state.everything()

    for name in HOSTS:
        assert_hidden(client, name, caller, things, strange)

    assert state.everything() == before


def test_hides_all_of_another_app_from_hosts_that_are_bound(client, world):
    names = [name for name in HOSTS if not row_of(name).whole]
    caller, things, strange = world.bound(), world.things, world.beyond
    before = state.everything()

    for name in names:
        assert_hidden(client, name, caller, things, strange)

    assert state.everything() == before


def test_reaches_other_apps_with_keys_that_are_not_bound(client, world):
    caller, things = world.host(), {**world.things, **world.beyond}

    for name in HOSTS:
        with state.undone():
            assert ask(client, name, caller, things).status_code in {200, 204}


@pytest.mark.parametrize("app", ["aa_1", "xx-app"])
def test_finds_no_key_under_another_app(client, world, app):
    by_app = {"xx-app": world.own["organization"], "aa_1": world.others["xx-key"]}
    strange, caller = {"key_id": str(by_app[app].key.pk)}, world.host()
    things, before = {**world.things, "app_slug": app}, state.everything()

    for name in HOSTS:
        if "app_slug" in names_in(name):
            assert_hidden(client, name, caller, things, strange)

    assert state.everything() == before


def test_makes_its_own_instead_of_touching_theirs(client, world):
    things, strange, caller = world.things, world.theirs, world.host()
    theirs = state.everything(of=world.globex.deployment)

    for name in EVERY:
        made = {one: strange[one] for one in row_of(name).makes}
        answer = ask(client, name, caller, {**things, **made}) if made else None
        assert answer is None or answer.status_code == 200

    assert state.everything(of=world.globex.deployment) == theirs


# ------------------------------------------------------------------ sessions


def strangers(world, kind):
    """Every key but the one of this customer."""
    own = {other: world.own[other] for other in CUSTOMERS if other != kind}
    issued = {**own, **world.others}
    return [{"key_id": str(one.key.pk)} for one in issued.values()]


@pytest.mark.parametrize("kind", CUSTOMERS)
def test_hides_every_key_but_their_own_from_customers(client, world, kind):
    caller, own = world.customer(kind), str(world.own[kind].key.pk)
    things, strange = {**world.things, "key_id": own}, strangers(world, kind)
    before = state.everything()

    for name in FRONTS:
        assert_hidden(client, name, caller, things, *strange)

    assert state.everything() == before


@pytest.mark.parametrize("kind", CUSTOMERS)
def test_opens_their_own_key_to_each_of_them(client, world, kind):
    things = {**world.things, "key_id": str(world.own[kind].key.pk)}

    for name in FRONTS:
        with state.undone():
            answer = ask(client, name, world.customer(kind), things)
            assert answer.status_code == 200


def test_knows_no_session_at_another_deployment(client, world):
    names = [name for name in FRONTS if "deployment_id" in names_in(name)]
    caller, things = world.customer(), world.things
    places = [world.theirs["deployment_id"], ABSENT["deployment_id"]]
    before = state.everything()

    for name in names:
        known, unknown = (
            state.told(ask(client, name, caller, {**things, "deployment_id": place}))
            for place in places
        )
        assert (name, *known) == (name, *unknown)
        assert known[0] == 401

    assert len(names) == len(FRONTS) // 2
    assert state.everything() == before


def test_knows_no_ticket_at_another_deployment(client, world):
    names = [name for name in EXCHANGES if "deployment_id" in names_in(name)]
    things, theirs = world.things, world.theirs
    strange = {**things, "ticket": theirs["ticket"]}
    elsewhere = {**things, "deployment_id": theirs["deployment_id"]}
    nowhere = {**things, "deployment_id": ABSENT["deployment_id"]}
    nothing = {**things, "ticket": "apt.x"}
    before = state.everything()

    for name in names:
        said = [
            state.told(ask(client, name, NOBODY, asked))
            for asked in (strange, elsewhere, nowhere, nothing)
        ]
        assert said == [said[0]] * 4
        assert said[0][0] == 401

    assert state.everything() == before
