"""What the image starts: the newest schema, then the server in this very process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from config import pools

UVICORN = [
    *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
    # Our own log has the access lines, without queries; our own settings say which
    # proxies to believe.
    *("--no-access-log", "--no-server-header", "--no-proxy-headers"),
    # Nothing here speaks it, and its log lines would have queries.
    *("--ws", "none"),
    *("--timeout-graceful-shutdown", "20"),
    *("--http", "config.corked:Protocol"),
]
MIGRATION_LOCK = 7_203_514_422  # any number, as long as it is always this one


def main() -> None:
    """Migrate and become uvicorn, or end with one sentence saying why not.

    Where to listen and with how many workers is uvicorn's to read: UVICORN_HOST,
    UVICORN_PORT, WEB_CONCURRENCY.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
        migrate()
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(f"Keyplate cannot start: {error}")
    except OperationalError as error:
        pools.close()
        sys.exit(f"Keyplate cannot start, its database does not answer: {error}")
    os.execv(sys.executable, UVICORN)  # noqa: S606 - no shell is what we want.


def migrate() -> None:
    """Bring the schema up to date; of many starting at once, one does it."""
    with _alone():
        call_command("migrate", interactive=False, verbosity=1, skip_checks=False)
    pools.close()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the migration lock. SQLite has one writer anyway, and one machine."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        # The limits that suit requests would cut a long migration short.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


if __name__ == "__main__":
    main()
