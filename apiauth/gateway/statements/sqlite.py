"""The gateway's statements for SQLite, whose one writer settles a batch by itself."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apiauth.gateway.codes import Code
from apiauth.gateway.commands import Arranged, Asker, Row
from apiauth.gateway.facts import Facts
from apiauth.gateway.statements import columns
from apiauth.ratelimits import Charge, Count

# Any: a row has as many types as columns.
type Rows = Sequence[Sequence[Any]]

NOW = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"

_COLUMNS = tuple(columns.OF_DECISION)
_COLUMNS_SQL = ", ".join(_COLUMNS)
_PLACES = ", ".join(["%s"] * len(_COLUMNS))

LOG = f"INSERT INTO apiauth_decision ({_COLUMNS_SQL}) VALUES ({_PLACES})"

NOTE_USE = "UPDATE apiauth_backendkey SET last_used_at = %s WHERE id = %s"

WRITE_COUNT = """
INSERT INTO apiauth_ratecount (id, slot, counts, used, most, expires_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, counts = excluded.counts,
    used = excluded.used, most = excluded.most,
    expires_at = MAX(excluded.expires_at, expires_at)
"""


# Moments are stored without a zone, in UTC, ids without hyphens.
_WRITTEN = {
    "json": "json({0})".format,
    "moment": "replace({0}, ' ', 'T') || 'Z'".format,
    "uuid": (
        "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4)"
        " || '-' || substr({0}, 17, 4) || '-' || substr({0}, 21)"
    ).format,
}


def find(many: int) -> str:
    """Look up this many digests. The digest comes first."""
    return f"""
    SELECT s.digest, {columns.of_key("json_array", _WRITTEN)},
           {columns.of_app("json_array", _WRITTEN)}
    FROM {columns.KEYS} {columns.APPS}
    WHERE s.digest IN ({_places(many)})
    """


def find_askers(many: int) -> str:
    """Look up this many gateway keys; before their digests, the moment, twice."""
    return f"""
    SELECT b.digest, b.id, b.deployment_id, b.scopes,
           (SELECT group_concat(r.apiauthapp_id) FROM apiauth_backendkey_apps r
            WHERE r.backendkey_id = b.id),
           b.last_used_at IS NULL OR b.last_used_at < datetime(%s, '-1 minute')
    FROM apiauth_backendkey b
    WHERE b.revoked_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > %s)
      AND b.digest IN ({_places(many)})
    """


def find_counts(many: int) -> str:
    """Look up this many counters."""
    return f"""
    SELECT id, slot, counts FROM apiauth_ratecount WHERE id IN ({_places(many)})
    """


def written(at: datetime) -> str:
    """Write a moment so that it sorts among those of Django."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def facts_of(rows: Rows, at: datetime) -> dict[bytes, Facts]:
    """Read what `find` found."""
    return {
        bytes(digest): Facts(at, columns.key(key), columns.app(app))
        for digest, key, app in rows
    }


def askers_of(rows: Rows) -> dict[bytes, Asker]:
    """Read what `find_askers` found."""
    return {
        bytes(digest): Asker(
            backend_key_id=_hyphened(backend_key_id),
            deployment_id=_hyphened(deployment_id),
            scopes=json.loads(scopes),
            app_ids=frozenset(map(_hyphened, app_ids.split(","))) if app_ids else None,
            is_stale=bool(is_stale),
        )
        for digest, backend_key_id, deployment_id, scopes, app_ids, is_stale in rows
    }


def counts_of(rows: Rows) -> dict[bytes, Count]:
    """Read what `find_counts` found."""
    return {
        uuid.UUID(counter).bytes: Count(slot, tuple(json.loads(counts)))
        for counter, slot, counts in rows
    }


def changed(
    arranged: Arranged, charges: Mapping[bytes, Charge]
) -> Iterator[Sequence[Any]]:
    """Give the counters that changed as parameters of `WRITE_COUNT`."""
    for counter, count in arranged.counts.items():
        charge = charges[counter]
        frees_at = datetime.fromisoformat(columns.expiry(charge, count.slot))
        yield (
            counter.hex(),
            count.slot,
            json.dumps(count.counts),
            sum(count.counts),
            charge.most,
            written(frees_at),
        )


def decisions(rows: Sequence[Row], at: datetime) -> Iterator[Sequence[Any]]:
    """Give rows as parameters of `LOG`; `at` is when they were decided."""
    decided_at = written(at)
    for row in rows:
        entry = row.entry
        yield (
            entry.id,
            bare(entry.deployment_id),
            bare(entry.app_id),
            bare(entry.key_id),
            bare(entry.secret_id),
            entry.code == Code.VALID,
            entry.code,
            entry.method,
            entry.path,
            entry.client_ip,
            entry.user_agent,
            json.dumps(entry.required_permissions),
            _bytes(entry.fingerprint),
            decided_at,
            entry.blocked_rule,
            entry.violation,
            json.dumps(entry.rate_limits),
        )


def bare(id_: str | None) -> str | None:
    """Write an id as it is stored."""
    return None if id_ is None else id_.replace("-", "")


def _places(many: int) -> str:
    return ", ".join(["%s"] * many)


def _hyphened(id_: str) -> str:
    return str(uuid.UUID(id_))


def _bytes(fingerprint: str | None) -> bytes | None:
    if fingerprint is None:
        return None
    return bytes.fromhex(fingerprint.removeprefix("\\x"))
