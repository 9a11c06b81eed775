"""The gateway's statements for PostgreSQL.

Each settles a whole batch; what comes in many goes in as one array or one JSON text,
so that a statement is prepared once, however large the batch.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg

from apiauth import ratelimits
from apiauth.gateway.commands import Arranged, Asker, Record, Row
from apiauth.gateway.facts import Facts
from apiauth.gateway.statements import columns
from apiauth.ratelimits import Charge, Count

# What `CHARGE_AND_LOG` fails with where a counter has no room.
NO_ROOM = psycopg.errors.DivisionByZero

# Any: a row has as many types as columns.
type Rows = Sequence[Sequence[Any]]

# The digest comes first, the moment second.
FIND = f"""
SELECT s.digest, statement_timestamp(), {columns.selected("::text")}
{columns.JOINED}
WHERE s.digest = ANY(%s)
"""

FIND_ASKERS = """
SELECT b.digest, b.id, b.deployment_id, b.scopes::text,
       ARRAY(SELECT r.apiauthapp_id FROM apiauth_backendkey_apps r
             WHERE r.backendkey_id = b.id),
       b.last_used_at IS NULL
           OR b.last_used_at < statement_timestamp() - interval '1 minute'
FROM apiauth_backendkey b
WHERE b.digest = ANY(%s) AND b.revoked_at IS NULL
  AND (b.expires_at IS NULL OR b.expires_at > statement_timestamp())
"""

NOTE_USE = """
UPDATE apiauth_backendkey SET last_used_at = statement_timestamp()
WHERE id = ANY(%s::uuid[])
"""

_WANTED = """
json_to_recordset(%s::json) AS w(
    id uuid, slot bigint, size integer, most integer, taken integer,
    expires_at timestamptz)
"""

# How many slots have passed since a count was written, at most all of them.
_PASSED = "LEAST(GREATEST(EXCLUDED.slot - c.slot, 0), cardinality(c.counts))::integer"
_KEPT = f"(cardinality(c.counts) - {_PASSED})"
_DROPPED = (
    f"COALESCE((SELECT sum(v)::integer FROM unnest(c.counts[{_KEPT} + 1:]) AS v), 0)"
)
_USED = f"c.used - {_DROPPED} + EXCLUDED.used"

# Charges every counter of the batch by what all of it takes. A counter that would be
# exceeded comes back without a row; so does one that is in a later slot already, which
# has forgotten what still lies in the window before our moment.
_CHARGE = f"""
INSERT INTO apiauth_ratecount AS c (id, slot, counts, used, most, expires_at)
SELECT w.id, w.slot, w.taken || array_fill(0, ARRAY[w.size - 1]), w.taken, w.most,
       w.expires_at
FROM {_WANTED}
ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET
    slot = GREATEST(EXCLUDED.slot, c.slot),
    counts = CASE WHEN EXCLUDED.slot > c.slot
        THEN EXCLUDED.counts[:{_PASSED}] || c.counts[:{_KEPT}]
        ELSE (c.counts[1] + EXCLUDED.used) || c.counts[2:] END,
    used = {_USED},
    most = EXCLUDED.most,
    expires_at = GREATEST(EXCLUDED.expires_at, c.expires_at)
WHERE EXCLUDED.slot >= c.slot AND {_USED} <= EXCLUDED.most
RETURNING c.id, c.slot, c.counts, c.used
"""

_COLUMNS = ", ".join(columns.OF_DECISION)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in columns.OF_DECISION.items())
_DECISIONS = f"json_to_recordset(%s::json) AS r({_TYPED}, limits json)"
_GIVEN = ", ".join(f"r.{name}" for name in columns.OF_DECISION if name != "rate_limits")
_INTO = ", ".join(name for name in columns.OF_DECISION if name != "rate_limits")

LOG = f"""
INSERT INTO apiauth_decision ({_INTO}, rate_limits)
SELECT {_GIVEN}, COALESCE(r.rate_limits, '[]') FROM {_DECISIONS}
"""

# All or nothing: where a counter has no room for all of the batch, the division fails
# the statement, and with it everything that it did.
CHARGE_AND_LOG = f"""
WITH charged AS ({_CHARGE}),
logged AS (
    INSERT INTO apiauth_decision ({_INTO}, rate_limits)
    SELECT {_GIVEN}, COALESCE(
        (SELECT jsonb_agg(jsonb_build_object(
            'rule', x.rule, 'limit', x.most,
            'remaining', GREATEST(x.most - g.used + x.behind, 0)))
         FROM json_to_recordset(r.limits)
             AS x(id uuid, rule text, most integer, behind integer)
         JOIN charged g ON g.id = x.id),
        r.rate_limits, '[]')
    FROM {_DECISIONS}
)
SELECT g.id, g.slot, g.counts,
       1 / (CASE (SELECT count(*) FROM charged) WHEN %s THEN 1 ELSE 0 END)
FROM (VALUES (1)) AS one LEFT JOIN charged g ON true
"""

# The new ones are made empty; the order of the ids keeps two holders from waiting
# for each other.
HOLD = f"""
INSERT INTO apiauth_ratecount AS c (id, slot, counts, used, most, expires_at)
SELECT w.id, w.slot, array_fill(0, ARRAY[w.size]), 0, w.most, w.expires_at
FROM {_WANTED}
ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET most = EXCLUDED.most
RETURNING c.id, c.slot, c.counts
"""

# Not the statement's own moment: that lies before it waited for anything.
CLOCK = "SELECT clock_timestamp()"

WRITE_COUNTS = """
UPDATE apiauth_ratecount AS c
SET slot = w.slot, counts = w.counts, used = w.used,
    expires_at = GREATEST(w.expires_at, c.expires_at)
FROM json_to_recordset(%s::json) AS w(
    id uuid, slot bigint, counts integer[], used integer, expires_at timestamptz)
WHERE c.id = w.id
"""


def facts_of(rows: Rows) -> dict[bytes, Facts]:
    """Read what `FIND` found."""
    return {
        bytes(row[0]): columns.facts(row[1], columns.parsed(row[2:])) for row in rows
    }


def askers_of(rows: Rows) -> dict[bytes, Asker]:
    """Read what `FIND_ASKERS` found."""
    return {
        bytes(digest): Asker(
            backend_key_id=backend_key_id,
            deployment_id=deployment_id,
            scopes=columns.read_json(scopes),
            app_ids=frozenset(app_ids) or None,
            is_stale=is_stale,
        )
        for digest, backend_key_id, deployment_id, scopes, app_ids, is_stale in rows
    }


def counts_of(rows: Rows) -> dict[bytes, Count]:
    """Read counters; of none there is one empty row."""
    return {
        row[0].bytes: Count(row[1], tuple(row[2])) for row in rows if row[0] is not None
    }


def before(counts: Mapping[bytes, Count], record: Record) -> dict[bytes, Count]:
    """Take back from counts what was just taken."""
    earlier = {}
    for counter, count in counts.items():
        newest, *older = count.counts
        taken = record.takings[counter]
        earlier[counter] = Count(count.slot, (newest - taken, *older))
    return earlier


def wanted(charges: Mapping[bytes, Charge], takings: Mapping[bytes, int]) -> str:
    """Write the counters of a batch for `CHARGE_AND_LOG` and `HOLD`."""
    return _json(
        [
            {
                "id": counter.hex(),
                "slot": charge.slot,
                "size": charge.size,
                "most": charge.most,
                "taken": takings.get(counter, 0),
                "expires_at": columns.expiry(charge, charge.slot),
            }
            for counter, charge in charges.items()
        ]
    )


def changed(arranged: Arranged, charges: Mapping[bytes, Charge]) -> str:
    """Write the counters that changed for `WRITE_COUNTS`."""
    return _json(
        [
            {
                "id": counter.hex(),
                "slot": count.slot,
                "counts": columns.padded(count, charges[counter].size),
                "used": sum(count.counts),
                "expires_at": columns.expiry(charges[counter], count.slot),
            }
            for counter, count in arranged.counts.items()
        ]
    )


def decisions(rows: Sequence[Row], takings: Mapping[bytes, int] | None = None) -> str:
    """Write rows for `LOG` and `CHARGE_AND_LOG`.

    With `takings` each charge says how many of the batch come behind it, by which the
    database knows what remained after it.
    """
    if takings is None:
        return _json([row.columns for row in rows])
    left = dict(takings)
    written = []
    for row in rows:
        for counter in {charge.counter for charge in row.charges}:
            left[counter] -= 1
        limits = [
            {
                "id": charge.counter.hex(),
                "rule": ratelimits.label(charge.rule),
                "most": charge.most,
                "behind": left[charge.counter],
            }
            for charge in row.charges
        ]
        written.append({**row.columns, "limits": limits or None})
    return _json(written)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def ids(values: Sequence[uuid.UUID]) -> list[str]:
    """Write ids for `NOTE_USE`."""
    return [str(value) for value in values]
