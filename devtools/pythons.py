"""Find a Python the product runs on; readable by Python 3.9.

A version manager's shims answer for every version and run only the chosen one, so
each candidate has to prove itself, and what is passed on is the path it names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.paths import Missing, say

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ("3.14", "3.13", "3.12")
OLDEST = "3.12"

# What a candidate must be able to do; it answers with its own real path.
PROBE = """
import ctypes, sqlite3, ssl, sys
assert (3, 12) <= sys.version_info < (3, 15)
assert sqlite3.sqlite_version_info >= (3, 37)
print(sys.executable)
"""


def find(uv: Path, environment: dict[str, str]) -> str:
    """Return the path of a suitable Python, downloaded by uv if there is none here."""
    for candidate in _candidates(uv, environment):
        path = suits(candidate)
        if path:
            return path
    say(f"No Python {OLDEST} or newer here; asking uv for one ...")
    command = [str(uv), "python", "install", "--quiet", VERSIONS[1]]
    subprocess.run(command, check=False, env=environment)
    path = suits(_ask_uv(uv, environment))
    if not path:
        raise Missing(
            f"no Python {OLDEST} to 3.14 with SQLite 3.37 or newer was found, and uv "
            "could not download one; install it or name its path in KEYPLATE_PYTHON."
        )
    return path


def suits(candidate: str | Path | None) -> str | None:
    """Return the real path of a Python that runs and can carry the product."""
    if not candidate:
        return None
    command = [str(candidate), "-I", "-c", PROBE]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _candidates(uv: Path, environment: dict[str, str]) -> Iterator[str | Path | None]:
    yield os.environ.get("KEYPLATE_PYTHON")
    for version in VERSIONS:
        yield shutil.which(f"python{version}")
    for version in VERSIONS:
        yield from sorted(
            (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3"),
            reverse=True,
        )
    if sys.prefix == sys.base_prefix:
        yield sys.executable
    yield _ask_uv(uv, environment)


def _ask_uv(uv: Path, environment: dict[str, str]) -> str | None:
    command = [str(uv), "python", "find", "--no-project", "--system", f">={OLDEST}"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip() or None
