"""Whatever is read holds what is the reader's own, and nothing of anybody else."""

import pytest

from tests.apiauth.api.access.calls import FRONTS, HOSTS, READS, ask, row_of

# See the names in `world`.
OTHER_OWNERS, OTHER_APP, OTHER_DEPLOYMENT = b"yy-", b"xx-", b"zz-"


def assert_shows(client, name, caller, things, *hidden):
    """Prove that an answer holds what it should, and nothing that it should not."""
    row = row_of(name)
    for filters in [(), *((one,) for one in row.query_names)]:
        answer = ask(client, name, caller, things, filters=filters)
        assert answer.status_code == 200, answer.content
        assert row.shows in answer.content.decode(), (name, filters)
        assert [word for word in hidden if word in answer.content] == [], name


def test_shows_hosts_their_deployment_alone(client, world):
    caller, things = world.host(), world.things

    for name in set(READS) & set(HOSTS):
        assert_shows(client, name, caller, things, OTHER_DEPLOYMENT)


def test_shows_bound_hosts_their_apps_alone(client, world):
    caller, things = world.bound(), world.things

    for name in set(READS) & set(HOSTS):
        if not row_of(name).whole:
            assert_shows(client, name, caller, things, OTHER_APP, OTHER_DEPLOYMENT)


@pytest.mark.parametrize("kind", ["organization", "person", "workspace"])
def test_shows_customers_their_own_alone(client, world, kind):
    caller, own = world.customer(kind), str(world.own[kind].key.pk)
    things, hidden = {**world.things, "key_id": own}, [OTHER_OWNERS, OTHER_APP]

    for name in set(READS) & set(FRONTS):
        assert_shows(client, name, caller, things, *hidden, OTHER_DEPLOYMENT)
