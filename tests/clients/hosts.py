"""The host examples as real processes, started the way their README says."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from devtools import evidence, server
from devtools.paths import ROOT
from tests.clients.desk import Desk

STARTS_WITHIN = 30
CLIENT = ROOT / "clients" / "python" / "src"
UVICORN = [sys.executable, "-m", "uvicorn", "main:app", "--port"]
FLASK = [sys.executable, "-m", "flask", "--app", "app", "run", "--port"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Where an example lies, how it starts, and at which addresses it does what."""

    name: str
    command: tuple[str, ...]
    page: str = "/t/acme/settings/api-keys"
    ticket: str = "/t/acme/settings/api-keys/ticket"
    app_slug: str = "aa_northwind"
    main: str
    # What somebody of another company hears who asks for the page.
    page_of_others: int = 404


EXAMPLES = (
    Example(
        name="express_host",
        command=(shutil.which("node") or "node", "host.js"),
        page="/settings/api-keys",
        ticket="/api/settings/api-keys/embed-ticket?deploymentId=42",
        app_slug="aa_42",
        main="host.js",
        page_of_others=200,  # Their own.
    ),
    Example(name="fastapi_host", command=tuple(UVICORN), main="main.py"),
    Example(name="flask_host", command=tuple(FLASK), main="app.py"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """An example that answers."""

    example: Example
    url: str
    desk: Desk = field(repr=False)

    @contextlib.contextmanager
    def visitor(self, person: str = "") -> Iterator[httpx.Client]:
        """A browser, signed in as somebody."""
        own = {"Origin": self.url}
        with httpx.Client(base_url=self.url, headers=own) as browser:
            if person:
                assert browser.post(f"/sign-in/{person}").is_redirect
            yield browser

    def call(self, secret: str = "", **headers: str) -> httpx.Response:
        """A customer's server."""
        own = {"Authorization": f"Bearer {secret}"} if secret else {}
        return httpx.get(f"{self.url}/api/reports", headers={**own, **headers})


@contextlib.contextmanager
def running(example: Example, desk: Desk, *, port: int) -> Iterator[Host]:
    """Start an example and wait until it answers."""
    log = evidence.FOLDER / f"{example.name}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = list(example.command)
    command += [] if example.main.endswith(".js") else [str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "devtools.lifeline", str(os.getpid()), *command],
            cwd=_at_home(example),
            env=_environment(desk, port),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, log)
        yield Host(example=example, url=url, desk=desk)
    finally:
        process.terminate()
        process.wait(15)


def _at_home(example: Example) -> Path:
    return ROOT / "examples" / example.name


def _environment(desk: Desk, port: int) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(CLIENT), str(ROOT)]),
        "PORT": str(port),
        "KEYPLATE_URL": desk.url,
        "KEYPLATE_PORTAL_ORIGIN": desk.url,
        "KEYPLATE_APP_SLUG": desk.app_slug,
        "KEYPLATE_BACKEND_KEY": desk.backend_key,
        "KEYPLATE_GATEWAY_KEY": desk.gateway_key,
        "NORTHWIND_ORIGIN": f"http://127.0.0.1:{port}",
        "NORTHWIND_SECRET_KEY": secrets.token_urlsafe(32),
    }


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.05)
    raise AssertionError(f"the example did not start:\n{log.read_text()}")


def free_port() -> int:
    return server.free_port()
