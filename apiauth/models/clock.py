"""The one clock that all processes share: the database's."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

_STATEMENTS = {
    "postgresql": "SELECT statement_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
}


def database_now() -> datetime:
    """Ask the database what time it is.

    Whatever expires across processes is written and judged by this clock, so
    that a node with a wrong one grants nothing and takes nothing away.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[connection.vendor])
        answer: str | datetime = cursor.fetchone()[0]
    if isinstance(answer, str):
        return datetime.fromisoformat(answer).replace(tzinfo=UTC)
    return answer.astimezone(UTC)


class Precise(models.Func):
    """A column's moment that compares and sorts to the microsecond on every engine.

    SQLite keeps moments as text, with as many digits as their writer gave: three
    from its own clock, six or none from ours. As text, equal moments then differ.
    """

    arity = 1
    template = "%(expressions)s"
    output_field = models.DateTimeField()

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **extra_context: Any,  # Django's own hook takes anything
    ) -> tuple[str, Any]:
        # A column has no parameters: it may stand there twice.
        return self.as_sql(
            compiler,
            connection,
            template="SUBSTR(%(expressions)s || CASE LENGTH(%(expressions)s) "
            "WHEN 19 THEN '.000000' ELSE '000000' END, 1, 26)",
            **extra_context,
        )


class Moment(models.Value):
    """A moment to compare with a precise one."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment, output_field=models.DateTimeField())

    def as_sqlite(
        self,
        compiler: SQLCompiler,  # noqa: ARG002 - so Django calls it
        connection: BaseDatabaseWrapper,  # noqa: ARG002 - the same
        **_extra_context: Any,  # the same
    ) -> tuple[str, Any]:
        moment: datetime = self.value
        return "%s", [f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"]
