"""Partition the log of decisions by month on PostgreSQL; what it holds is kept."""

from datetime import UTC, datetime

from django.db import migrations

_TABLE = "apiauth_decision"
_AHEAD = 2
_INDEXES = [
    f"ALTER TABLE {_TABLE} ADD PRIMARY KEY (id, decided_at)",
    f"CREATE INDEX decision_by_app ON {_TABLE} (deployment_id, app_id, decided_at DESC)",
    f"CREATE INDEX decision_by_key ON {_TABLE} (deployment_id, key_id, decided_at DESC)",
    f"CREATE INDEX decision_by_time ON {_TABLE} (decided_at)",
]
_PARTITION = [
    f"ALTER TABLE {_TABLE} RENAME TO {_TABLE}_whole",
    f"CREATE TABLE {_TABLE} (LIKE {_TABLE}_whole INCLUDING DEFAULTS)"
    " PARTITION BY RANGE (decided_at)",
    # Takes what no month takes, so that no insert ever fails.
    f"CREATE TABLE {_TABLE}_default PARTITION OF {_TABLE} DEFAULT",
]
_REFILL = [
    f"INSERT INTO {_TABLE} SELECT * FROM {_TABLE}_whole",
    f"DROP TABLE {_TABLE}_whole",
    *_INDEXES,
]
_UNDO = [
    f"ALTER TABLE {_TABLE} RENAME TO {_TABLE}_parted",
    f"CREATE TABLE {_TABLE} (LIKE {_TABLE}_parted INCLUDING DEFAULTS)",
    f"INSERT INTO {_TABLE} SELECT * FROM {_TABLE}_parted",
    f"DROP TABLE {_TABLE}_parted",
    f"ALTER TABLE {_TABLE} ADD PRIMARY KEY (id)",
    *_INDEXES[1:],
]


def partition(apps, schema_editor):
    _run(schema_editor, [*_PARTITION, *_months(), *_REFILL])


def unite(apps, schema_editor):
    _run(schema_editor, _UNDO)


def _months():
    """This month and the next ones; later ones are made in time by the server."""
    now = datetime.now(UTC)
    first = now.year * 12 + now.month - 1
    for month in range(first, first + _AHEAD + 1):
        start, end = _first_of(month), _first_of(month + 1)
        yield (
            f"CREATE TABLE {_TABLE}_{start:%Y_%m} PARTITION OF {_TABLE}"
            f" FOR VALUES FROM ('{start}') TO ('{end}')"
        )


def _first_of(month):
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _run(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("apiauth", "0002_audit_is_append_only")]
    operations = [migrations.RunPython(partition, unite)]
