"""The end of the database's connections, in time for the end of the process.

A pool that is still open when Python shuts down waits five seconds for each of its
threads, longer than an engine waits before it kills.
"""

from django.db import connection, connections


def close() -> None:
    """Close this thread's connections, and the pool if there is one."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
