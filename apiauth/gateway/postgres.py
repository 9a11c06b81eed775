"""One connection to PostgreSQL, kept open, on which batches are settled."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection

from apiauth.gateway.commands import Arrange, Command, Find, Found, Record
from apiauth.gateway.settlement import Outcome, Settling
from apiauth.gateway.statements import postgresql
from apiauth.gateway.tightness import Tightness
from apiauth.ratelimits import Count

type Statement = tuple[str, Sequence[object]]

_NOW = "SELECT statement_timestamp()"
_CONNECTS_WITHIN = 5  # seconds
# A check that has waited this long is answered with no. Statements are planned once:
# they look up single rows by unique columns, whatever the values.
_OPTIONS = (
    "-c statement_timeout=2000 -c lock_timeout=1500 "
    "-c idle_in_transaction_session_timeout=5000 "
    "-c plan_cache_mode=force_generic_plan -c timezone=UTC"
)


class Connection:
    """Carries out commands; opens itself, and opens itself anew after it broke.

    Used by one task at a time. Every method raises `psycopg.Error` for what the
    database does.
    """

    def __init__(self) -> None:
        self.tightness = Tightness()
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def run(self, settling: Settling) -> list[Outcome]:
        """Carry out a settling's commands one by one."""
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
        connection = await self._ready()
        try:
            return await self._found(connection, command)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            return await self._found(await self._ready(), command)

    async def _found(
        self, connection: psycopg.AsyncConnection[Any], command: Find
    ) -> Found:
        wanted: list[Statement] = [(postgresql.FIND, [command.digests])]
        if command.bearers:
            wanted.append((postgresql.FIND_ASKERS, [command.bearers]))
        rows, *more = await _all(connection, wanted)
        askers = postgresql.askers_of(more[0]) if more else {}
        if rows:
            at = rows[0][1]
        else:
            [[[at]]] = await _all(connection, [(_NOW, [])])
        return Found(at, postgresql.facts_of(rows), askers)

    async def _record(self, command: Record) -> Mapping[bytes, Count] | None:
        wanted: list[Statement] = []
        takings = command.takings
        if takings:
            charged = postgresql.wanted(command.charges, takings)
            decisions = postgresql.decisions(command.rows, takings)
            wanted.append(
                (postgresql.CHARGE_AND_LOG, [charged, decisions, len(takings)])
            )
        elif command.rows:
            decisions = postgresql.decisions(command.rows)
            wanted.append((postgresql.LOG, [decisions]))
        if command.used:
            wanted.append((postgresql.NOTE_USE, [postgresql.ids(command.used)]))
        try:
            rows, *_ = await _all(await self._ready(), wanted) if wanted else [()]
        except postgresql.NO_ROOM:
            return None
        return postgresql.before(postgresql.counts_of(rows), command) if takings else {}

    async def _arrange(self, command: Arrange) -> None:
        connection = await self._ready()
        async with connection.transaction():
            held = postgresql.wanted(command.charges, {})
            rows, [[at]] = await _all(
                connection, [(postgresql.HOLD, [held]), (postgresql.CLOCK, [])]
            )
            arranged = command.arrange(postgresql.counts_of(rows), at)
            changed = postgresql.changed(arranged, command.charges)
            wanted: list[Statement] = [
                (postgresql.WRITE_COUNTS, [changed]),
                (postgresql.LOG, [postgresql.decisions(arranged.rows)]),
            ]
            if command.used:
                wanted.append((postgresql.NOTE_USE, [postgresql.ids(command.used)]))
            await _all(connection, wanted)

    async def _ready(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(**_parameters())
        return self._connection


async def _all(
    connection: psycopg.AsyncConnection[Any], statements: Sequence[Statement]
) -> list[postgresql.Rows]:
    """Run statements in one round trip; returns the rows of each."""
    cursors = [connection.cursor(binary=True) for _ in statements]
    if len(statements) == 1:
        await cursors[0].execute(*statements[0])
    else:
        async with connection.pipeline():
            for cursor, statement in zip(cursors, statements, strict=True):
                await cursor.execute(*statement)
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]


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
