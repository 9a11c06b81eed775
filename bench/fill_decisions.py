"""Fills the log of decisions of an app, and sums it up; run with its environment.

    python -m bench.fill_decisions APP_ID ROWS

The rows lie evenly within the last 90 days and among the app's keys, oldest first, as
checks would have left them. On PostgreSQL they come by COPY, into months that were
prepared for them.
"""

import random
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import django
from django.db import connection

django.setup()

from apiauth import usage  # noqa: E402 - needs settings first.
from apiauth.models import ApiAuthApp, Key  # noqa: E402
from apiauth.models.clock import database_now  # noqa: E402
from apiauth.retention import months  # noqa: E402

DAYS = 90
COLUMNS = (
    *("id", "deployment_id", "app_id", "key_id", "allowed", "code", "blocked_rule"),
    *("method", "path", "client_ip", "user_agent", "required_permissions"),
    "decided_at",
)
# How often a code was given, of a hundred; the rest was valid.
REFUSALS = {"permission_denied": 3, "rate_limited": 3, "expired": 2, "revoked": 2}
RULE = "100/60s"
PATHS = tuple(f"/v1/reports/{n}" for n in range(50))

type Row = tuple[str, ...]


def main(arguments: list[str]) -> None:
    """Fill the log that the environment names, sum it up and let it look at itself."""
    app = ApiAuthApp.objects.get(pk=uuid.UUID(arguments[0]))
    end = database_now() - timedelta(seconds=1)
    start = end - timedelta(days=DAYS)
    with connection.cursor() as cursor:
        if _is_postgresql():
            cursor.execute("SET statement_timeout = 0")
            for days in range(0, DAYS, 25):
                months.prepare(start + timedelta(days=days))
    # While rows are copied the connection can answer nothing else.
    keys = [key.hex for key in Key.objects.of_app(app).values_list("pk", flat=True)]
    _store(_rows(app, keys, int(arguments[1]), start, end))
    for _ in usage.roll_up():
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if _is_postgresql() else "ANALYZE")


def _rows(
    app: ApiAuthApp, keys: list[str], rows: int, start: datetime, end: datetime
) -> Iterator[Row]:
    codes = [code for code, share in REFUSALS.items() for _ in range(share)]
    codes += ["valid"] * (100 - len(codes))
    fixed = (app.deployment_id.hex, app.pk.hex)
    step = (end - start) / rows
    for n in range(rows):
        at, code = start + n * step, random.choice(codes)
        yield (
            _id(at),
            *fixed,
            random.choice(keys),
            "1" if code == "valid" else "0",
            code,
            RULE if code == "rate_limited" else "",
            "GET",
            random.choice(PATHS),
            "192.0.2.7",
            "python-httpx/0.28",
            "[]",
            f"{at:%Y-%m-%d %H:%M:%S.%f}",
        )


def _id(at: datetime) -> str:
    """An id as the gateway makes them: its moment, then chance (RFC 9562, 5.7)."""
    chance = random.getrandbits(74)
    milliseconds = int(at.timestamp() * 1000)
    high, low = chance >> 62, chance & (1 << 62) - 1
    return f"{milliseconds:012x}7{high:03x}{0b10 << 62 | low:016x}"


def _store(rows: Iterator[Row]) -> None:
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if _is_postgresql():
            with cursor.copy(f"COPY apiauth_decision ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write("\t".join(row) + "\n")
            return
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.executemany(
            f"INSERT INTO apiauth_decision ({columns}) VALUES ({marks})",  # noqa: S608 - ours
            list(rows),
        )


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


if __name__ == "__main__":
    main(sys.argv[1:])
