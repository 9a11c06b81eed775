"""HTTP connections that send an answer in one piece.

The server writes the head of an answer and its body one after the other; each would be
a system call and a packet, and wake the peer for half an answer.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """The server's own protocol, over a corked transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin a connection."""
        super().connection_made(transport)
        self.transport = Corked(transport, self.loop)  # type: ignore[assignment]  # all that is used of one


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

    def __getattr__(self, name: str) -> Any:
        # Any: it has as many types as a transport has members.
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
