"""Real proxies for the tests of the gateway: found, or installed from Debian's packages.

`python -m devtools.proxies` prints their paths and versions, having installed them.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.paths import VENV_BIN, Missing, say

# How each says its version. These two are Debian's.
PACKAGES = {"caddy": "version", "nginx": "-v"}
# These come with requirements.lock.
VERSIONS = {**PACKAGES, "envoy": "--version", "traefik": "version"}
# Where Debian has servers, which is not on everybody's PATH.
SYSTEM = ("/usr/sbin", "/usr/local/sbin")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def ensure_all() -> dict[str, Path]:
    """Return every proxy by its name, installing those that are not there.

    Raises Missing when one cannot be had: a test of a proxy is never skipped.
    """
    absent = [name for name in PACKAGES if found(name) is None]
    if absent:
        _install(absent)
    proxies = {name: found(name) for name in VERSIONS}
    missing = [name for name, path in proxies.items() if path is None]
    if missing:
        raise Missing(f"{', '.join(missing)}: not here, and could not be installed.")
    return {name: path for name, path in proxies.items() if path is not None}


def found(name: str) -> Path | None:
    """Return where a proxy is, if it is here and runs."""
    where = os.pathsep.join([str(VENV_BIN), os.environ.get("PATH", ""), *SYSTEM])
    path = shutil.which(name, path=where)
    return Path(path) if path and version(name, Path(path)) else None


def version(name: str, path: Path) -> str | None:
    """Return the version that a proxy says it has, or None if it does not run."""
    try:
        done = subprocess.run(
            [str(path), VERSIONS[name]],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = _VERSION.search(done.stdout + done.stderr)
    return said[0] if said and done.returncode == 0 else None


def _install(names: list[str]) -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Missing(f"{', '.join(names)}: install them, or run this as root.")
    say(f"Installing {', '.join(names)} with apt-get ...")
    quiet = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        # Only the programs: nothing of them is to run by itself.
        "RUNLEVEL": "1",
    }
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names],
    ):
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=quiet, timeout=900
        )
        if done.returncode:
            say(f"apt-get failed: {done.stderr.strip()}")


def main() -> int:
    """Print where they are and which they are."""
    for name, path in ensure_all().items():
        print(f"{path}: {name} {version(name, path)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(str(missing))
