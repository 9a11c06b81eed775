"""Node.js and its packages, for the checks and tests that need the real thing."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from devtools.paths import VAR, Missing, say

OLDEST = 20
STAMP = ".synced-with"


def version() -> str:
    """Return the version of a Node.js that will do; raise Missing without one."""
    node = shutil.which("node")
    if node is None:
        raise Missing(f"Node.js {OLDEST} or newer is not on the PATH.")
    answer = subprocess.run([node, "--version"], check=True, capture_output=True)
    found = answer.stdout.decode().strip()
    major = re.match(r"v(\d+)", found)
    if major is None or int(major.group(1)) < OLDEST:
        raise Missing(f"Node.js {OLDEST} or newer is needed; this one is {found}.")
    return found


def install_below(folder: Path) -> None:
    """Install every lock below a folder, once per content of the lock."""
    for lock in sorted(folder.rglob("package-lock.json")):
        if "node_modules" not in lock.parts:
            install(lock.parent)


def install(folder: Path) -> None:
    """Install exactly what a folder's lock names; raise Missing if npm cannot."""
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / STAMP
    if stamp.exists() and stamp.read_text() == digest:
        return
    if not shutil.which("npm"):
        raise Missing("npm is not on the PATH.")
    say(f"Installing the Node.js packages of {folder.name}/ ...")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--loglevel=error", "--cache", str(VAR / "npm-cache")]
    done = subprocess.run(command, check=False, cwd=folder, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Missing(f"npm could not install the packages of {folder.name}/.")
    stamp.write_text(digest)


def program(folder: Path, name: str) -> str:
    """Return the path of a program a folder's lock brings."""
    return os.fspath(folder / "node_modules" / ".bin" / name)
