"""One connection to PostgreSQL, kept open, on which batches are settled."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from psycopg import pq

from apiauth.gateway.commands import Arrange, Command, Find, Found, Record
from apiauth.gateway.settlement import Outcome, Settling
from apiauth.gateway.statements import postgresql, texts
from apiauth.gateway.tightness import Tightness
from apiauth.ratelimits import Count

_CONNECTS_WITHIN = 3  # seconds
# For a batch, all its statements: the database has its own limits below, if it is there.
_ANSWERS_WITHIN = 4
# A check that has waited this long is answered with no. Statements are planned once and
# look up single rows by indexes, whatever the tables hold at that time.
_OPTIONS = (
    "-c statement_timeout=1500 -c lock_timeout=1000 "
    "-c idle_in_transaction_session_timeout=5000 "
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off "
    "-c datestyle=ISO -c timezone=UTC -c standard_conforming_strings=on"
)


class Connection:
    """Carries out commands; opens itself, and opens itself anew after it broke.

    Used by one task at a time. Every method raises `psycopg.Error` for what the
    database does.
    """

    def __init__(self) -> None:
        self.tightness = Tightness()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._prepared: dict[str, bytes] = {}
        self._was_cut = False

    async def run(self, settling: Settling) -> list[Outcome]:
        """Carry out a settling's commands one by one."""
        self._was_cut = False
        cut = asyncio.get_running_loop().call_later(_ANSWERS_WITHIN, self._cut)
        try:
            return await self._run(settling)
        finally:
            cut.cancel()

    async def _run(self, settling: Settling) -> list[Outcome]:
        answer: object = None
        while True:
            try:
                command = settling.send(answer)
            except StopIteration as done:
                outcomes: list[Outcome] = done.value
                return outcomes
            answer = await self._carry_out(command)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _carry_out(self, command: Command) -> object:
        match command:
            case Find():
                return await self._find(command)
            case Record():
                return await self._record(command)
            case Arrange():
                await self._arrange(command)
                return None

    async def _find(self, command: Find) -> Found:
        """Look up; on a connection that broke while it was idle, once more."""
        was_open = self._is_open
        try:
            return await self._found(command)
        except psycopg.OperationalError:
            if not was_open or self._is_open or self._was_cut:
                raise
            return await self._found(command)

    async def _found(self, command: Find) -> Found:
        keys, bearers = map(texts.digests, (command.digests, command.bearers))
        rows = await self._rows(postgresql.FIND, keys, bearers)
        now = None if rows else (await self._rows(postgresql.NOW))[0][0]
        return texts.found(rows, now)

    async def _record(self, command: Record) -> Mapping[bytes, Count] | None:
        if command.used:
            await self._rows(postgresql.NOTE_USE, texts.ids(command.used))
        takings, at = command.takings, command.at.isoformat()
        if not takings:
            if command.rows:
                entries = texts.decisions(command.rows)
                await self._rows(postgresql.LOG, at, entries)
            return {}
        wanted = texts.wanted(command.charges, takings)
        decisions = texts.decisions(command.rows, takings)
        try:
            rows = await self._rows(
                postgresql.CHARGE_AND_LOG, wanted, at, decisions, str(len(takings))
            )
        except postgresql.NO_ROOM:
            return None
        return texts.before(texts.counts_of(rows), command)

    async def _arrange(self, command: Arrange) -> None:
        connection = await self._ready()
        async with connection.transaction():
            wanted = texts.wanted(command.charges, {})
            held = await self._rows(postgresql.HOLD, wanted)
            at = texts.moment_of(held) or command.at
            arranged = command.arrange(texts.counts_of(held), at)
            changed = texts.changed(arranged, command.charges)
            decisions = texts.decisions(arranged.rows)
            async with connection.pipeline():
                await connection.execute(postgresql.WRITE_COUNTS, [changed])
                await connection.execute(postgresql.LOG, [arranged.at, decisions])
                if command.used:
                    used = texts.ids(command.used)
                    await connection.execute(postgresql.NOTE_USE, [used])

    @property
    def _is_open(self) -> bool:
        return self._connection is not None and not self._connection.closed

    def _cut(self) -> None:
        """Hang up on a database that says nothing: whoever waits for it is told so."""
        if self._connection is None or self._connection.closed:
            return
        self._was_cut = True
        with (
            contextlib.suppress(OSError),
            socket.socket(fileno=os.dup(self._connection.pgconn.socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    async def _ready(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._prepared.clear()
            self._connection = await psycopg.AsyncConnection.connect(**_parameters())
        return self._connection

    async def _rows(self, statement: str, *values: str) -> texts.Rows:
        """Run a statement, prepared on its first use.

        Text goes in and comes out: nothing is converted on the way, which is what the
        cursors of the library spend their time on.
        """
        pgconn = (await self._ready()).pgconn
        name = self._prepared.get(statement)
        if name is None:
            name = f"keyplate_{len(self._prepared)}".encode()
            pgconn.send_prepare(name, postgresql.numbered(statement).encode())
            await _result(pgconn)
            self._prepared[statement] = name
        pgconn.send_query_prepared(name, [value.encode() for value in values])
        result = await _result(pgconn)
        return [
            [result.get_value(row, column) for column in range(result.nfields)]
            for row in range(result.ntuples)
        ]


async def _result(pgconn: pq.abc.PGconn) -> pq.abc.PGresult:
    """Wait for a statement's one result. Raises its error."""
    loop = asyncio.get_running_loop()
    while pgconn.flush():
        await _ready_for(loop.add_writer, loop.remove_writer, pgconn.socket)
    result: pq.abc.PGresult | None = None
    while True:
        while pgconn.is_busy():
            await _ready_for(loop.add_reader, loop.remove_reader, pgconn.socket)
            pgconn.consume_input()
        following = pgconn.get_result()
        if following is None:
            break
        result = following
    if result is None or result.status == pq.ExecStatus.FATAL_ERROR:
        raise _error(pgconn, result)
    return result


async def _ready_for(add: Any, remove: Any, socket: int) -> None:
    # Any: the two pairs of methods of an event loop.
    is_ready = asyncio.get_running_loop().create_future()
    add(socket, _settle, is_ready)
    try:
        await is_ready
    finally:
        remove(socket)


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


def _parameters() -> dict[str, Any]:
    """How to connect: as Django does, with limits of our own."""
    given = django_connection.get_connection_params()
    ours = {"pool", "options", "cursor_factory", "context", "prepare_threshold"}
    durable = "on" if settings.KEYPLATE_GATEWAY_SYNCHRONOUS_COMMIT else "off"
    return {
        **{name: value for name, value in given.items() if name not in ours},
        "application_name": "keyplate gateway",
        "autocommit": True,
        "connect_timeout": _CONNECTS_WITHIN,
        "options": f"{_OPTIONS} -c synchronous_commit={durable}",
        "prepare_threshold": 0,
    }
