"""The tables between two tests: what is in them, and how it comes out."""

import importlib

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction

from tests import leaks

_append_only = importlib.import_module("apiauth.migrations.0002_audit_is_append_only")
# Migrating fills these, once; anew after every test that would take most of its time.
_LASTING = {model._meta.db_table for model in (ContentType, Permission)}
TRIES = 5


def filled() -> list[str]:
    """Name the tables that have rows, but for those that migrating fills."""
    quoted = connection.ops.quote_name
    models = apps.get_models(include_auto_created=True)
    names = {model._meta.db_table for model in models if model._meta.managed} - _LASTING
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quoted(name)})"  # noqa: S608
        for name in sorted(names)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]


def leaked() -> list[str]:
    """List the secrets among the rows that the tests' connection sees."""
    is_lost = connection.in_atomic_block and connection.connection is None
    if is_lost or connection.needs_rollback:
        return []
    found = []
    with connection.cursor() as cursor:
        for table in [*filled(), *sorted(_LASTING)]:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = repr(cursor.fetchall()).encode()
            found += [f"{table}: {one}" for one in leaks.found_in(rows)]
    return found


def empty() -> None:
    """Take every row out of them, history included."""
    for left in reversed(range(TRIES)):
        try:
            _empty()
            break
        except DatabaseError:
            # A server that is up for many tests sums up what it finds, in between.
            if not left:
                raise


def _empty() -> None:
    undo, redo = guards()
    with connection.constraint_checks_disabled(), transaction.atomic():
        names = filled()
        run([*undo, *(f"DELETE FROM {name}" for name in names), *redo])  # noqa: S608


def guards() -> tuple[list[str], list[str]]:
    """How to lift the append-only triggers, and how to put them back."""
    return {
        "postgresql": (_append_only._POSTGRESQL_UNDO, _append_only._POSTGRESQL),
        "sqlite": (_append_only._SQLITE_UNDO, _append_only._SQLITE),
    }[connection.vendor]


def run(statements: list[str]) -> None:
    """Have the database do these, one after the other."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
