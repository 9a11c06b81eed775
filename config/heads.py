"""HTTP connections that read heads within bounds, and only what belongs to them.

The server's own protocol reads a head of any size, waits for it without end, and leaves
three things to whoever sends them that must not be theirs: to offer another protocol
hides the body of a request, which is then read as the next request; a field behind a
chunked body counts as a header; and chunks may be followed by fields without end.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# As much as other servers take, and proxies send: bytes, up to a slice more.
MOST_HEAD = 65_536
_SLICE = 16_384
# How long a connection may wait for the rest of a head, or for a first one; seconds.
HEAD_WITHIN = 10
# To close on somebody who still sends would take the answer away from them; seconds.
_LINGER = 5
_INVALID = "Invalid HTTP request received."


class Bounded(HttpToolsProtocol):
    """The server's own protocol, within these bounds.

    Whoever sends a larger head, or as much between the chunks of a body or behind it,
    is answered 431 and left; whoever does not finish one in time is left without an
    answer. An offer to change the protocol is passed over, as RFC 9110, 7.8 lets a
    server do, and fields behind a body are dropped (RFC 9110, 6.5.1).
    """

    cycle: Any  # a `RequestResponseCycle`, or None before the first request

    def __init__(self, *settings: Any, **more: Any) -> None:  # as the server has them
        super().__init__(*settings, **more)
        self._unread = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin a connection, which must ask something soon."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._unset_keepalive_if_required()
        for start in range(0, len(data), _SLICE):
            if self._is_refused or self.transport.is_closing():
                return
            self._read(data[start : start + _SLICE])
        self._wait_on()

    def _read(self, data: bytes) -> None:
        self._unread += len(data)
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)
            return
        if self._unread > MOST_HEAD:
            self._refuse_head()

    def _parse(self, data: bytes) -> bytes:
        """Parse bytes; returns what is still to be parsed of them."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            # The parser takes all that follows for the other protocol.
            return self._without_offer() + data[offer.args[0] :]
        return b""

    def _should_upgrade(self) -> bool:
        # Then the server does not begin what it would answer without its body.
        return True

    def _without_offer(self) -> bytes:
        """Return the head that was read last, without what it offers, for a new parser.

        Raises `HttpParserError` where the offer is all that was asked for.
        """
        method, version = self.scope["method"], self.parser.get_http_version()
        if method == "CONNECT":
            raise httptools.HttpParserError
        lines = [f"{method} ".encode() + self.url + f" HTTP/{version}".encode()]
        for name, value in self.scope["headers"]:
            if name != b"upgrade":
                lines.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", b""])

    def on_headers_complete(self) -> None:
        """Begin a request: its head has come."""
        self._unread = 0
        self._head_came()
        super().on_headers_complete()
        # What the parser calls headers from now on stands behind the body.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End what is read of a request."""
        self._unread = 0
        super().on_message_complete()

    def _wait_on(self) -> None:
        """Wait, but not without end, for more of a head, if there is nothing to do."""
        is_waiting = self._deadline or self.timeout_keep_alive_task
        if not is_waiting and not self._is_busy():
            self._expect_head()

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_WITHIN, self._leave)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse_head(self) -> None:
        self._is_refused = True
        self._head_came()
        if self._is_busy():
            # A request whose body does not end is not answered as well.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        said = b"The head of this request is too large."
        head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        length = b"content-length: %d\r\n\r\n" % len(said)
        self.transport.write(STATUS_LINE[431] + head + length + said)
        self._deadline = self.loop.call_later(_LINGER, self._leave)
