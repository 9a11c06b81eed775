"""The addresses of the log, its sums and the history, and what all of them refuse."""

import uuid

APP = "/api-auth/apps/aa_1/audit"
LOGS = f"{APP}/logs"
ANALYTICS = f"{APP}/analytics"
TIMESERIES = f"{APP}/timeseries"
APP_EVENTS = f"{APP}/events"
EVENTS = "/api-auth/audit/events"
OF_APPS = [LOGS, ANALYTICS, TIMESERIES, APP_EVENTS]
ALL = [*OF_APPS, EVENTS]
# What cannot be asked of any of them: parameter and value.
REFUSED = [
    ("key_id", "1"),
    ("key_id", "\x00"),
    ("key_id", "x" * 5000),
    ("start_date", "yesterday"),
    ("start_date", "2026-11-22"),
    ("start_date", "2026-11-22T12:00:00"),
    ("start_date", "2026-13-22T12:00:00Z"),
    ("start_date", "\x00"),
    ("end_date", "1795305600"),
]
# What each of them bears.
BORNE = [
    ("key_id", ""),
    ("key_id", str(uuid.UUID(int=7))),
    ("start_date", ""),
    ("end_date", ""),
    ("end_date", "0001-01-01T00:00:00+14:00"),
    ("nobody_knows", "\x00"),
]


def get(client, path, bearer, **query):
    """Read an address with a backend key."""
    return client.get(path, query, headers=bearer)
