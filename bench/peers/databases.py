"""The peers' databases: tables by their own tools, rows by COPY, as their code has them."""

import base64
import hashlib
import os
import secrets
import string
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from bench import questions
from bench.peers import environments
from bench.questions import Keyring
from devtools.paths import ROOT, Missing

_LETTERS = string.ascii_letters + string.digits
DAY = 24 * 3600 * 1000  # milliseconds
NEVER_REACHED = 1_000_000_000

type Row = dict[str, object]


def drf(url: str, keys: int) -> tuple[dict[str, str], Keyring]:
    """Fill a database for djangorestframework-api-key; return its environment."""
    environment = _environment(url)
    python = str(environments.drf() / "python")
    _run([python, "-m", "bench.peers.drf.site"], environment)
    ring = _ring(lambda: f"{_random(8)}.{_random(32)}", keys)
    _copy(url, "rest_framework_api_key_apikey", map(_drf_row, ring.known))
    return environment, ring


def better_auth(
    url: str, keys: int, *, is_limited: bool
) -> tuple[dict[str, str], Keyring]:
    """Fill a database for better-auth's plug-in; return its environment."""
    environment = {**_environment(url), "NODE_ENV": "production", "PEER_WORKERS": "2"}
    if is_limited:
        environment["PEER_LIMIT"] = "1"
    environment["PEER_PORT"] = "0"
    _run(["node", str(environments.better_auth()), "migrate"], environment)
    ring = _ring(lambda: secrets.token_urlsafe(48), keys)
    rows = (_better_auth_row(key, is_limited=is_limited) for key in ring.known)
    _copy(url, "apikey", rows)
    return environment, ring


def _environment(url: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith("KEYPLATE_")}
    return kept | {
        "PEER_DATABASE_URL": url,
        "PEER_SECRET_KEY": secrets.token_urlsafe(48),
    }


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        raise Missing("a peer could not make its tables; see above.")


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _ring(make: Callable[[], str], keys: int) -> Keyring:
    return Keyring(
        known=[make() for _ in range(keys)],
        unknown=[make() for _ in range(questions.unknown_beside(keys))],
    )


def _drf_row(key: str) -> Row:
    prefix = key.partition(".")[0]
    digest = f"sha512$${hashlib.sha512(key.encode()).hexdigest()}"
    return {
        "id": f"{prefix}.{digest}",
        "prefix": prefix,
        "hashed_key": digest,
        "created": datetime.now(UTC),
        "name": "bench",
        "revoked": False,
    }


def _better_auth_row(key: str, *, is_limited: bool) -> Row:
    now = datetime.now(UTC)
    digest = base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
    return {
        "id": uuid.uuid4().hex,
        "configId": "default",
        "name": "bench",
        "start": key[:6],
        "referenceId": "owner",
        "key": digest.decode().rstrip("="),
        "enabled": True,
        "rateLimitEnabled": is_limited,
        "rateLimitTimeWindow": DAY,
        "rateLimitMax": NEVER_REACHED,
        "requestCount": 0,
        "createdAt": now,
        "updatedAt": now,
    }


def _copy(url: str, table: str, rows: Iterator[Row]) -> None:
    first = next(rows)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, first))
    )
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.cursor().copy(statement) as copy:
            for row in (first, *rows):
                copy.write_row(list(row.values()))
        connection.execute("VACUUM ANALYZE")
