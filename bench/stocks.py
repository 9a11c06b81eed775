"""Keyplate's own databases, filled with keys by a process that has its settings."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.questions import Keyring
from devtools import manage, static, surroundings
from devtools.paths import ROOT, Missing, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A database with its keys, and the environment whose secrets it was made with."""

    url: str
    environment: dict[str, str] = field(repr=False)
    ring: Keyring = field(repr=False)
    gateway_key: str = field(repr=False)
    app_id: str
    settings: frozenset[str]
    is_limited: bool

    @property
    def log(self) -> str | None:
        """Where decisions can be counted; on SQLite that would hold up its writer."""
        return None if self.url.startswith("sqlite") else self.url


def fill(url: str, folder: Path, *, keys: int, is_limited: bool) -> Stock:
    """Migrate an empty database and fill it; `folder` gets the keys in the clear."""
    say(f"Filling a database with {keys} keys ...")
    folder.mkdir(mode=0o700)
    environment = surroundings.for_checking(database_url=url)
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    environment["KEYPLATE_STATIC_ROOT"] = static.collected(environment)
    manage.run("migrate", environment)
    wanted = json.dumps({"keys": keys, "is_limited": is_limited})
    done = subprocess.run(
        [sys.executable, "-m", "bench.fill", str(folder), wanted],
        check=False,
        cwd=ROOT,
        env=environment,
    )
    if done.returncode:
        raise Missing("the keys could not be made; see above.")
    facts = json.loads((folder / "facts.json").read_text())
    return Stock(
        url=url,
        environment=environment,
        ring=Keyring.read(folder),
        gateway_key=facts["gateway_key"],
        app_id=facts["app_id"],
        settings=frozenset(facts["settings"]),
        is_limited=is_limited,
    )
