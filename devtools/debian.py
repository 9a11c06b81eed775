"""Programs from Debian's own packages, where we may install them."""

import os
import shutil
import subprocess

from devtools.paths import say

UPDATE_WITHIN = 300
INSTALL_WITHIN = 900


def install(package: str) -> bool:
    """Install a package by apt-get; tell whether that could be done."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    say(f"Installing {package} with apt-get ...")
    # An outdated list may still do; the second step says if it does not.
    _run(["apt-get", "update", "-qq"], seconds=UPDATE_WITHIN)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    return _run(command, seconds=INSTALL_WITHIN)


def _run(command: list[str], *, seconds: float) -> bool:
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        say(f"{command[0]}: {trouble}")
        return False
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[:1]
        say(f"{command[0]} failed: {' '.join(reason)}")
    return done.returncode == 0
