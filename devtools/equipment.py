"""What each leg of the test run needs to be real, set up before pytest starts.

pytest-django reads the settings before any fixture runs, so servers and variables
cannot come from conftest.py.
"""

import contextlib
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg

from devtools import (
    chromium,
    coverage_report,
    node,
    postgres,
    proxies,
    static,
    surroundings,
)
from devtools.paths import ROOT, Missing

# The legs that have a folder of tests of their own; the others share the rest.
LEG_FOLDERS = {"browser": "tests/e2e", "clients": "tests/clients"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The variables pytest runs with, and what is real about the leg."""

    environment: dict[str, str]
    versions: str


@contextlib.contextmanager
def sqlite() -> Iterator[Equipment]:
    """A file, because threads sharing a database in memory lock one another out."""
    with tempfile.TemporaryDirectory(prefix="keyplate-test-") as folder:
        url = f"sqlite:///{Path(folder, 'keyplate.sqlite3')}"
        yield _equipment(url, f"SQLite {sqlite3.sqlite_version}")


@contextlib.contextmanager
def postgresql(binaries: Path | None = None) -> Iterator[Equipment]:
    """A server of this run's own."""
    with postgres.running(binaries=binaries) as server:
        with psycopg.connect(server.url) as connection:
            answer = connection.execute("SHOW server_version").fetchone()
        engine = f"PostgreSQL {answer[0] if answer else '?'}"
        yield _equipment(server.url, engine)


@contextlib.contextmanager
def postgresql_oldest() -> Iterator[Equipment]:
    """The oldest supported server that is installed."""
    with postgresql(postgres.oldest_installed()) as equipment:
        yield equipment


@contextlib.contextmanager
def browser() -> Iterator[Equipment]:
    """A Chromium, whose driver runs an event loop in the thread of the tests."""
    _require_tests("browser")
    found = chromium.ensure()
    with sqlite() as ground:
        environment = {
            **ground.environment,
            "CHROMIUM": str(found),
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }
        versions = f"{chromium.version(found)}, {ground.versions}"
        yield Equipment(environment=environment, versions=versions)


@contextlib.contextmanager
def clients() -> Iterator[Equipment]:
    """Proxies, and Node.js with the packages that locks of tests and examples name."""
    _require_tests("clients")
    version = node.version()
    found = proxies.ensure_all().items()
    for folder in (LEG_FOLDERS["clients"], "examples"):
        node.install_below(ROOT / folder)
    with sqlite() as ground:
        theirs = ", ".join(f"{name} {proxies.version(name, at)}" for name, at in found)
        versions = f"Node {version}, {theirs}, {ground.versions}"
        yield Equipment(environment=ground.environment, versions=versions)


EQUIPMENT: dict[str, Callable[[], contextlib.AbstractContextManager[Equipment]]] = {
    "sqlite": sqlite,
    "postgres": postgresql,
    "postgres-oldest": postgresql_oldest,
    "browser": browser,
    "clients": clients,
}


def _require_tests(leg: str) -> None:
    if not (ROOT / LEG_FOLDERS[leg]).is_dir():
        raise Missing(f"{LEG_FOLDERS[leg]}/ is not in this checkout.")


def _equipment(url: str, engine: str) -> Equipment:
    environment = surroundings.for_checking(database_url=url)
    # Warnings are pytest's matter, and compiled files make the next leg start sooner.
    for name in ("PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    environment["COVERAGE_FILE"] = os.fspath(coverage_report.DATA_FILE)
    python = f"Python {platform.python_version()}, Django {django.__version__}"
    # Pages name their style sheets by digest, so these have to be collected.
    environment["KEYPLATE_STATIC_ROOT"] = static.collected(environment)
    return Equipment(environment=environment, versions=f"{engine}, {python}")
