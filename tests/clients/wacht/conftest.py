"""The published `@wacht/backend`, unmodified: one run of Node for each group of calls."""

import functools
from collections.abc import Callable

import pytest

from apiauth import credentials
from devtools import server
from tests.clients import desk, nodes

type Tell = Callable[[str], nodes.Told]


@pytest.fixture(scope="session")
def foreign_desk(served: server.Served) -> desk.Desk:
    """Another product's deployment, of which nobody here may see anything."""
    return desk.provisioned(served, "foreign", app_slug="aa_foreign")


@pytest.fixture(scope="session")
def tell(acme_desk: desk.Desk, foreign_desk: desk.Desk) -> Tell:
    """Run a group once, and return how each of its calls ended."""
    given = {
        "base": acme_desk.url,
        "appSlug": acme_desk.app_slug,
        "backendKey": acme_desk.backend_key,
        "gatewayKey": acme_desk.gateway_key,
        "foreignApp": foreign_desk.app_slug,
        "foreignKey": foreign_desk.given["keys"]["good"]["id"],
        "strangersKey": credentials.make_secret("nobody"),
    }
    return functools.cache(lambda group: nodes.run(f"wacht/{group}.mjs", given=given))
