"""One served Keyplate for every client."""

from collections.abc import Iterator

import pytest

from devtools import server
from tests.clients import desk


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Served]:
    folder = tmp_path_factory.mktemp("served")
    # The Node client sends no key of its own to the gateway.
    with desk.serving(folder, KEYPLATE_GATEWAY_ANONYMOUS="true") as running:
        yield running


@pytest.fixture(scope="session")
def acme_desk(served: server.Served) -> desk.Desk:
    """The deployment that most clients speak to."""
    return desk.provisioned(served, "acme")
