"""The variables Keyplate starts with when ./dev starts it.

Whatever the caller's environment already says stands; the rest gets a default that
suits one machine, and secrets that are made once and kept.
"""

import os
import secrets
from pathlib import Path

from devtools.paths import VAR, say

SERVE_FOLDER = VAR / "serve"
SECRET_LENGTH = 64


def for_serving(
    *,
    port: int = 8000,
    database_url: str | None = None,
    cache_url: str | None = None,
    folder: Path = SERVE_FOLDER,
) -> dict[str, str]:
    """Return the environment of a served checkout, making its secrets if need be."""
    environment = dict(os.environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _add_kept_secrets(environment, folder / "secrets.env")
    if database_url:
        environment["KEYPLATE_DATABASE_URL"] = database_url
    if cache_url:
        environment["KEYPLATE_CACHE_URL"] = cache_url
    database = f"sqlite:///{folder / 'keyplate.sqlite3'}"
    environment.setdefault("KEYPLATE_DATABASE_URL", database)
    _add_loopback_names(environment, port)
    return environment


def for_checking(
    *, database_url: str = "sqlite://:memory:", port: int = 8000
) -> dict[str, str]:
    """Return an environment with throw-away secrets, for checks and tests.

    Nothing of the caller's own Keyplate settings gets in: a run means the same
    everywhere.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KEYPLATE_") and name != "DJANGO_SETTINGS_MODULE"
    }
    environment.update(made_secrets())
    environment["KEYPLATE_DATABASE_URL"] = database_url
    _add_loopback_names(environment, port)
    return environment


def made_secrets() -> dict[str, str]:
    """Make a full set of secrets, in the form the settings read."""
    return {
        "KEYPLATE_SECRET_KEY": _random(),
        "KEYPLATE_TICKET_KEYS": f"k1:{_random()}",
        "KEYPLATE_PEPPERS": f"p1:{_random()}",
    }


def kept_secrets(file: Path) -> dict[str, str]:
    """Return the secrets kept in this file, made on first use; only we may read it."""
    environment: dict[str, str] = {}
    _add_kept_secrets(environment, file)
    return environment


def _random() -> str:
    return secrets.token_urlsafe(SECRET_LENGTH)[:SECRET_LENGTH]


def _add_kept_secrets(environment: dict[str, str], file: Path) -> None:
    """Add each secret the environment lacks from the file, which grows as needed."""
    kept = _read(file)
    lacking = {
        name: secret
        for name, secret in made_secrets().items()
        if not environment.get(name) and not environment.get(f"{name}_FILE")
    }
    fresh = {name: secret for name, secret in lacking.items() if name not in kept}
    if fresh:
        _append(file, fresh)
        say(f"Made {', '.join(sorted(fresh))}; kept in {file}.")
    environment.update({name: {**fresh, **kept}[name] for name in lacking})


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: secret for name, equals, secret in pairs if equals}


def _append(file: Path, fresh: dict[str, str]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a") as kept:
        kept.writelines(f"{name}={secret}\n" for name, secret in fresh.items())


def _add_loopback_names(environment: dict[str, str], port: int) -> None:
    environment.setdefault("KEYPLATE_PUBLIC_URL", f"http://127.0.0.1:{port}")
    names = "127.0.0.1,[::1],localhost,.localhost"
    environment.setdefault("KEYPLATE_ALLOWED_HOSTS", names)
