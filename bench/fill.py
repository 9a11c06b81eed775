"""Fills an empty database of Keyplate with keys; run with its environment.

    python -m bench.fill FOLDER '{"keys": 100000, "is_limited": true}'

Deployment, app, scheme and gateway key are made by their operations, the keys by COPY:
their secrets and digests by the product's own code, their other columns by its models.
FOLDER gets the keys in the clear, `known` and `unknown`, and `facts.json`.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection, models
from django.utils import timezone

django.setup()

from apiauth import (  # noqa: E402 - needs settings first.
    applications,
    backend_keys,
    credentials,
    deployments,
    identifiers,
    schemes,
)
from apiauth.actors import SYSTEM, Channel  # noqa: E402
from apiauth.credentials import Purpose  # noqa: E402
from apiauth.models import (  # noqa: E402
    ApiAuthApp,
    Key,
    KeySecret,
    KeyUse,
    OwnerKind,
    Scope,
)
from bench import questions  # noqa: E402

PREFIX = "acme_live"
PERMISSIONS = ("reports:read", "reports:write")
NEVER_REACHED = {
    "unit": "hour",
    "duration": 1,
    "max_requests": 1_000_000_000,
    "mode": "per_key",
}
KEYS_OF_AN_OWNER = 50
KEYS_OF_THE_HEAVIEST = 10_000  # but never more than a tenth of all
BATCH = 50_000
# More than these are not asked for, so nobody needs to know them in the clear.
MOST_KNOWN = 200_000

type Row = list[Any]  # columns of every type


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    """One key as it is stored, whose secret is known in the clear or to nobody."""

    number: int
    at: datetime
    secret: str = field(repr=False)

    @property
    def tail(self) -> str:
        """What follows the prefix; as long where nobody knows it."""
        known = self.secret.removeprefix(f"{PREFIX}_")
        return known or "0" * credentials.TAIL_LENGTH


def main(arguments: list[str]) -> None:
    """Fill the database that the environment names, and let it look at itself."""
    os.umask(0o077)
    wanted = json.loads(arguments[1])
    with connection.cursor() as cursor:
        if _is_postgresql():
            cursor.execute("SET statement_timeout = 0")
            # What rows refer to was made a moment ago; checking it takes most of the time.
            cursor.execute("SET session_replication_role = replica")
    fill(Path(arguments[0]), keys=wanted["keys"], is_limited=wanted["is_limited"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if _is_postgresql() else "ANALYZE")
        if _is_postgresql():
            # What is still to be written out is no load of those who are measured.
            cursor.execute("CHECKPOINT")


def fill(folder: Path, *, keys: int, is_limited: bool) -> None:
    """Store keys; write the clear ones, and what a caller has to know, into a folder."""
    now = timezone.now()
    app, gateway_key = _provision(is_limited=is_limited, now=now)
    known = min(keys, MOST_KNOWN)
    with (folder / "known").open("w") as file:
        for start in range(0, keys, BATCH):
            numbers = range(start, min(start + BATCH, keys))
            born = list(_born(numbers, keys=keys, known=known, now=now))
            file.writelines(f"{key.secret}\n" for key in born if key.secret)
            _store(app, born, keys=keys, now=now)
    unknown = questions.unknown_beside(known)
    with (folder / "unknown").open("w") as file:
        file.writelines(f"{credentials.make_secret(PREFIX)}\n" for _ in range(unknown))
    facts = {
        "gateway_key": gateway_key,
        "app_id": str(app.pk),
        "settings": [n for n in dir(settings) if n.startswith("KEYPLATE_")],
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _provision(*, is_limited: bool, now: datetime) -> tuple[ApiAuthApp, str]:
    deployment = deployments.provision(
        slug="bench", name="Bench", actor=SYSTEM, now=now
    )
    if is_limited:
        schemes.create(
            deployment=deployment,
            slug="bench",
            name="Never reached",
            rules=[NEVER_REACHED],
            actor=SYSTEM,
            now=now,
        )
    app = applications.provision(
        deployment=deployment,
        app_slug="bench",
        name="Bench",
        key_prefix=PREFIX,
        granted=PERMISSIONS,
        rate_limit_scheme_slug="bench" if is_limited else "",
        actor=SYSTEM,
        now=now,
    )
    minted = backend_keys.mint(
        deployment=deployment,
        name="Gateway",
        scopes=[Scope.KEYS_VERIFY],
        actor=SYSTEM,
        now=now,
    )
    return app, minted.secret


def _born(
    numbers: Sequence[int], *, keys: int, known: int, now: datetime
) -> Iterator[Born]:
    """Make keys, oldest first; those known in the clear are spread over all of them."""
    for n in numbers:
        is_known = n * known // keys != (n + 1) * known // keys
        yield Born(
            number=n,
            at=now - timedelta(seconds=keys - n),
            secret=credentials.make_secret(PREFIX) if is_known else "",
        )


def _store(app: ApiAuthApp, born: Sequence[Born], *, keys: int, now: datetime) -> None:
    ids = [identifiers.new() for _ in born]
    key = Key(
        deployment_id=app.deployment_id,
        app_id=app.pk,
        owner_kind=OwnerKind.ORGANIZATION,
        created_via=Channel.COMMAND,
        permissions=list(PERMISSIONS),
        created_at=now,
        updated_at=now,
    )
    named = ("id", "name", "owner_id", "organization_id", "created_at", "updated_at")
    rows = (
        [key_id, f"Key {one.number}", *[_owner(one.number, keys)] * 2, one.at, one.at]
        for key_id, one in zip(ids, born, strict=True)
    )
    _write(key, named, rows)
    _store_secrets(app, zip(ids, born, strict=True), now=now)
    use = KeyUse(deployment_id=app.deployment_id, last_used_at=now, total=1)
    _write(use, ("key_id",), ([key_id] for key_id in ids))


def _store_secrets(app: ApiAuthApp, born: Iterator[Any], *, now: datetime) -> None:
    pepper_id, _ = settings.KEYPLATE_PEPPERS[-1]
    secret = KeySecret(
        deployment_id=app.deployment_id,
        version=1,
        pepper_id=pepper_id,
        prefix=PREFIX,
        created_at=now,
    )
    named = ("id", "key_id", "digest", "first_four", "last_eight")
    rows = (
        [identifiers.new(), key_id, _digest(one), one.tail[:4], one.tail[-8:]]
        for key_id, one in born
    )
    _write(secret, named, rows)


def _digest(one: Born) -> bytes:
    """To an index, the digest of a secret that nobody asks for is any 32 bytes."""
    if not one.secret:
        return os.urandom(32)
    return credentials.digest(Purpose.KEY, one.secret).value


def _owner(number: int, keys: int) -> str:
    heaviest = min(KEYS_OF_THE_HEAVIEST, keys // 10)
    return f"org_{number // KEYS_OF_AN_OWNER}" if number >= heaviest else "org_heaviest"


def _write(pattern: models.Model, named: Sequence[str], rows: Iterator[Row]) -> None:
    """Store rows that differ from a pattern in the columns that are named."""
    fields = {str(f.column): f for f in pattern._meta.concrete_fields}  # noqa: SLF001 - Django documents it.
    fixed = {
        name: field.get_db_prep_save(getattr(pattern, field.attname), connection)
        for name, field in fields.items()
        if name not in named
    }
    table, columns = pattern._meta.db_table, ", ".join([*named, *fixed])  # noqa: SLF001
    tail = list(fixed.values())
    with connection.cursor() as cursor:
        if _is_postgresql():
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([*row, *tail])
            return
        marks = ", ".join(["%s"] * len(fields))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of our models
            [[*_prepared(row, [fields[n] for n in named]), *tail] for row in rows],
        )


def _prepared(
    row: Row, fields: "Sequence[models.Field[Any, Any]]"
) -> Row:  # of all types
    """Bring values into the form in which SQLite keeps them."""
    return [
        field.get_db_prep_save(value, connection)
        for value, field in zip(row, fields, strict=True)
    ]


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


if __name__ == "__main__":
    main(sys.argv[1:])
