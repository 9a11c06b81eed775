"""Carrying out commands over Django's own connection, for callers that may wait.

The same settling runs here and in the batcher (postgres.py); this is how it runs under
plain WSGI, for Python callers, and on SQLite always.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db import DataError, connection, transaction

from apiauth.gateway.commands import Arrange, Arranged, Command, Find, Found, Record
from apiauth.gateway.settlement import Outcome, Settling
from apiauth.gateway.statements import columns, postgresql, sqlite, texts
from apiauth.ratelimits import Count

# Any: rows and parameters have the types of their columns.
type _Values = Sequence[Any]


class Link(Protocol):
    """What a database does with each command."""

    def find(self, command: Find) -> Found: ...
    def record(self, command: Record) -> Mapping[bytes, Count] | None: ...
    def arrange(self, command: Arrange) -> None: ...


def run(settling: Settling) -> list[Outcome]:
    """Carry out a settling's commands one by one. Raises what the database does."""
    try:
        first = next(settling)
    except StopIteration as done:
        return _outcomes(done)
    if connection.vendor == "postgresql":
        return _run(settling, first, Postgres())
    # A single writer: what is found stays true until it is recorded.
    with transaction.atomic():
        return _run(settling, first, Sqlite())


def _run(settling: Settling, command: Command, link: Link) -> list[Outcome]:
    while True:
        try:
            command = settling.send(_carry_out(command, link))
        except StopIteration as done:
            return _outcomes(done)


def _outcomes(done: StopIteration) -> list[Outcome]:
    outcomes: list[Outcome] = done.value
    return outcomes


def _carry_out(command: Command, link: Link) -> object:
    match command:
        case Find():
            return link.find(command)
        case Record():
            return link.record(command)
        case Arrange():
            link.arrange(command)
            return None


class Postgres:
    """PostgreSQL over Django's connection."""

    def find(self, command: Find) -> Found:
        keys, bearers = map(texts.digests, (command.digests, command.bearers))
        return texts.found(_texts(postgresql.FIND, [keys, bearers]))

    def record(self, command: Record) -> Mapping[bytes, Count] | None:
        try:
            with transaction.atomic():
                rows = self._recorded(command)
        except DataError as error:
            if not isinstance(error.__cause__, postgresql.NO_ROOM):
                raise
            return None
        return texts.before(texts.counts_of(rows), command)

    def _recorded(self, command: Record) -> texts.Rows:
        takings = command.takings
        rows: texts.Rows = []
        if takings:
            wanted = texts.wanted(command.charges, takings)
            decisions = texts.decisions(command.rows, takings)
            values = [wanted, command.at, decisions, len(takings)]
            rows = _texts(postgresql.CHARGE_AND_LOG, values)
        elif command.rows:
            _execute(postgresql.LOG, [command.at, texts.decisions(command.rows)])
        # After the counters, as everywhere: two who wait for each other are a deadlock.
        _note_use(command.used)
        return rows

    def arrange(self, command: Arrange) -> None:
        with transaction.atomic():
            rows = _texts(postgresql.HOLD, [texts.wanted(command.charges, {})])
            at = texts.moment_of(rows) or command.at
            arranged = command.arrange(texts.counts_of(rows), at)
            changed = texts.changed(arranged, command.charges)
            _execute(postgresql.WRITE_COUNTS, [changed])
            _execute(postgresql.LOG, [arranged.at, texts.decisions(arranged.rows)])
            _note_use(command.used)


class Sqlite:
    """SQLite, inside the transaction that `run` has begun."""

    def find(self, command: Find) -> Found:
        [[written]] = _rows(sqlite.NOW)
        at = columns.moment(written)
        found = _rows(sqlite.find(len(command.digests)), command.digests)
        askers: sqlite.Rows = []
        if command.bearers:
            moments = [written, written]
            statement = sqlite.find_askers(len(command.bearers))
            askers = _rows(statement, [*moments, *command.bearers])
        return Found(at, sqlite.facts_of(found, at), sqlite.askers_of(askers))

    def record(self, command: Record) -> Mapping[bytes, Count] | None:
        if command.takings:
            # To take, its counters have to be read first: that is to arrange.
            return None
        self._write(Arranged(command.at, {}, command.rows), command)
        return {}

    def arrange(self, command: Arrange) -> None:
        counters = [counter.hex() for counter in command.charges]
        rows = _rows(sqlite.find_counts(len(counters)), counters) if counters else []
        self._write(command.arrange(sqlite.counts_of(rows), command.at), command)

    def _write(self, arranged: Arranged, command: Record | Arrange) -> None:
        with connection.cursor() as cursor:
            changed = sqlite.changed(arranged, command.charges)
            cursor.executemany(sqlite.WRITE_COUNT, list(changed))
            entries = sqlite.decisions(arranged.rows, arranged.at)
            cursor.executemany(sqlite.LOG, list(entries))
            [[now]] = _rows(sqlite.NOW)
            used = [(now, sqlite.bare(one)) for one in command.used]
            cursor.executemany(sqlite.NOTE_USE, used)


def _rows(statement: str, values: _Values | None = None) -> Sequence[_Values]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: Sequence[_Values] = cursor.fetchall()
        return rows


def _texts(statement: str, values: _Values | None = None) -> texts.Rows:
    """Run a statement for its rows, each value as the server wrote it."""
    return [
        [None if value is None else str(value).encode() for value in row]
        for row in _rows(statement, values)
    ]


def _execute(statement: str, values: _Values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _note_use(used: Sequence[str]) -> None:
    if used:
        _execute(postgresql.NOTE_USE, [texts.ids(used)])
