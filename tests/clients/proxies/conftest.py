"""A served Keyplate that trusts the proxies, and an API behind each of them."""

from collections.abc import Iterator

import pytest

from devtools import server
from tests.clients import desk, guarded


@pytest.fixture(scope="session")
def keyplate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Served]:
    settings = {
        "KEYPLATE_TRUSTED_PROXIES": guarded.TRUSTED,
        "KEYPLATE_ALLOWED_HOSTS": "127.0.0.1,keys.example.com",
    }
    with desk.serving(tmp_path_factory.mktemp("trusting"), **settings) as served:
        yield served


@pytest.fixture(scope="session")
def acme(keyplate: server.Served) -> desk.Desk:
    return desk.provisioned(keyplate, "acme")


@pytest.fixture(scope="session")
def api_port() -> Iterator[int]:
    with guarded.api() as port:
        yield port


@pytest.fixture(scope="module", params=guarded.PROXIES, ids=lambda one: one.name)
def proxy(request, acme, api_port, tmp_path_factory) -> Iterator[guarded.Guarded]:
    folder = tmp_path_factory.mktemp(request.param.name)
    with guarded.running(
        request.param, acme, api_port=api_port, folder=folder
    ) as started:
        yield started
