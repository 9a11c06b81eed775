"""The cast: acme is ours, globex is the other tenant; ada may manage keys."""

import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase

from apiauth import backend_keys, keys, sessions
from apiauth.http import transports
from apiauth.models import ApiAuthApp, BackendKey, Deployment
from config.logs import JsonFormatter
from devtools import evidence
from tests import make, tables

# Set by ./dev test where all tests have just run on another engine.
_SECOND_RUN = "KEYPLATE_SECOND_RUN" in os.environ
# Which thirds of the files are for this process, by number; nothing means all of them.
_THIRDS = os.environ.get("KEYPLATE_THIRDS", "")


def _empty_tables(_test: TransactionTestCase) -> None:
    """After a test that commits: no secret may be among its rows, then they go."""
    assert tables.leaked() == []
    tables.empty()


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]  # private


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what is for another process, or needs no second run on this engine."""
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _is_left_out(item: pytest.Item) -> bool:
    if _THIRDS and _third(item) not in _THIRDS:
        return True
    if connection.vendor != "postgresql":
        return item.get_closest_marker("postgres") is not None
    asks_database = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    marked = any(item.get_closest_marker(name) for name in ("engine", "postgres"))
    return _SECOND_RUN and not (asks_database or marked)


def _third(item: pytest.Item) -> str:
    # By the file, so that what a module sets up is set up once.
    return str(zlib.crc32(item.location[0].encode()) % 3 + 1)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Before a test's rows are taken back: no secret may be among them."""
    is_asked = "db" in getattr(item, "fixturenames", ()) and not _commits(item)
    found = tables.leaked() if is_asked else []
    yield
    assert found == []


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))


@pytest.fixture(scope="session", autouse=True)
def _kept_log() -> Iterator[None]:
    """What the product logs in this run, as operators would see it."""
    path = evidence.FOLDER / f"tests-{os.getpid()}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    handler.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One host product as far as Keyplate knows it."""

    deployment: Deployment
    minted: backend_keys.Minted
    app: ApiAuthApp

    @property
    def backend_key(self) -> BackendKey:
        return self.minted.backend_key

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.minted.secret}"}


def _tenant(slug: str) -> Tenant:
    deployment = make.deployment(slug)
    app = make.app(deployment)
    return Tenant(deployment=deployment, minted=make.backend_key(deployment), app=app)


@pytest.fixture(autouse=True)
def _plain(settings) -> Iterator[None]:
    """Static files without a manifest; nothing left over in the cache."""
    # Else every client of every test looks through all of them before it begins.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        },
    }
    yield
    cache.clear()


@pytest.fixture
def acme(db: None) -> Tenant:
    return _tenant("acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    return _tenant("globex")


@pytest.fixture
def ada(acme: Tenant) -> sessions.Opened:
    """A session that may do everything with acme's keys."""
    return make.session(acme.backend_key)


@pytest.fixture
def ben(acme: Tenant) -> sessions.Opened:
    """A session that may only look at acme's keys."""
    return make.session(
        acme.backend_key, user_id="ben", user_label="Ben", capabilities=["keys:read"]
    )


@pytest.fixture
def mallory(globex: Tenant) -> sessions.Opened:
    """A session of the other tenant."""
    return make.session(globex.backend_key, user_id="mallory", organization_id="evil")


@pytest.fixture
def unguarded(db: None) -> None:
    """The history as somebody finds it who may do everything to its tables."""
    tables.run(tables.guards()[0])


@pytest.fixture
def ci_key(acme: Tenant) -> keys.Issued:
    return make.key(acme.app)


class PortalClient(Client):
    """A browser tab with a session: the token in a header, the binder as cookie."""

    def __init__(self, opened: sessions.Opened) -> None:
        super().__init__(
            headers={
                transports.TOKEN_HEADER: opened.token,
                "HX-Request": "true",
                "Sec-Fetch-Site": "same-origin",
            }
        )
        self.opened = opened
        self.cookies[transports.BINDER_COOKIE] = opened.binder

    def path(self, rest: str = "") -> str:
        return f"/vanity/api-auth/s/{self.opened.session.pk}{rest}"


@pytest.fixture
def portal(ada: sessions.Opened) -> PortalClient:
    return PortalClient(ada)


@pytest.fixture
def ben_portal(ben: sessions.Opened) -> PortalClient:
    return PortalClient(ben)


@pytest.fixture
def mallory_portal(mallory: sessions.Opened) -> PortalClient:
    return PortalClient(mallory)
