"""Typed readers of the environment: a wrong value stops the start with a sentence.

Every variable may also be given as a file: `NAME_FILE=/run/secrets/name`.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

from apiauth import origins
from apiauth.errors import Invalid

_MIN_SECRET_LENGTH = 43  # 256 bits in base64
_MIN_DISTINCT = 12
_MAX_ID_LENGTH = 32
_PLACE = re.compile(r"[A-Za-z0-9_\-]{1,64}", re.ASCII)
_MAX_RING = 3
_PLACEHOLDERS = ("change", "example", "secret", "insecure", "placeholder", "default")
_POOL = {"min_size": 1, "max_size": 16, "timeout": 5.0, "max_idle": 300.0}
_POSTGRES_LIMITS = (
    "-c statement_timeout=10000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=30000"
)
# Counters of sign-ins above all, about half a kilobyte each.
_MOST_CACHED = 20_000
_SQLITE_START = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
)

_env = FileAwareEnv(strip_whitespace=True)


def text(name: str, default: str | None = None) -> str:
    """Read text; without a default the variable is required."""
    value = _raw(name)
    if value is None:
        value = default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example.")
    return value.strip()


def flag(name: str, *, default: bool) -> bool:
    """Read yes or no."""
    return _parsed(name, "true or false", lambda: _env.bool(name, default))


def number(name: str, *, default: int, least: int, most: int) -> int:
    """Read a whole number within bounds."""
    value = _parsed(name, "a whole number", lambda: _env.int(name, default))
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must be from {least} to {most}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Read a comma list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str) -> str:
    """Read one secret; refuses missing, short, repetitive and placeholder values."""
    value = text(name)
    _check_secret(name, value)
    return value


def older_secrets(name: str) -> list[str]:
    """Read secrets that are no longer used but still understood; perhaps none."""
    values = words(name)
    for value in values:
        _check_secret(name, value)
    return values


def require_distinct(**secrets: str | list[tuple[str, str]]) -> None:
    """Refuse one secret for two purposes: who learns one would have the other."""
    owners: dict[str, str] = {}
    for name, held in secrets.items():
        values = [held] if isinstance(held, str) else [value for _, value in held]
        for value in values:
            if value in owners:
                raise ImproperlyConfigured(
                    f"{name} repeats a value of {owners[value]}. Make another one."
                )
            owners[value] = name


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    """Read one of a few words, in upper case."""
    value = text(name, default).upper()
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}.")
    return value


def ring(name: str) -> list[tuple[str, str]]:
    """Read a key ring `id:secret,id:secret`, oldest first; the last one signs."""
    keys = []
    for entry in words(name, text(name)):
        key_id, divider, value = entry.partition(":")
        if not divider or not key_id.isalnum() or len(key_id) > _MAX_ID_LENGTH:
            raise ImproperlyConfigured(
                f"{name} must be a comma list of id:secret, for example "
                "k1:<64 random characters>; ids are letters and digits."
            )
        _check_secret(f"{name} ({key_id})", value)
        keys.append((key_id, value))
    ids = [key_id for key_id, _ in keys]
    if not keys or len(ids) != len(set(ids)) or len(keys) > _MAX_RING:
        raise ImproperlyConfigured(f"{name} must hold one to three keys, each id once.")
    return keys


def places(name: str, default: str) -> list[tuple[str, str]]:
    """Read where credentials may be: `header:x`, `query:x`, `cookie:x`, in order.

    Names of headers come back in lower case.
    """
    found = []
    for entry in words(name, default):
        kind, _, place = entry.partition(":")
        if kind not in {"cookie", "header", "query"} or not _PLACE.fullmatch(place):
            raise ImproperlyConfigured(
                f"{name} must be a comma list of header:name, query:name and "
                f"cookie:name, for example {default}."
            )
        found.append((kind, place.lower() if kind == "header" else place))
    if not found or len(found) != len(set(found)):
        raise ImproperlyConfigured(f"{name} must name one place at least, each once.")
    return found


def origin(name: str) -> str:
    """Read the public address of this server: scheme, host and port, no path.

    It comes back as browsers send it, in lower case and without a default port.
    """
    value = text(name).rstrip("/")
    problem = ImproperlyConfigured(
        f"{name} must look like https://keys.example.com or "
        "http://127.0.0.1:8000, without a path."
    )
    try:
        found = origins.parse(value)
    except Invalid:
        raise problem from None
    if "*" in found:
        raise problem
    return found


def published(name: str, *, default: Path, private: Iterable[Path]) -> Path:
    """Read which folder strangers may read; empty counts as not set.

    Refuses one that holds a private file or folder, or is one. Files that settings
    are read from are private, too.
    """
    root = Path(text(name, "") or default)
    unfit = [*private, *_files_of_settings()]
    held = [path for path in unfit if path.resolve().is_relative_to(root.resolve())]
    if held:
        raise ImproperlyConfigured(
            f"{name} names {root.resolve()}, of which everything would be published, "
            f"{held[0].resolve()} with it. Name a folder for static files alone."
        )
    return root


def database(name: str, *, default: str) -> dict[str, object]:
    """Read a database address: sqlite:///file or a postgresql one."""
    url = _raw(name) or _raw("DATABASE_URL") or default
    problem = ImproperlyConfigured(
        f"{name} must look like sqlite:///var/keyplate.sqlite3 or "
        "postgresql://user:password@host:5432/keyplate."
    )
    try:
        found: dict[str, object] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError):
        # The address may hold a password: the error that quotes it stays behind.
        raise problem from None
    if not found.get("NAME"):
        raise problem
    engine = str(found.get("ENGINE", ""))
    raw_options = found.get("OPTIONS")
    options = dict(raw_options) if isinstance(raw_options, dict) else {}
    if engine.endswith("sqlite3"):
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": _SQLITE_START,
        }
        found["TEST"] = {"NAME": _test_file(str(found["NAME"]))}
    elif engine.endswith("postgresql"):
        options |= {"pool": dict(_POOL), "options": _POSTGRES_LIMITS}
        found["CONN_HEALTH_CHECKS"] = True
        found["CONN_MAX_AGE"] = 0  # the pool keeps the connections
    else:
        raise ImproperlyConfigured(f"{name} must be SQLite or PostgreSQL.")
    return {**found, "OPTIONS": options}


def cache(name: str) -> dict[str, object]:
    """Read a cache address: empty for this process's memory, or Redis."""
    url = text(name, "")
    if not url:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": _MOST_CACHED},
        }
    _parsed(name, "empty or look like redis://host", lambda: _check_redis(url))
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}


def _raw(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {path}, which cannot be read."
        ) from error


def _files_of_settings() -> list[Path]:
    return [
        Path(value)
        for name, value in os.environ.items()
        if name.startswith("KEYPLATE_") and name.endswith("_FILE") and value
    ]


def _parsed[T](name: str, kind: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} must be {kind}.") from error


def _check_redis(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss", "unix"} or parts.port == 0:
        raise ValueError(url)


def _check_secret(name: str, value: str) -> None:
    if len(value) < _MIN_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"{name} is too short: {_MIN_SECRET_LENGTH} random characters at least."
        )
    known = any(word in value.lower() for word in _PLACEHOLDERS)
    if known or len(set(value)) < _MIN_DISTINCT:
        raise ImproperlyConfigured(
            f"{name} looks like a placeholder. Make a random one, for example with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )


def _test_file(name: str) -> str:
    return str(Path(name).with_suffix(".test.sqlite3"))
