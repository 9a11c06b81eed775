"""Databases and servers of one run: each made when it is first asked for, then kept."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from bench import machine, programs, questions, stocks
from bench.peers import databases
from bench.programs import Command, Running
from bench.questions import Form, Keyring
from bench.stocks import Stock
from bench.targets import Absent, Lookup, Server, Target
from devtools import postgres, server
from devtools.paths import Missing, say

LAZY = "KEYPLATE_GATEWAY_SYNCHRONOUS_COMMIT"
WORKERS = 2
_ONE_WORKER = ("product-one", "sqlite")
_UNLIMITED = ("product-bare", "product-unlimited")
_LAZY = ("product-async", "product-bare")


def postgres_settings() -> dict[str, str]:
    """Return what PostgreSQL runs with, the same for everybody.

    What was committed survives a power cut, as it would where it matters. As much is
    cached as PostgreSQL's manual has one begin with (section 19.4.1).
    """
    return {
        "fsync": "on",
        "full_page_writes": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "4GB",
        "shared_buffers": f"{machine.memory() // 4 >> 20}MB",
        "synchronous_commit": "on",
    }


class Stage:
    """Makes what a run asks for. Clear keys are in `folder`, which is private.

    `load1` is how busy the machine was before the run, whose own load does not count.
    """

    def __init__(
        self, *, folder: Path, database: postgres.Server, keys: int, load1: float
    ) -> None:
        self.keys = keys
        self.load1 = load1
        self.database_pid = _postmaster(database)
        self.folder = folder
        self._database = database
        self._servers = contextlib.ExitStack()
        self._running: dict[str, Running] = {}
        self._stocks: dict[str, Stock] = {}
        self._peers: dict[str, tuple[dict[str, str], Keyring]] = {}

    @contextlib.contextmanager
    def section(self) -> Iterator[None]:
        """End every server when the block ends; the databases stay."""
        try:
            with self._servers:
                yield
        finally:
            self._running.clear()

    @property
    def postgres_version(self) -> str:
        with psycopg.connect(self._database.url) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "unknown"

    def target(self, name: str) -> Target:
        """Return a target by its name. Raises `Absent`, or Missing with a log."""
        if name == "drf":
            return self._peer(name, programs.granian, questions.drf)
        if name.startswith("better-auth"):
            return self._peer(name, programs.node, questions.better_auth)
        if name == "lookup":
            return Lookup(url=self.stock().url)
        if name == "hello":
            return self._hello()
        if name.startswith("batch-"):
            return self._batch(name, int(name.removeprefix("batch-")))
        return self._product(name)

    def stock(
        self,
        *,
        keys: int | None = None,
        is_limited: bool = True,
        is_sqlite: bool = False,
    ) -> Stock:
        """Return a filled database of Keyplate; None means as many keys as usual."""
        keys = keys or self.keys
        engine = "sqlite" if is_sqlite else "product"
        name = f"{engine}_{keys}_{'limited' if is_limited else 'unlimited'}"
        if name not in self._stocks:
            url = (
                f"sqlite:///{self.folder / name}.sqlite3"
                if is_sqlite
                else self._create_database(name)
            )
            self._stocks[name] = stocks.fill(
                url, self.folder / name, keys=keys, is_limited=is_limited
            )
        return self._stocks[name]

    def _product(self, name: str) -> Server:
        stock = self._stock_of(name)
        settings = {}
        if name in _LAZY:
            if LAZY not in stock.settings:
                raise Absent(f"there is no setting {LAZY}")
            settings[LAZY] = "false"
        workers = 1 if name in _ONE_WORKER else WORKERS
        running = self._keyplate(name, stock, workers=workers, settings=settings)
        form = questions.check(stock.gateway_key)
        return self._asked(name, running, form, stock)

    def _stock_of(self, name: str) -> Stock:
        size = name.removeprefix("product-")
        return self.stock(
            keys=int(size) if size.isdigit() else None,
            is_limited=name not in _UNLIMITED,
            is_sqlite=name == "sqlite",
        )

    def _hello(self) -> Server:
        """The product's server where it has nothing to decide."""
        running = self._keyplate("product", self.stock())
        nothing = Keyring(known=[""], unknown=[])
        return self._asked("hello", running, questions.hello, nothing)

    def _batch(self, name: str, at_once: int) -> Server:
        stock = self.stock()
        running = self._keyplate("product", stock)
        form = questions.check_batch(stock.gateway_key)
        return self._asked(name, running, form, stock, at_once=at_once)

    def _peer(self, name: str, command: Command, form: Form) -> Server:
        if name not in self._peers:
            say(f"Filling the database of {name} with {self.keys} keys ...")
            url = self._create_database(name)
            if name == "drf":
                self._peers[name] = databases.drf(url, self.keys)
            else:
                self._peers[name] = databases.better_auth(
                    url, self.keys, is_limited=name.endswith("limited")
                )
        environment, ring = self._peers[name]
        running = self._start(name, command, environment, probe="/")
        return self._asked(name, running, form, ring)

    def _keyplate(
        self,
        name: str,
        stock: Stock,
        *,
        workers: int = WORKERS,
        settings: dict[str, str] | None = None,
    ) -> Running:
        environment = {**stock.environment, **(settings or {})}
        command = programs.keyplate(workers)
        return self._start(name, command, environment, probe=server.PROBE_PATH)

    def _start(
        self, name: str, command: Command, environment: dict[str, str], *, probe: str
    ) -> Running:
        if name not in self._running:
            log = self.folder / f"{name}.log"
            held = programs.running(command, environment, log=log, probe=probe)
            self._running[name] = self._servers.enter_context(held)
        return self._running[name]

    def _asked(
        self,
        name: str,
        running: Running,
        form: Form,
        source: Keyring | Stock,
        *,
        at_once: int = 1,
    ) -> Server:
        ring = source.ring if isinstance(source, Stock) else source
        requests = self.folder / f"{name}.requests"
        if not requests.exists():
            questions.write(requests, form, ring, at_once=at_once)
        has_keys = bool(ring.unknown)
        return Server(
            name=name,
            port=running.port,
            pid=running.pid,
            requests=requests,
            at_once=at_once,
            good=form(ring.known[:at_once]) if has_keys else None,
            bad=form(ring.unknown[:at_once]) if has_keys else None,
            log=source.log if isinstance(source, Stock) else None,
            is_limited=isinstance(source, Stock) and source.is_limited,
        )

    def _create_database(self, name: str) -> str:
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            connection.execute(statement)
        server_part, _, options = self._database.url.partition("?")
        return f"{server_part.rpartition('/')[0]}/{name}?{options}"


def _postmaster(database: postgres.Server) -> int:
    if database.folder is None:
        raise Missing("measuring needs a PostgreSQL of its own, beside the server.")
    file = database.folder / "data" / "postmaster.pid"
    return int(file.read_text().splitlines()[0])
