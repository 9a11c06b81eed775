"""What goes into PostgreSQL's statements and what comes out: text, both ways."""

import functools
import uuid
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from apiauth import ratelimits
from apiauth.gateway.commands import Arranged, Asker, Found, Record, Row
from apiauth.gateway.statements import columns
from apiauth.ratelimits import Charge, Count

# As the server writes it.
type Rows = Sequence[Sequence[bytes | None]]


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
