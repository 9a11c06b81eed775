"""The two servers of the demo: started, waited for, and stopped with us."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import places
from demo.places import Places
from devtools import serve
from devtools.lifeline import dies_with
from devtools.paths import ROOT, Missing

STARTS_WITHIN = 60
STOPS_WITHIN = 10
LOOK_AGAIN = 0.05
LAST_WORDS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One started server, with what it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """Return the end of its log, short enough to read."""
        return self.log.read_text(errors="replace")[-LAST_WORDS:]


def refuse_taken_ports(at: Places) -> None:
    """Raise Missing, naming the port and the way out, when one is in use."""
    for port, option in ((at.port, "--port"), (at.host_port, "--host-port")):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                sentence = f"port {port} is taken. Choose another one with {option}."
                raise Missing(sentence) from error


@contextlib.contextmanager
def both(
    at: Places, credentials: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[list[Server]]:
    """Run Keyplate and the host until the block ends; both answer inside it.

    `environment` is Keyplate's; the host gets its own.
    """
    host = [sys.executable, "-m", "uvicorn", "northwind.asgi:application"]
    host += ["--host", "127.0.0.1", "--port", str(at.host_port)]
    host += ["--no-access-log", "--no-server-header", "--lifespan", "off"]
    servers: list[Server] = []
    try:
        servers.append(
            _start(
                "Keyplate",
                serve.uvicorn(port=at.port),
                environment=environment,
                folder=ROOT,
                log=at.folder / "keyplate.log",
            )
        )
        servers.append(
            _start(
                "the host",
                host,
                environment=places.for_host(at, credentials),
                folder=places.HOST_FOLDER,
                log=at.folder / "host.log",
            )
        )
        _wait_for(servers[0], at.port, "/readyz")
        _wait_for(servers[1], at.host_port, "/health")
        yield servers
    finally:
        _stop(servers)


def first_to_end(servers: Sequence[Server]) -> Server:
    """Wait until one of them ends by itself, and return it."""
    while True:
        for server in servers:
            if server.process.poll() is not None:
                return server
        time.sleep(LOOK_AGAIN * 4)


def _start(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
) -> Server:
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with(os.getpid()),  # noqa: PLW1509 - we run one thread.
        )
    return Server(name=name, process=process, log=log)


def _wait_for(server: Server, port: int, path: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            what = f"{server.name} ended while starting:\n{server.last_words()}"
            raise Missing(what)
        if _answers(port, path):
            return
        time.sleep(LOOK_AGAIN)
    raise Missing(f"{server.name} does not answer:\n{server.last_words()}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(servers: Sequence[Server]) -> None:
    """Ask every group to end, give them time together, then insist."""
    for server in servers:
        _signal(server, signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN
    for server in servers:
        try:
            server.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(server, signal.SIGKILL)
            server.process.wait()


def _signal(server: Server, number: signal.Signals) -> None:
    # Until we have waited for it, its id cannot have gone to somebody else.
    if server.process.poll() is None:
        os.killpg(server.process.pid, number)
