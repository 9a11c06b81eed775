"""An API behind a real proxy that asks Keyplate, as the examples configure it."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from devtools import evidence, proxies, server
from devtools.paths import ROOT
from tests.clients.desk import Desk

STARTS_WITHIN = 30
EXAMPLES = ROOT / "examples"
API = EXAMPLES / "gateway_nginx" / "api.py"
# Customers come from elsewhere on loopback: the proxies' own address is trusted.
TRUSTED = "127.0.0.1/32"
CUSTOMER = "127.0.0.9"
# As the examples have them.
PROXY_PORT, KEYPLATE_PORT, API_PORT = 8080, 8000, 9000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A kind of proxy: its example, and how it starts in a copy of that."""

    name: str
    main: str
    arguments: Callable[[str], list[str]]

    @property
    def folder(self) -> Path:
        return EXAMPLES / f"gateway_{self.name}"

    def command(self) -> list[str]:
        return [str(proxies.found(self.name)), *self.arguments(self.main)]


NGINX = Proxy(
    name="nginx",
    main="nginx.conf",
    arguments=lambda main: [
        *("-p", ".", "-c", main, "-e", "stderr"),
        # One process, which is ours to end.
        *("-g", "daemon off; master_process off;"),
    ],
)
CADDY = Proxy(
    name="caddy",
    main="Caddyfile",
    arguments=lambda main: ["run", "--config", main, "--adapter", "caddyfile"],
)
ENVOY = Proxy(
    name="envoy",
    main="envoy.yaml",
    arguments=lambda main: [
        *("-c", main, "--disable-hot-restart", "--concurrency", "1"),
        *("--log-level", "warning"),
    ],
)
TRAEFIK = Proxy(
    name="traefik",
    main="traefik.yaml",
    arguments=lambda main: [f"--configFile={main}"],
)
PROXIES = (NGINX, CADDY, ENVOY, TRAEFIK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A proxy that answers."""

    proxy: Proxy
    url: str
    desk: Desk = field(repr=False)

    def call(
        self,
        secret: str = "",
        path: str = "/orders",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        content: bytes | None = None,
    ) -> httpx.Response:
        """Call the API as a customer's server does; the path goes as it is written."""
        own = {"Authorization": f"Bearer {secret}"} if secret else {}
        transport = httpx.HTTPTransport(local_address=CUSTOMER)
        with httpx.Client(base_url=self.url, transport=transport) as customer:
            return customer.request(
                method,
                "/",
                headers=[*own.items(), *httpx.Headers(headers).multi_items()],
                content=content,
                extensions={"target": path.encode()},
            )


def seen(answer: httpx.Response) -> dict[str, Any]:
    """What the API saw of a request that came through; JSON."""
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def headers_seen(answer: httpx.Response) -> dict[str, str]:
    """The headers that the API saw, none of them twice."""
    pairs = seen(answer)["headers"]
    headers = dict(pairs)
    assert len(headers) == len(pairs), pairs
    return headers


@contextlib.contextmanager
def api() -> Iterator[int]:
    """The API behind the proxies; gives its port."""
    port = server.free_port()
    with _running("gateway-api", [sys.executable, str(API), str(port)], ROOT, {}, port):
        yield port


@contextlib.contextmanager
def running(
    proxy: Proxy, desk: Desk, *, api_port: int, folder: Path, gateway_key: str = ""
) -> Iterator[Guarded]:
    """Start a proxy with its example's configuration, on ports that are free."""
    port, key = server.free_port(), gateway_key or desk.gateway_key
    keyplate = int(desk.url.rpartition(":")[2])
    _configure(
        proxy, folder, {PROXY_PORT: port, KEYPLATE_PORT: keyplate, API_PORT: api_port}
    )
    if proxy is NGINX:
        line = f"proxy_set_header X-Keyplate-Gateway-Key {key};"
        (folder / "keyplate" / "key.conf").write_text(line)
    environment = {"KEYPLATE_GATEWAY_KEY": key, "HOME": str(folder)}
    with _running(proxy.name, proxy.command(), folder, environment, port) as url:
        yield Guarded(proxy=proxy, url=url, desk=desk)


def _configure(proxy: Proxy, folder: Path, ports: Mapping[int, int]) -> None:
    shutil.copytree(proxy.folder, folder, dirs_exist_ok=True)
    (folder / "run").mkdir(exist_ok=True)
    number = re.compile(r"\b(?:" + "|".join(map(str, ports)) + r")\b")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        path.write_text(number.sub(lambda m: str(ports[int(m[0])]), path.read_text()))


@contextlib.contextmanager
def _running(
    name: str,
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    port: int,
) -> Iterator[str]:
    log = evidence.FOLDER / f"{name}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "devtools.lifeline", str(os.getpid()), *command],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            # Traefik answers before it knows its routes.
            if httpx.get(url).status_code != httpx.codes.NOT_FOUND:
                return
        time.sleep(0.05)
    raise AssertionError(f"it did not start:\n{log.read_text()}")
