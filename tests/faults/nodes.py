"""Servers that tests start, hurt and start again, by the command of production."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from devtools import evidence, serve, server

WORKERS = 2


@dataclass(slots=True)
class Node:
    """One server on a port of its own; `process` is its worker or their parent."""

    environment: Mapping[str, str]
    folder: Path
    workers: int = WORKERS
    port: int = field(default_factory=server.free_port)
    starts: int = 0
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.port}-{self.starts}.log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.begin()
        url = f"http://127.0.0.1:{self.port}"
        server.wait_until_answering(url, self.process, self.log)

    def begin(self) -> None:
        """Start it."""
        self.starts += 1
        command = serve.uvicorn(port=self.port, workers=self.workers)
        self.process = server.start(command, self.environment, self.log)

    def kill(self) -> int:
        """Kill every process of it at once; returns how many there were."""
        processes = [self.process.pid, *_below(self.process.pid)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()
        return len(processes)

    def stop(self) -> None:
        server.stop(self.process)
        for log in sorted(self.folder.glob(f"{self.port}-*.log")):
            evidence.keep_server(f"server-{log.stem}", log=log, database_url="")


@contextlib.contextmanager
def running(
    folder: Path, database_url: str, *, workers: int = WORKERS
) -> Iterator[Node]:
    """Serve a database that has its tables, until the block ends."""
    environment = {**os.environ, "KEYPLATE_DATABASE_URL": database_url}
    node = Node(environment=environment, folder=folder, workers=workers)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def asked() -> int:
    """Count the processes that have settled anything on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'keyplate gateway'"
        )
        [[many]] = cursor.fetchall()
    return int(many)


def _below(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,pid="],  # noqa: S607 - of every Unix
        check=True,
        capture_output=True,
        text=True,
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    children = [pid for ppid, pid in pairs if ppid == parent]
    return children + [pid for child in children for pid in _below(child)]
