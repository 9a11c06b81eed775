"""The gateway's statements for PostgreSQL.

Each settles a whole batch. What comes in many goes in as one JSON text, so that a
statement is prepared once, however large the batch; all that comes out is text, too.
"""

import functools
import uuid
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
import psycopg

from apiauth import ratelimits
from apiauth.gateway.commands import Arranged, Asker, Found, Record, Row
from apiauth.gateway.statements import columns
from apiauth.ratelimits import Charge, Count

# What `CHARGE_AND_LOG` fails with where a counter has no room.
NO_ROOM = psycopg.errors.DivisionByZero

# All that comes out is text, as the server writes it.
type Rows = Sequence[Sequence[bytes | None]]

# By digest: the texts of a key and its app, or that of a gateway key alone.
FIND = f"""
SELECT encode(s.digest, 'hex'), statement_timestamp()::text,
       {columns.of_key("json_build_array")}::text,
       {columns.of_app("json_build_array")}::text
{columns.JOINED}
WHERE s.digest = ANY(ARRAY(
    SELECT decode(value, 'hex') FROM json_array_elements_text(%s::json)))
UNION ALL
SELECT encode(b.digest, 'hex'), statement_timestamp()::text,
       json_build_array(b.id, b.deployment_id, b.scopes,
           ARRAY(SELECT r.apiauthapp_id FROM apiauth_backendkey_apps r
                 WHERE r.backendkey_id = b.id),
           b.last_used_at IS NULL
               OR b.last_used_at < statement_timestamp() - interval '1 minute')::text,
       NULL
FROM apiauth_backendkey b
WHERE b.digest = ANY(ARRAY(
    SELECT decode(value, 'hex') FROM json_array_elements_text(%s::json)))
  AND b.revoked_at IS NULL
  AND (b.expires_at IS NULL OR b.expires_at > statement_timestamp())
"""

NOW = "SELECT statement_timestamp()::text"

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
WHERE w.taken <= w.most
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
_DECISIONS = f"json_to_recordset(%s::json) AS r({_TYPED})"
_GIVEN = ", ".join(f"r.{name}" for name in columns.OF_DECISION if name != "rate_limits")
_INTO = ", ".join(name for name in columns.OF_DECISION if name != "rate_limits")

LOG = f"""
INSERT INTO apiauth_decision ({_INTO}, rate_limits)
SELECT {_GIVEN}, COALESCE(r.rate_limits, '[]') FROM {_DECISIONS}
"""

# What remained of a limit after one request: `behind` of the batch came after it.
_REMAINED = """
jsonb_build_object('rule', {0}.rule, 'limit', {0}.most,
    'remaining', GREATEST({0}.most - g.used + {0}.behind, 0))
"""

# All or nothing: where a counter has no room for all of the batch, the division fails
# the statement, and with it everything that it did. Most requests are charged once;
# only of others there is more to be put together.
CHARGE_AND_LOG = f"""
WITH charged AS ({_CHARGE}),
logged AS (
    INSERT INTO apiauth_decision ({_INTO}, rate_limits)
    SELECT {_GIVEN}, CASE
        WHEN g.id IS NULL THEN COALESCE(r.rate_limits, '[]')
        WHEN r.others IS NULL THEN jsonb_build_array({_REMAINED.format("r")})
        ELSE jsonb_build_array({_REMAINED.format("r")}) || (
            SELECT jsonb_agg({_REMAINED.format("x")})
            FROM json_to_recordset(r.others)
                AS x(counter uuid, rule text, most integer, behind integer)
            JOIN charged g ON g.id = x.counter)
        END
    FROM json_to_recordset(%s::json) AS r({_TYPED}, others json,
        counter uuid, rule text, most integer, behind integer)
    LEFT JOIN charged g ON g.id = r.counter
)
SELECT encode(uuid_send(g.id), 'hex'), g.slot, g.counts::text,
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
RETURNING encode(uuid_send(c.id), 'hex'), c.slot, c.counts::text,
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


def digests(values: Sequence[bytes]) -> str:
    """Write digests for `FIND`."""
    return _json([value.hex() for value in values])


def found(rows: Rows, now: bytes | None = None) -> Found:
    """Read what `FIND` found; without any row, as of `now`."""
    at = columns.moment(_text(rows[0][1] if rows else now))
    facts, askers = {}, {}
    for digest, _, key, app in rows:
        name = unhexlify(digest or b"")
        if key is None or app is None:
            askers[name] = _asker(key or b"")
        else:
            facts[name] = columns.facts(key, app, at)
    return Found(at, facts, askers)


def moment_of(rows: Rows) -> datetime | None:
    """Read when all counters of `HOLD` were held; None where there was none."""
    return columns.moment(_text(rows[-1][3])) if rows else None


@functools.lru_cache(maxsize=1024)
def _asker(written: bytes) -> Asker:
    backend_key_id, deployment_id, scopes, app_ids, is_stale = orjson.loads(written)
    return Asker(
        backend_key_id=uuid.UUID(backend_key_id),
        deployment_id=uuid.UUID(deployment_id),
        scopes=scopes,
        app_ids=frozenset(map(uuid.UUID, app_ids)) or None,
        is_stale=is_stale,
    )


def counts_of(rows: Rows) -> dict[bytes, Count]:
    """Read counters; of none there is one empty row."""
    return {
        unhexlify(counter): Count(int(slot or 0), _slots(counts or b""))
        for counter, slot, counts, *_ in rows
        if counter is not None
    }


# As an array is written whose older slots are empty, which most are.
_EMPTY = b",0" * ratelimits.SLOTS + b"}"


def _slots(written: bytes) -> tuple[int, ...]:
    """Read an array of slots; empty older ones may be left out."""
    newest, comma, older = written[1:].partition(b",")
    if comma + older == _EMPTY:
        return (int(newest),)
    return tuple(map(int, written[1:-1].split(b",")))


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
        first, *others = [_limit(charge, left) for charge in row.charges] or [{}]
        written.append({**row.columns, **first, "others": others or None})
    return _json(written)


def _limit(charge: Charge, left: Mapping[bytes, int]) -> dict[str, object]:
    return {
        "counter": charge.counter.hex(),
        "rule": ratelimits.label(charge.rule),
        "most": charge.most,
        "behind": left[charge.counter],
    }


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _text(written: bytes | None) -> str:
    return (written or b"").decode()


def ids(values: Sequence[uuid.UUID]) -> str:
    """Write ids for `NOTE_USE`."""
    return _json([str(value) for value in values])
