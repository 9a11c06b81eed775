"""What stands before the gateway: Django's views, or the bare ASGI application."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.test import Client

from apiauth.api.gateway.application import Gateway, Message, Receive, Scope, Send

PEER = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> Any:  # JSON
        return json.loads(self.body)


class Server(Protocol):
    """Takes requests whose peer is `PEER`."""

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer: ...
    def close(self) -> None: ...


class Wsgi:
    """Django's own views over its own connection, without a socket."""

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        more = {**headers}
        kind = more.pop("content-type", "application/json")
        answer = Client(REMOTE_ADDR=PEER).generic(
            method, address, body, content_type=kind, headers=more
        )
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, headers=named, body=answer.content)

    def close(self) -> None:
        """There is nothing to let go of."""


class Asgi:
    """The gateway's own application in an event loop, with the engine it chooses.

    `send` hands a request over whole, as our server does; `run` as any server would.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self.application = Gateway(_nowhere)

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        raw = [(n.lower().encode(), v.encode("latin-1")) for n, v in headers.items()]
        if "content-type" not in headers:
            raw.append((b"content-type", b"application/json"))
        of = scope(method, address, raw)
        taken = self._runner.run(self._take(of, body))
        return taken or read(self.run(of, heard(body)))

    async def _take(self, of: Scope, body: bytes) -> Answer | None:
        """Hand over a whole request; None where it is not taken."""
        given: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def reply(status: int, raw: list[tuple[bytes, bytes]], body: bytes) -> None:
            headers = {n.decode(): v.decode("latin-1") for n, v in raw}
            given.set_result(Answer(status=status, headers=headers, body=body))

        if not self.application.take(of, body, reply):
            return None
        return await asyncio.wait_for(given, 10)

    def run(self, of: Scope, messages: list[Message]) -> list[Message]:
        """Hand over one connection; returns what was sent."""
        said: list[Message] = []

        async def connect() -> None:
            await self.application(of, receiving(messages), sending(said))

        self._runner.run(connect())
        return said

    def close(self) -> None:
        messages: list[Message] = [{"type": "lifespan.shutdown"}]
        said = self.run({"type": "lifespan"}, messages)
        self._runner.close()
        assert said == [{"type": "lifespan.shutdown.complete"}]


def scope(method: str, address: str, headers: list[tuple[bytes, bytes]]) -> Scope:
    """Describe a request as servers do (ASGI 3.0)."""
    path, _, query = address.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": (PEER, 50_000),
    }


def heard(body: bytes, *more: bytes) -> list[Message]:
    """Receive a body in these parts."""
    parts = [body, *more]
    last = len(parts) - 1
    return [
        {"type": "http.request", "body": part, "more_body": n < last}
        for n, part in enumerate(parts)
    ]


def receiving(messages: list[Message]) -> Receive:
    left = iter(messages)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(left)

    return receive


def sending(said: list[Message]) -> Send:
    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        said.append(message)

    return send


def read(said: list[Message]) -> Answer:
    """Read what an application has sent, which is one answer in two messages."""
    start, body = said
    assert (start["type"], body["type"]) == (
        "http.response.start",
        "http.response.body",
    )
    headers = {n.decode(): v.decode("latin-1") for n, v in start["headers"]}
    return Answer(status=start["status"], headers=headers, body=body["body"])


async def _nowhere(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})
