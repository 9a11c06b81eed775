"""Two servers on the database of the tests, one of two workers, and who calls them."""

import pytest
from django.db import connection

from apiauth import applications
from tests import make
from tests.faults import callers as calling
from tests.faults import nodes as serving
from tests.races import crew


@pytest.fixture(scope="module")
def callers():
    with calling.hired() as hired:
        yield hired


# No longer than needed: a server sums up the log of whatever test is running.
@pytest.fixture(scope="module")
def nodes(django_db_setup, tmp_path_factory):
    """Both servers; of SQLite, which lets one writer in at a time, there is one."""
    folder = tmp_path_factory.mktemp("nodes")
    with serving.running(folder, crew.address()) as one:
        if connection.vendor == "sqlite":
            yield [one]
            return
        with serving.running(folder, crew.address(), workers=1) as other:
            yield [one, other]


@pytest.fixture
def node(django_db_setup, tmp_path):
    """A server of the test's own, to be hurt."""
    with serving.running(tmp_path, crew.address()) as one:
        yield one


@pytest.fixture
def limited(acme):
    """Give acme's app these rules, and its owners as many keys as they like."""

    def give(*rules, slug="tight"):
        make.scheme(acme.deployment, slug, rules=rules)
        applications.update(
            app=acme.app,
            actor=make.OPERATOR,
            now=make.soon(),
            rate_limit_scheme_slug=slug,
            policy={"keys_per_owner": 10_000},
        )

    return give


@pytest.fixture
def roomy(limited):
    """Limits that are counted and never reached."""
    most = {"max_requests": 10_000_000}
    limited({**make.RULE, **most}, {**make.RULE, "mode": "per_app", **most})
