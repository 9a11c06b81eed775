"""Databases that really fail, each until its block ends."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

# What a database says may quote what it was given.
TEXT = "password=hunter2"
_REFUSE = {
    "postgresql": [
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION '{TEXT}'; END$$
        """,
        """
        CREATE TRIGGER refusing BEFORE INSERT ON apiauth_decision
        FOR EACH ROW {when} EXECUTE FUNCTION refuse()
        """,
    ],
    "sqlite": [
        f"""
        CREATE TRIGGER refusing BEFORE INSERT ON apiauth_decision {{when}}
        BEGIN SELECT RAISE(ABORT, '{TEXT}'); END
        """
    ],
}
_AGAIN = {
    "postgresql": [
        "DROP TRIGGER refusing ON apiauth_decision",
        "DROP FUNCTION refuse",
    ],
    "sqlite": ["DROP TRIGGER refusing"],
}
_HIDE = "ALTER TABLE apiauth_keysecret RENAME TO hidden"
_SHOW = "ALTER TABLE hidden RENAME TO apiauth_keysecret"


@contextmanager
def log(path: str | None = None) -> Iterator[None]:
    """The log takes no rows, or none of this path; everything else works."""
    when = "" if path is None else f"WHEN (NEW.path = '{path}')"
    _run([statement.format(when=when) for statement in _REFUSE[connection.vendor]])
    yield
    _run(_AGAIN[connection.vendor])


@contextmanager
def lookup() -> Iterator[None]:
    """There is no table of secrets."""
    _run([_HIDE])
    yield
    _run([_SHOW])


def _run(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
