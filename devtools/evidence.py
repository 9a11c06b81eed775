"""What a run of the tests leaves to be looked at: var/test-results.

Logs and databases of the servers that ran, figures, pictures, browser storage. When
everything has run it is searched for secrets, none of which may be there.
"""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from devtools.paths import ROOT, VAR

FOLDER = VAR / "test-results"


def clear() -> None:
    """Forget what earlier runs left."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


def keep_server(name: str, *, log: Path, database_url: str) -> None:
    """Keep a server's log, and all that its database holds."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if log.exists():
        shutil.copy(log, FOLDER / f"{name}.log")
    if database_url.startswith("sqlite:///"):
        _keep_sqlite(Path(database_url.removeprefix("sqlite:///")), name)
    elif database_url.startswith("postgres"):
        _keep_postgresql(database_url, name)


def search() -> int:
    """Search everything for secrets; returns non-zero when there is one."""
    command = [sys.executable, "-m", "tests.leaks", str(FOLDER)]
    return subprocess.run(command, check=False, cwd=ROOT).returncode


def _keep_sqlite(database: Path, name: str) -> None:
    """Keep the pages as they lie, deleted rows included, and the rows as text."""
    if not database.exists():
        return
    for ending in ("", "-wal"):
        part = database.with_name(database.name + ending)
        if part.exists():
            shutil.copy(part, FOLDER / f"{name}.sqlite3{ending}")
    with closing(sqlite3.connect(database)) as connection:
        rows = "\n".join(connection.iterdump())
    (FOLDER / f"{name}.sql").write_text(rows, errors="backslashreplace")


def _keep_postgresql(url: str, name: str) -> None:
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    with (
        psycopg.connect(url) as connection,
        (FOLDER / f"{name}.copy").open("wb") as file,
    ):
        for (table,) in connection.execute(tables).fetchall():
            statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(
                sql.Identifier(table)
            )
            with connection.cursor().copy(statement) as rows:
                file.writelines(rows)
