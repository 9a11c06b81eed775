"""The gateway's statements for PostgreSQL.

Each settles a whole batch. What comes in many goes in as one text, so that a statement
is prepared once, however large the batch; all that comes out is text, too (texts.py).
"""

import functools

import psycopg

from apiauth.gateway.records import Entry
from apiauth.gateway.statements import columns

# What `CHARGE_AND_LOG` fails with where a counter has no room.
NO_ROOM = psycopg.errors.DivisionByZero

# It writes every type into JSON by itself; only what belongs together is a kind here.
_WRITTEN = dict.fromkeys(["json", "moment", "uuid"], str)

# Rows of three: digest, place and text of a key, where the place tells its app; place
# and text of an app, once for all its keys; digest and text of a gateway key; and the
# moment, alone.
FIND = f"""
WITH found AS MATERIALIZED (
    SELECT encode(s.digest, 'hex') AS digest, k.deployment_id, k.app_id,
           {columns.of_key("json_build_array", _WRITTEN)}::text AS key
    FROM {columns.KEYS}
    WHERE s.digest = ANY(%s::bytea[])
)
SELECT digest, deployment_id::text || app_id::text, key FROM found
UNION ALL
SELECT NULL, a.deployment_id::text || a.id::text,
       {columns.of_app("json_build_array", _WRITTEN)}::text
FROM (SELECT DISTINCT deployment_id, app_id FROM found) AS k {columns.APPS}
UNION ALL
SELECT encode(b.digest, 'hex'), NULL,
       json_build_array(b.id, b.deployment_id, b.scopes,
           ARRAY(SELECT r.apiauthapp_id FROM apiauth_backendkey_apps r
                 WHERE r.backendkey_id = b.id),
           b.last_used_at IS NULL
               OR b.last_used_at < statement_timestamp() - interval '1 minute')::text
FROM apiauth_backendkey b
WHERE b.digest = ANY(%s::bytea[])
  AND b.revoked_at IS NULL
  AND (b.expires_at IS NULL OR b.expires_at > statement_timestamp())
UNION ALL
SELECT NULL, NULL, statement_timestamp()::text
"""

# Whoever is at a row already may be another worker that notes the same; no check waits.
NOTE_USE = """
UPDATE apiauth_backendkey SET last_used_at = statement_timestamp()
WHERE id IN (
    SELECT id FROM apiauth_backendkey WHERE id = ANY(ARRAY(
        SELECT value::uuid FROM json_array_elements_text(%s::json)))
    FOR NO KEY UPDATE SKIP LOCKED)
"""

_WANTED = """
json_to_recordset(%s::json) AS w(
    id uuid, slot bigint, size integer, most integer, taken integer,
    expires_at timestamptz)
"""

# How many slots have passed since a count was written, at most all of them.
_PASSED = "LEAST(GREATEST(EXCLUDED.slot - c.slot, 0), cardinality(c.counts))::integer"
_KEPT = f"(cardinality(c.counts) - {_PASSED})"
# Most often nothing is old enough, or everything: only otherwise is it summed up.
_DROPPED = f"""
CASE WHEN EXCLUDED.slot <= c.slot THEN 0
    WHEN EXCLUDED.slot - c.slot >= cardinality(c.counts) THEN c.used
    ELSE COALESCE((SELECT sum(v)::integer FROM unnest(c.counts[{_KEPT} + 1:]) AS v), 0)
END
"""
_LEFT = f"(c.used - {_DROPPED})"

# Written out where there is more than the newest slot, which alone is full in most.
_COUNTS = (
    "CASE WHEN {0}.used > {0}.counts[1] THEN {0}.counts ELSE {0}.counts[:1] END::text"
)

# Charges every counter of the batch by what all of it takes. A counter that would be
# exceeded comes back without a row; so does one that is in a later slot already, which
# has forgotten what still lies in the window before our moment. Whether there is room is
# a difference, because a sum may be larger than an integer; it is made where there is.
_CHARGE = f"""
INSERT INTO apiauth_ratecount AS c (id, slot, counts, used, most, expires_at)
SELECT w.id, w.slot, w.taken || array_fill(0, ARRAY[w.size - 1]), w.taken, w.most,
       w.expires_at
FROM {_WANTED}
WHERE w.taken <= w.most
ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET
    slot = GREATEST(EXCLUDED.slot, c.slot),
    counts = CASE WHEN EXCLUDED.slot > c.slot
        THEN EXCLUDED.counts[:{_PASSED}] || c.counts[:{_KEPT}]
        ELSE (c.counts[1] + EXCLUDED.used) || c.counts[2:] END,
    used = {_LEFT} + EXCLUDED.used,
    most = EXCLUDED.most,
    expires_at = GREATEST(EXCLUDED.expires_at, c.expires_at)
WHERE EXCLUDED.slot >= c.slot AND EXCLUDED.used <= EXCLUDED.most - {_LEFT}
RETURNING c.id, c.slot, c.counts, c.used
"""


# What is empty is left out of an entry, and the rest of it is the same for all.
_ADDED = {
    "allowed": "r.code = 'valid'",
    "decided_at": "%s::timestamptz",
    "blocked_rule": "COALESCE(r.blocked_rule, '')",
    "violation": "COALESCE(r.violation, '')",
    "rate_limits": "COALESCE(r.rate_limits, '[]')",
}
_TYPED = ", ".join(
    f"{name} {kind}"
    for name, kind in columns.OF_DECISION.items()
    if name in Entry.__struct_fields__
)
_VALUES = {name: _ADDED.get(name, f"r.{name}") for name in columns.OF_DECISION}

LOG = f"""
INSERT INTO apiauth_decision ({", ".join(_VALUES)})
SELECT {", ".join(_VALUES.values())}
FROM json_to_recordset(%s::json) AS r({_TYPED})
"""

# What remained of a limit after one request: `behind` of the batch came after it.
_REMAINED = """
jsonb_build_object('rule', {0}.rule, 'limit', {0}.most,
    'remaining', GREATEST({0}.most - g.used + {0}.behind, 0))
"""

# Most requests are charged once; only of others there is more to be put together.
_COMPLETED = f"""CASE
        WHEN g.id IS NULL THEN {_ADDED["rate_limits"]}
        WHEN r.others IS NULL THEN jsonb_build_array({_REMAINED.format("r")})
        ELSE jsonb_build_array({_REMAINED.format("r")}) || (
            SELECT jsonb_agg({_REMAINED.format("x")})
            FROM json_to_recordset(r.others)
                AS x(counter uuid, rule text, most integer, behind integer)
            JOIN charged g ON g.id = x.counter)
        END"""

# All or nothing: where a counter has no room for all of the batch, the division fails
# the statement, and with it everything that it did.
CHARGE_AND_LOG = f"""
WITH charged AS ({_CHARGE}),
logged AS (
    INSERT INTO apiauth_decision ({", ".join(_VALUES)})
    SELECT {", ".join({**_VALUES, "rate_limits": _COMPLETED}.values())}
    FROM json_to_recordset(%s::json) AS r({_TYPED}, others json,
        counter uuid, rule text, most integer, behind integer)
    LEFT JOIN charged g ON g.id = r.counter
)
SELECT encode(uuid_send(g.id), 'hex'), g.slot, {_COUNTS.format("g")},
       1 / (CASE (SELECT count(*) FROM charged) WHEN %s THEN 1 ELSE 0 END)
FROM (VALUES (1)) AS one LEFT JOIN charged g ON true
"""

# The new ones are made empty; the order of the ids keeps two holders from waiting
# for each other. The last row's moment is one at which all of them are held: that of the
# statement itself lies before it waited for anything.
HOLD = f"""
INSERT INTO apiauth_ratecount AS c (id, slot, counts, used, most, expires_at)
SELECT w.id, w.slot, array_fill(0, ARRAY[w.size]), 0, w.most, w.expires_at
FROM {_WANTED}
ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET most = EXCLUDED.most
RETURNING encode(uuid_send(c.id), 'hex'), c.slot, {_COUNTS.format("c")},
    clock_timestamp()::text
"""

WRITE_COUNTS = """
UPDATE apiauth_ratecount AS c
SET slot = w.slot, counts = w.counts, used = w.used,
    expires_at = GREATEST(w.expires_at, c.expires_at)
FROM json_to_recordset(%s::json) AS w(
    id uuid, slot bigint, counts integer[], used integer, expires_at timestamptz)
WHERE c.id = w.id
"""


@functools.cache
def numbered(statement: str) -> str:
    """Write a statement with `$1`, `$2`, … in place of `%s`, as the server wants it."""
    first, *more = statement.split("%s")
    return first + "".join(f"${n}{part}" for n, part in enumerate(more, start=1))
