"""The one clock that all processes share: the database's."""

from datetime import UTC, datetime

from django.db import connection

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
