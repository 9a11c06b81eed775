"""HTTP connections that hand over whole requests and send whole answers.

The server begins each request in a task of its own, before its body is there, and writes
the head of an answer and its body one after the other. Here whatever is written of an
answer leaves together: fewer system calls and packets, and no peer wakes for half of one.

An application that has a method `take(scope, body, reply)` is offered each request that
has come whole and by itself, without a task, and calls `reply(status, headers, body)` when it knows the
answer; it returns whether it takes it. All others are served as ASGI says.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from config.heads import Bounded


class Protocol(Bounded):
    """The server's protocol, over a corked transport."""

    def __init__(self, *settings: Any, **more: Any) -> None:  # as the server has them
        super().__init__(*settings, **more)
        self._is_reading = False
        self._arrived: deque[tuple[RequestResponseCycle, Any]] = deque()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin a connection."""
        super().connection_made(transport)
        self.transport = Corked(transport, self.loop)  # type: ignore[assignment]  # all that is used of one

    def data_received(self, data: bytes) -> None:
        """Read what came, then begin the request that it belongs to."""
        self._is_reading = True
        try:
            super().data_received(data)
        finally:
            self._is_reading = False
        while self._arrived:
            self._begin(*self._arrived.popleft())

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._is_reading:
            self._arrived.append((cycle, app))
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        # Of a client who does not take its answers, no more are asked for.
        if not cycle.more_body and not cycle.flow.write_paused:
            take = getattr(app, "take", None)
            if take and take(cycle.scope, bytes(cycle.body), partial(_answer, cycle)):
                return
        super()._start_asgi_task(cycle, app)


def _answer(
    cycle: Any,  # a `RequestResponseCycle` over our own transport
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    """Send a whole answer; one whose headers have a line break of their own, never."""
    if cycle.disconnected:
        return
    lines = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        lines.append(b"%b: %b\r\n" % (name, value))
    if not cycle.keep_alive:
        lines.append(b"connection: close\r\n")
    head = b"".join(lines)
    cycle.response_started = cycle.response_complete = True
    if head.count(b"\n") == head.count(b"\r") == len(lines):
        cycle.transport.write_whole(b"%b\r\n%b" % (head, body))
    else:
        cycle.logger.error("A header would end its line; the answer is left out.")
        cycle.keep_alive = False
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


class Corked:
    """A transport that holds back one write until the next one, or the loop's next turn.

    Whatever else a transport can do, it does at once.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None
        self._uncorking: asyncio.Handle | None = None

    def __getattr__(self, name: str) -> Any:  # Any: whatever a transport has members.
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, together with what comes next if it comes soon."""
        if self._held is None:
            self._held = data
            self._uncorking = self._loop.call_soon(self._uncork)
            return
        held, self._held = self._held, None
        if self._uncorking is not None:
            self._uncorking.cancel()
        self._send(held + data)

    def write_whole(self, data: bytes) -> None:
        """Send at once, after what is held back."""
        self._uncork()
        self._send(data)

    def close(self) -> None:
        """Send what is held back, then close."""
        self._uncork()
        self._transport.close()

    def _uncork(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._send(held)

    def _send(self, data: bytes) -> None:
        # Whoever left meanwhile is sent nothing: some transports would raise, and the
        # server does not know of it where requests wait for each other.
        if not self._transport.is_closing():
            self._transport.write(data)
