"""Both clients behind one face, and a stand-in that answers as it is told."""

import contextlib
import functools
import http.server
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio.from_thread
import pytest

from keyplate_client import AsyncKeyplate, Keyplate

type Speak = Callable[..., Any]  # either client
KEY = "apb_backend"
# An address where nobody listens: the port is reserved.
NOBODY = "http://127.0.0.1:9"
_AUTHORITIES = ssl.create_default_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of the stand-in; no status at all hangs up."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    drip: float = 0  # seconds between any two bytes of the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that reached the stand-in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class StandIn:
    """Answers in the order it was told, the last answer for ever."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self._told: list[Said] = []

    def says(
        self,
        status: int = 200,
        members: object = None,
        *,
        body: bytes | None = None,
        delay: float = 0,
        drip: float = 0,
        **headers: str,
    ) -> None:
        said = json.dumps(members or {}).encode() if body is None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._told.append(
            Said(status=status, body=said, headers=named, delay=delay, drip=drip)
        )

    def hangs_up(self) -> None:
        self._told.append(Said(status=0))

    def next(self) -> Said:
        return self._told.pop(0) if len(self._told) > 1 else self._told[0]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.stand_in.asked.append(
            Asked(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(body) if body else None,
            )
        )
        said = self.stand_in.next()
        if not said.status:
            self.close_connection = True
            return
        time.sleep(said.delay)
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        step = 1 if said.drip else len(said.body) or 1
        with contextlib.suppress(OSError):  # They may have given up.
            for start in range(0, len(said.body), step):
                self.wfile.write(said.body[start : start + step])
                time.sleep(said.drip)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - their names

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    told = StandIn()
    handler = type("Handler", (_Handler,), {"stand_in": told})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()


class _Blocking:
    """The client with `await`, spoken to without."""

    def __init__(self, portal: Any, spoken_to: Any) -> None:
        self._portal = portal
        self._spoken_to = spoken_to

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._spoken_to, name)
        if name in {"tickets", "apps", "keys"}:
            return _Blocking(self._portal, found)
        return lambda *args, **named: self._portal.call(
            functools.partial(found, *args, **named)
        )

    def __repr__(self) -> str:
        return repr(self._spoken_to)


@pytest.fixture(params=["plain", "await"])
def speak(request) -> Iterator[Speak]:
    """Make a client for an address: every test speaks with both kinds."""
    # Reading the authorities anew for each client would take most of the time.
    usual = {"ssl_context": _AUTHORITIES}
    with contextlib.ExitStack() as stack:
        if request.param == "plain":
            yield lambda url, key=KEY, **options: stack.enter_context(
                Keyplate(url, key, **{**usual, **options})
            )
            return
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())

        def make(url: str, key: str = KEY, **options: Any) -> _Blocking:
            made = AsyncKeyplate(url, key, **{**usual, **options})
            stack.callback(portal.call, made.aclose)
            return _Blocking(portal, made)

        yield make
