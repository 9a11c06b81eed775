"""A served Keyplate for one run: migrated, answering, gone with whoever asked.

    with server.running(database_url=...) as keyplate:
        httpx.get(f"{keyplate.url}/livez")

It is the real process that ./dev serve becomes, on a free port of loopback.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools import evidence, manage, serve, static, surroundings
from devtools.paths import ROOT, Missing

STARTS_WITHIN = 60
STOPS_WITHIN = 15
PROBE_PATH = "/livez"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A Keyplate that answers: where, with which environment, by which process."""

    url: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]
    log: Path


@contextlib.contextmanager
def running(
    *,
    database_url: str,
    port: int | None = None,
    workers: int = 1,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Migrate the database and serve it until the block ends.

    `extra` wins over every variable of the defaults. Raises Missing, with the log,
    when the server does not come up.
    """
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="keyplate-served-") as folder:
        environment = surroundings.for_checking(database_url=database_url, port=port)
        environment["KEYPLATE_STATIC_ROOT"] = static.collected(environment)
        environment.update(extra or {})
        manage.run("migrate", environment)
        log = Path(folder, "log")
        process = start(serve.uvicorn(port=port, workers=workers), environment, log)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_answering(url + PROBE_PATH, process, log)
            yield Served(url=url, environment=environment, process=process, log=log)
        finally:
            stop(process)
            evidence.keep_server(f"server-{port}", log=log, database_url=database_url)


def free_port() -> int:
    """Return a port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    command: list[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start any server so that it ends with us, even when we are killed."""
    bound = [sys.executable, "-m", "devtools.lifeline", str(os.getpid())]
    with log.open("wb") as stream:
        return subprocess.Popen(
            [*bound, *command],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )


def wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until somebody answers, whatever they say; raise Missing with the log."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Missing(f"the server ended while starting:\n{log.read_text()}")
        with contextlib.suppress(OSError):
            if _answers(url):
                return
        time.sleep(0.05)
    raise Missing(f"the server did not answer:\n{log.read_text()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own http URL.
            return True
    except urllib.error.HTTPError:
        return True  # Somebody is there; what they say is the caller's matter.


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server in order, and by force when it takes too long."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
