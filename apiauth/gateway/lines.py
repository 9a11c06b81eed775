"""A line to PostgreSQL: prepared statements on an event loop, text both ways."""

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import pq

from apiauth.gateway.statements import postgresql, texts


class Line:
    """One open connection, used by one task at a time.

    `connection` is the library's own, for whatever is seldom. Statements that are run
    for every batch go past its cursors: nothing is converted, and the event loop watches
    the socket all the time instead of being told before and after every answer. A loop
    may tell of a broken socket once and then watch it no more (libuv does); so whoever
    waits has read before, and has it watched anew where what was heard is not enough.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._socket = connection.pgconn.socket
        self._loop = asyncio.get_running_loop()
        self._prepared: dict[str, bytes] = {}
        # A name whose preparing failed may be taken all the same.
        self._names = itertools.count()
        self._awaited: asyncio.Future[None] | None = None
        self._unsent: asyncio.Future[None] | None = None
        self._is_watched = False
        self._listen()

    @property
    def is_open(self) -> bool:
        return not self.connection.closed

    async def rows(self, statement: str, *values: str) -> texts.Rows:
        """Run a statement, prepared on its first use. Raises `psycopg.Error`."""
        try:
            return await self._rows(statement, values)
        finally:
            # A broken connection has closed its socket; its number is soon another's.
            if self._pgconn.status == pq.ConnStatus.BAD:
                self._ignore()

    @contextlib.contextmanager
    def lent(self) -> Iterator[psycopg.AsyncConnection[Any]]:
        """Leave the socket to the library for a while."""
        self._ignore()
        try:
            yield self.connection
        finally:
            if self.is_open:
                self._listen()

    async def close(self) -> None:
        """Let go of the connection."""
        if self.is_open:  # Else its socket's number may be another's.
            self._ignore()
        await self.connection.close()

    def cut(self) -> None:
        """Hang up on a database that says nothing: whoever waits for it is told so."""
        with (
            contextlib.suppress(OSError),
            socket.socket(fileno=os.dup(self._socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)
        for waiting in filter(None, (self._awaited, self._unsent)):
            _settle(waiting)

    async def _rows(self, statement: str, values: tuple[str, ...]) -> texts.Rows:
        name = self._prepared.get(statement)
        if name is None:
            name = f"keyplate_{next(self._names)}".encode()
            self._pgconn.send_prepare(name, postgresql.numbered(statement).encode())
            await self._result()
            self._prepared[statement] = name
        self._pgconn.send_query_prepared(name, [value.encode() for value in values])
        return written(await self._result())

    async def _result(self) -> pq.abc.PGresult:
        """Wait for a statement's one result. Raises its error."""
        pgconn = self._pgconn
        while pgconn.flush():
            await self._writable()
        if pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError("the connection is lost")
        result = await self._read()
        if result is None or result.status == pq.ExecStatus.FATAL_ERROR:
            raise _error(pgconn, result)
        return result

    async def _read(self) -> pq.abc.PGresult | None:
        """Read until a statement is done. Raises that the connection is lost."""
        pgconn, result, has_heard = self._pgconn, None, False
        pgconn.consume_input()
        while True:
            while pgconn.is_busy():
                if has_heard:
                    self._watch_anew()
                await self._readable()
                pgconn.consume_input()
                has_heard = True
            following = pgconn.get_result()
            if following is None:
                return result
            result = following

    async def _readable(self) -> None:
        self._awaited = self._loop.create_future()
        try:
            await self._awaited
        finally:
            self._awaited = None

    async def _writable(self) -> None:
        self._unsent = self._loop.create_future()
        self._loop.add_writer(self._socket, _settle, self._unsent)
        try:
            await self._unsent
        finally:
            self._unsent = None
            if self._pgconn.status != pq.ConnStatus.BAD:
                self._loop.remove_writer(self._socket)

    def _listen(self) -> None:
        self._loop.add_reader(self._socket, self._heard)
        self._is_watched = True

    def _ignore(self) -> None:
        if self._is_watched:
            self._is_watched = False
            self._loop.remove_reader(self._socket)

    def _heard(self) -> None:
        """Wake whoever waits; what nobody asked for is read, lest it be heard again."""
        if self._awaited is not None:
            _settle(self._awaited)
            return
        if self._unsent is not None:
            # To read may close the socket, and no loop bears one that is closed and
            # watched: whoever writes is told first, and watches it anew if it is open.
            self._loop.remove_writer(self._socket)
            _settle(self._unsent)
        with contextlib.suppress(psycopg.OperationalError):
            self._pgconn.consume_input()
        if self._pgconn.status == pq.ConnStatus.BAD:
            self._ignore()
        else:
            self._watch_anew()

    def _watch_anew(self) -> None:
        self._ignore()
        self._listen()


def written(result: pq.abc.PGresult | None) -> texts.Rows:
    """Give the rows of a result as the server wrote them."""
    if result is None:
        return []
    columns = range(result.nfields)
    return [
        [result.get_value(row, column) for column in columns]
        for row in range(result.ntuples)
    ]


def _settle(is_ready: "asyncio.Future[None]") -> None:
    if not is_ready.done():
        is_ready.set_result(None)


def _error(pgconn: pq.abc.PGconn, result: pq.abc.PGresult | None) -> psycopg.Error:
    """Make of a failed result the exception that its state calls for."""
    state = result and result.error_field(pq.DiagnosticField.SQLSTATE)
    if not state or pgconn.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError("the connection is lost")
    kind: type[psycopg.Error] = psycopg.errors.lookup(state.decode())
    return kind()
