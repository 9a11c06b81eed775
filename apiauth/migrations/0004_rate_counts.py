"""Counters of rate limits: on PostgreSQL in a table that no crash brings back.

Half of each page stays free, so that a count is replaced where it stands. What is in
the slots helps no plan, and to sample arrays takes five times as long as the rest.
"""

import apiauth.models.counters
from django.db import migrations, models

_POSTGRESQL = [
    "ALTER TABLE apiauth_ratecount SET UNLOGGED",
    "ALTER TABLE apiauth_ratecount SET (fillfactor = 50)",
    "ALTER TABLE apiauth_ratecount ALTER COLUMN counts SET STATISTICS 0",
]


def let_go_of_the_log(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in _POSTGRESQL:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("apiauth", "0003_decisions_by_month")]
    operations = [
        migrations.CreateModel(
            name="RateCount",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("slot", models.BigIntegerField()),
                ("counts", apiauth.models.counters.SlotsField()),
                ("used", models.IntegerField()),
                ("most", models.IntegerField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(let_go_of_the_log, migrations.RunPython.noop),
    ]
