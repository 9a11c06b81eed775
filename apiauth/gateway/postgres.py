"""One connection to PostgreSQL, kept open, on which batches are settled."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection

from apiauth.gateway.commands import Arrange, Command, Find, Found, Record
from apiauth.gateway.lines import Line, written
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
        self._line: Line | None = None
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
        if self._line is not None:
            await self._line.close()
            self._line = None

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
        return texts.found(await self._rows(postgresql.FIND, keys, bearers))

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
        line = await self._ready()
        with line.lent() as connection:
            async with connection.transaction():
                await _arrange_in(connection, command)

    async def _rows(self, statement: str, *values: str) -> texts.Rows:
        line = await self._ready()
        return await line.rows(statement, *values)

    @property
    def _is_open(self) -> bool:
        return self._line is not None and self._line.is_open

    def _cut(self) -> None:
        self._was_cut = True
        if self._line is not None and self._line.is_open:
            self._line.cut()

    async def _ready(self) -> Line:
        if self._line is None or not self._line.is_open:
            connection = await psycopg.AsyncConnection.connect(**_parameters())
            self._line = Line(connection)
            if self._was_cut:  # Nobody would cut it once more.
                raise psycopg.OperationalError("it took too long to connect")
        return self._line


async def _arrange_in(
    connection: psycopg.AsyncConnection[Any], command: Arrange
) -> None:
    wanted = texts.wanted(command.charges, {})
    cursor = await connection.execute(postgresql.HOLD, [wanted])
    held = written(cursor.pgresult)
    at = texts.moment_of(held) or command.at
    arranged = command.arrange(texts.counts_of(held), at)
    changed = texts.changed(arranged, command.charges)
    decisions = texts.decisions(arranged.rows)
    async with connection.pipeline():
        await connection.execute(postgresql.WRITE_COUNTS, [changed])
        await connection.execute(postgresql.LOG, [arranged.at, decisions])
        if command.used:
            await connection.execute(postgresql.NOTE_USE, [texts.ids(command.used)])


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
