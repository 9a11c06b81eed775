"""Make the database itself refuse to change or remove an audit event."""

from django.db import migrations

_POSTGRESQL = [
    """
    CREATE FUNCTION apiauth_audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit events are append-only';
    END $$
    """,
    """
    CREATE TRIGGER audit_is_append_only
    BEFORE UPDATE OR DELETE ON apiauth_auditevent
    FOR EACH ROW EXECUTE FUNCTION apiauth_audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_is_never_truncated
    BEFORE TRUNCATE ON apiauth_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION apiauth_audit_is_append_only()
    """,
]
_POSTGRESQL_UNDO = [
    "DROP TRIGGER audit_is_append_only ON apiauth_auditevent",
    "DROP TRIGGER audit_is_never_truncated ON apiauth_auditevent",
    "DROP FUNCTION apiauth_audit_is_append_only()",
]
# What INSERT OR REPLACE puts away fires no trigger of DELETE, unless a connection asks
# for it; so no event may take the place of another. An id that is yet to be given is
# -1 here, and no event has that.
_SQLITE = [
    *(
        f"""
        CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON apiauth_auditevent
        BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON apiauth_auditevent
    WHEN EXISTS (
        SELECT 1 FROM apiauth_auditevent WHERE id = NEW.id
        OR (deployment_id = NEW.deployment_id AND sequence = NEW.sequence)
    )
    BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END
    """,
]
_SQLITE_UNDO = [
    "DROP TRIGGER audit_refuses_replace",
    "DROP TRIGGER audit_refuses_update",
    "DROP TRIGGER audit_refuses_delete",
]


def forbid(apps, schema_editor):
    _run(schema_editor, {"postgresql": _POSTGRESQL, "sqlite": _SQLITE})


def allow(apps, schema_editor):
    _run(schema_editor, {"postgresql": _POSTGRESQL_UNDO, "sqlite": _SQLITE_UNDO})


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("apiauth", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
