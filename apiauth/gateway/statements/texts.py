"""What goes into PostgreSQL's statements and what comes out: text, both ways."""

import functools
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from apiauth import ratelimits
from apiauth.gateway.commands import Arranged, Asker, Found, Record, Row
from apiauth.gateway.facts import Facts
from apiauth.gateway.records import Taken
from apiauth.gateway.statements import columns
from apiauth.ratelimits import Charge, Count

# As the server writes it.
type Rows = Sequence[Sequence[bytes | None]]


def digests(values: Sequence[bytes]) -> str:
    """Write digests for `FIND`."""
    return f"{{{','.join([rf'"\\x{value.hex()}"' for value in values])}}}"


def found(rows: Rows) -> Found:
    """Read what `FIND` found; a key whose app is elsewhere counts as none."""
    keys, apps, askers, moment = [], {}, {}, b""
    for digest, place, text in rows:
        if text is None:
            continue
        if digest is not None and place is not None:
            keys.append((unhexlify(digest), place, text))
        elif place is not None:
            apps[place] = columns.app(text)
        elif digest is not None:
            askers[unhexlify(digest)] = _asker(text)
        else:
            moment = text
    at = columns.moment(moment.decode())
    facts = {
        digest: Facts(at, columns.key(text), apps[place])
        for digest, place, text in keys
        if place in apps
    }
    return Found(at, facts, askers)


def moment_of(rows: Rows) -> datetime | None:
    """Read when all counters of `HOLD` were held; None where there was none."""
    return columns.moment(_text(rows[-1][3])) if rows else None


@functools.lru_cache(maxsize=1024)
def _asker(written: bytes) -> Asker:
    read = msgspec.json.decode(written)
    backend_key_id, deployment_id, scopes, app_ids, is_stale = read
    return Asker(
        backend_key_id=backend_key_id,
        deployment_id=deployment_id,
        scopes=scopes,
        app_ids=frozenset(app_ids) or None,
        is_stale=is_stale,
    )


def counts_of(rows: Rows) -> dict[bytes, Count]:
    """Read counters; of none there is one empty row."""
    return {
        unhexlify(counter): Count(int(slot or 0), _slots(counts or b""))
        for counter, slot, counts, *_ in rows
        if counter is not None
    }


def _slots(written: bytes) -> tuple[int, ...]:
    """Read an array of slots; empty older ones may be left out."""
    return tuple(map(int, written[1:-1].split(b",")))


def before(counts: Mapping[bytes, Count], record: Record) -> dict[bytes, Count]:
    """Take back from counts what was just taken."""
    earlier = {}
    for counter, count in counts.items():
        newest, *older = count.counts
        taken = record.takings[counter]
        earlier[counter] = Count(count.slot, (newest - taken, *older))
    return earlier


class _Wanted(msgspec.Struct):
    """One counter of a batch, and how often it is taken."""

    id: str
    slot: int
    size: int
    most: int
    taken: int
    expires_at: str


def wanted(charges: Mapping[bytes, Charge], takings: Mapping[bytes, int]) -> str:
    """Write the counters of a batch for `CHARGE_AND_LOG` and `HOLD`."""
    return _json(
        [
            _Wanted(
                counter.hex(),
                charge.slot,
                charge.size,
                charge.most,
                takings.get(counter, 0),
                columns.expiry(charge, charge.slot),
            )
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
    left = dict(takings or {})
    entries = [row.entry for row in rows]
    if not left:
        return _json(entries)
    for row, entry in zip(rows, entries, strict=True):
        for counter in {charge.counter for charge in row.charges}:
            left[counter] -= 1
        if row.charges:
            first, *others = [_taken(charge, left) for charge in row.charges]
            entry.counter, entry.rule = first.counter, first.rule
            entry.most, entry.behind = first.most, first.behind
            entry.others = tuple(others)
    return _json(entries)


def _taken(charge: Charge, left: Mapping[bytes, int]) -> Taken:
    counter = charge.counter
    return Taken(
        counter.hex(), ratelimits.label(charge.rule), charge.most, left[counter]
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _text(written: bytes | None) -> str:
    return (written or b"").decode()


def ids(values: Sequence[str]) -> str:
    """Write ids for `NOTE_USE`."""
    return _json(values)
