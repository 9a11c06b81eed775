"""What the peers run on, made from their locks: once, and inside the checkout."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from devtools import bootstrap, node
from devtools.paths import ROOT, VAR, Missing, say

DRF = ROOT / "bench" / "peers" / "drf"
BETTER_AUTH = ROOT / "bench" / "peers" / "better_auth"
_TOLD = ("djangorestframework", "djangorestframework-api-key", "granian")
_VENV = VAR / "bench" / "drf"


def drf() -> Path:
    """Return the folder of programs of the peer on Django."""
    lock, stamp = DRF / "requirements.lock", _VENV / ".synced-with"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == digest):
        say("Setting up var/bench/drf from its lock ...")
        shutil.rmtree(_VENV, ignore_errors=True)
        _uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(_VENV))
        python = str(_VENV / "bin" / "python")
        sync = ["pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
        _uv(*sync, "--python", python, str(lock))
        stamp.write_text(digest)
    return _VENV / "bin"


def better_auth() -> Path:
    """Return the program of the peer on Node.js."""
    node.version()
    node.install(BETTER_AUTH)
    return BETTER_AUTH / "server.mjs"


def versions() -> dict[str, str]:
    """Name what the peers are made of, as their locks say."""
    pinned = re.findall(
        r"^([\w-]+)==(\S+)", (DRF / "requirements.lock").read_text(), re.MULTILINE
    )
    packages = json.loads((BETTER_AUTH / "package-lock.json").read_text())["packages"]
    return {name: version for name, version in pinned if name in _TOLD} | {
        "better-auth": packages["node_modules/better-auth"]["version"],
        "Node.js": node.version().removeprefix("v"),
    }


def _uv(*arguments: str) -> None:
    done = subprocess.run(
        [str(bootstrap.ensure_uv()), *arguments],
        check=False,
        cwd=ROOT,
        env=bootstrap.uv_environment(),
    )
    if done.returncode:
        raise Missing("uv could not make the environment of a peer; see above.")
