"""HTTP connections that ask at once and answer in one piece.

The server begins each request in a turn of its loop of its own, before its body is
there, and writes the head of an answer and its body one after the other. Here a request
begins when all that came with it is read, at once, and whatever is written of an answer
leaves together: fewer turns, system calls and packets, and no peer wakes for half of one.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from apiauth.api.gateway.extensions import WHOLE, Headers


class Protocol(HttpToolsProtocol):
    """The server's own protocol, over a corked transport."""

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

    def on_headers_complete(self) -> None:
        """Offer the application to take its whole answer at once."""
        super().on_headers_complete()
        whole: Any = partial(_answer, self.cycle)  # not one of those that it knows
        self.scope["extensions"] = {WHOLE: whole}

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._is_reading:
            self._arrived.append((cycle, app))
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        task = asyncio.Task(cycle.run_asgi(app), loop=self.loop, eager_start=True)
        if not task.done():
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


def _answer(
    cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes
) -> bool:
    """Send a whole answer, or nothing where the client has to be waited for.

    Headers are sent as they are: none may have been given from outside.
    """
    if cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    pieces = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        pieces += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        pieces.append(b"connection: close\r\n")
    pieces += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    cycle.transport.writelines(pieces)
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


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

    def writelines(self, pieces: list[bytes]) -> None:
        """Send a whole, after what is held back."""
        self._uncork()
        self._send(b"".join(pieces))

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
