"""The statements that add a stretch of the log to the sums, alike on every engine."""

from datetime import datetime

from django.db import connection

from apiauth import windows

# A stretch lies within one hour; of a decision on an unknown key there is nobody's sum.
_STRETCH = """
    d.decided_at >= %(since)s AND d.decided_at < %(until)s
    AND d.deployment_id IS NOT NULL AND d.app_id IS NOT NULL AND d.key_id IS NOT NULL
"""
_LOG = f"FROM apiauth_decision d WHERE {_STRETCH}"
_LOG_OF_OWNERS = f"""
    FROM apiauth_decision d
    JOIN apiauth_key k ON k.id = d.key_id AND k.deployment_id = d.deployment_id
    WHERE {_STRETCH}
"""
_BUCKETS = f"""
    INSERT INTO apiauth_usagebucket AS kept (
        deployment_id, app_id, owner_kind, owner_id, code, rule, total, span, starts_at
    )
    WITH by_owner AS (
        SELECT d.deployment_id, d.app_id, k.owner_kind, k.owner_id,
            d.code, d.blocked_rule AS rule, COUNT(*) AS n
        {_LOG_OF_OWNERS}
        GROUP BY d.deployment_id, d.app_id, k.owner_kind, k.owner_id,
            d.code, d.blocked_rule
    ),
    by_app AS (
        SELECT deployment_id, app_id, '' AS owner_kind, '' AS owner_id,
            code, rule, SUM(n) AS n
        FROM by_owner GROUP BY deployment_id, app_id, code, rule
    ),
    sums AS (SELECT * FROM by_owner UNION ALL SELECT * FROM by_app),
    spans AS (
        SELECT 'hour' AS span, %(hour)s AS starts_at
        UNION ALL SELECT 'day', %(day)s
    )
    SELECT sums.*, spans.* FROM sums CROSS JOIN spans WHERE TRUE
    ON CONFLICT (deployment_id, app_id, owner_kind, owner_id, span, starts_at, code, rule)
    DO UPDATE SET total = kept.total + excluded.total
"""  # noqa: S608 - made of our own words
_KEY_DAYS = f"""
    INSERT INTO apiauth_keyday AS kept (
        deployment_id, app_id, key_id, starts_at, code, rule, total, last_at
    )
    SELECT d.deployment_id, d.app_id, d.key_id, %(day)s, d.code, d.blocked_rule,
        COUNT(*), MAX(d.decided_at)
    {_LOG}
    GROUP BY d.deployment_id, d.app_id, d.key_id, d.code, d.blocked_rule
    ON CONFLICT (deployment_id, key_id, starts_at, code, rule)
    DO UPDATE SET total = kept.total + excluded.total, last_at = excluded.last_at
"""
_KEY_USES = f"""
    INSERT INTO apiauth_keyuse AS kept (
        deployment_id, key_id, last_used_at, last_address, last_agent, total
    )
    SELECT deployment_id, key_id, decided_at, client_ip, user_agent, n FROM (
        SELECT d.deployment_id, d.key_id, d.decided_at, d.client_ip, d.user_agent,
            COUNT(*) OVER (PARTITION BY d.key_id) AS n,
            ROW_NUMBER() OVER (
                PARTITION BY d.key_id ORDER BY d.decided_at DESC, d.id DESC
            ) AS place
        {_LOG} AND d.allowed
    ) AS uses
    WHERE place = 1
    ON CONFLICT (key_id) DO UPDATE SET
        total = kept.total + excluded.total,
        last_address = CASE WHEN excluded.last_used_at >= kept.last_used_at
            THEN excluded.last_address ELSE kept.last_address END,
        last_agent = CASE WHEN excluded.last_used_at >= kept.last_used_at
            THEN excluded.last_agent ELSE kept.last_agent END,
        last_used_at = CASE WHEN excluded.last_used_at >= kept.last_used_at
            THEN excluded.last_used_at ELSE kept.last_used_at END
    WHERE kept.deployment_id = excluded.deployment_id
"""  # noqa: S608 - the same


def add(since: datetime, until: datetime) -> int:
    """Add the decisions of a stretch within one hour; returns how many sums changed."""
    adapt = connection.ops.adapt_datetimefield_value
    moments = {
        "since": adapt(since),
        "until": adapt(until),
        "hour": adapt(windows.hour_of(since)),
        "day": adapt(windows.day_of(since)),
    }
    changed = 0
    with connection.cursor() as cursor:
        for statement in (_BUCKETS, _KEY_DAYS, _KEY_USES):
            cursor.execute(statement, moments)
            changed += cursor.rowcount
    return changed
