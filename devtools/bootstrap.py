"""Make .uv/ and .venv/ from the lock; readable by Python 3.9, standard library only.

Nothing outside the checkout is written: uv, its cache and any Python it downloads
live under .uv/.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from devtools import pythons
from devtools.paths import (
    LOCK,
    ROOT,
    UV,
    UV_HOME,
    UV_PYTHON,
    VENV,
    VENV_BIN,
    VENV_PYTHON,
    Missing,
    say,
)

try:
    import fcntl
except ImportError:  # Not on Windows, where two first runs at once are on their own.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMP = VENV / ".synced-with"
UV_REQUIREMENT = "uv>=0.9,<1"


def ensure() -> Path:
    """Return the environment's Python, after syncing it with the lock if it is not."""
    digest = lock_digest()
    if _is_synced(digest):
        return VENV_PYTHON
    with _only_one():
        if not _is_synced(digest):
            say("Setting up .venv/ from requirements.lock (once; under a minute) ...")
            _sync(ensure_uv(), digest)
    return VENV_PYTHON


def lock_digest() -> str:
    """Return the digest of the lock the environment must match."""
    if not LOCK.exists():
        raise Missing("requirements.lock is missing; run ./dev lock to make it.")
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def inside_environment() -> dict[str, str]:
    """Return the process environment as `activate` would leave it."""
    inside = dict(os.environ)
    inside.pop("PYTHONHOME", None)
    inside["VIRTUAL_ENV"] = str(VENV)
    inside["PATH"] = os.pathsep.join([str(VENV_BIN), inside.get("PATH", os.defpath)])
    return inside


def ensure_uv() -> Path:
    """Return the private uv, installed from the ordinary pip configuration."""
    if UV.exists():
        return UV
    UV_HOME.mkdir(exist_ok=True)
    say("Installing a private uv into .uv/ ...")
    make = [sys.executable, "-m", "venv", "--clear", str(UV_HOME / "venv")]
    if subprocess.run(make, check=False, stdout=subprocess.DEVNULL).returncode:
        raise Missing(
            "this Python cannot make a virtual environment; "
            "install its venv module (on Debian: python3-venv)."
        )
    install = [str(UV_PYTHON), "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    install += ["--disable-pip-version-check", UV_REQUIREMENT]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    if done.returncode or not UV.exists():
        say(done.stderr.strip())
        raise Missing("pip could not install uv; is a package index reachable?")
    return UV


def uv_environment() -> dict[str, str]:
    """Return what uv needs: its folders here, and the index pip is set up with."""
    environment = dict(os.environ)
    for leftover in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"):
        environment.pop(leftover, None)
    environment["UV_CACHE_DIR"] = str(UV_HOME / "cache")
    environment["UV_PYTHON_INSTALL_DIR"] = str(UV_HOME / "python")
    environment.setdefault("UV_HTTP_TIMEOUT", "180")
    settings = _pip_settings()
    if "index-url" in settings and not environment.get("UV_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"])
    return environment


def _pip_settings() -> dict[str, str]:
    """Read pip's merged configuration; the environment's word is the last."""
    command = [str(UV_PYTHON), "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=False, capture_output=True, text=True)
    found = re.findall(r"^([\w:]+)\.([\w-]+)='(.*)'$", listing.stdout, re.MULTILINE)
    ranked = sorted(found, key=lambda entry: entry[0] == ":env:")
    return {name: value for _, name, value in ranked}


def _is_synced(digest: str) -> bool:
    if not os.access(VENV_PYTHON, os.X_OK):
        return False
    return STAMP.exists() and STAMP.read_text() == digest


def _sync(uv: Path, digest: str) -> None:
    environment = uv_environment()
    STAMP.unlink(missing_ok=True)
    if not pythons.suits(VENV_PYTHON):
        python = pythons.find(uv, environment)
        shutil.rmtree(VENV, ignore_errors=True)
        make = ["venv", "--quiet", "--no-project", "--python", python, str(VENV)]
        _run_uv(uv, make, environment, "uv could not make .venv/.")
    sync = ["pip", "sync", "--quiet", "--python", str(VENV_PYTHON)]
    sync += ["--require-hashes", "--compile-bytecode", str(LOCK)]
    trouble = "uv could not install what requirements.lock names; see above."
    _run_uv(uv, sync, environment, trouble)
    STAMP.write_text(digest)


def _run_uv(
    uv: Path, arguments: list[str], environment: dict[str, str], trouble: str
) -> None:
    command = [str(uv), *arguments]
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        raise Missing(trouble)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Let two first runs at once take turns."""
    UV_HOME.mkdir(exist_ok=True)
    with (UV_HOME / "lock").open("w") as turn:
        if fcntl is not None:
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield
