"""Servers under measurement: started on a free port of loopback, stopped by their pid."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.peers import environments
from devtools import serve, server

type Command = Callable[[int], list[str]]  # by the port


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers."""

    port: int
    pid: int


@contextlib.contextmanager
def running(
    command: Command, environment: Mapping[str, str], *, log: Path, probe: str = "/"
) -> Iterator[Running]:
    """Hold a server open. Raises Missing, with its log, if it does not come up."""
    port = server.free_port()
    process = server.start(command(port), {**environment, "PEER_PORT": str(port)}, log)
    try:
        url = f"http://127.0.0.1:{port}{probe}"
        server.wait_until_answering(url, process, log)
        yield Running(port=port, pid=process.pid)
    finally:
        server.stop(process)


def keyplate(workers: int) -> Command:
    """Keyplate, by the command the image has."""
    return lambda port: serve.uvicorn(port=port, workers=workers)


def granian(port: int) -> list[str]:
    """The peer on Django with one thread a worker, which was its fastest setting."""
    command = [str(environments.drf() / "granian"), "--interface", "wsgi"]
    command += ["--workers", "2", "--blocking-threads", "1", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    return [*command, "bench.peers.drf.site:application"]


def node(_: int) -> list[str]:
    """The peer on Node.js, which reads its port from the environment."""
    return ["node", str(environments.better_auth())]
