"""A real Chromium for the browser tests: found, or installed by whichever way works.

`python -m devtools.chromium` prints its path and version, having installed it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from devtools import debian
from devtools.paths import VAR, Missing, say

# Keep it on this machine: no updates, no sync, no first-run pages, no QUIC.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
)
BROWSERS = VAR / "browsers"
UNPACK = "import c from '@sparticuz/chromium'; console.log(await c.executablePath());"


def ensure() -> Path:
    """Return a Chromium that runs, installing one if there is none.

    Raises Missing when none can be had: a browser test is never skipped.
    """
    if os.environ.get("CHROMIUM"):
        return _named(os.environ["CHROMIUM"])
    for way in WAYS:
        found = way()
        if found and version(found):
            return found
    raise Missing(
        "no Chromium runs here and none could be installed; "
        "install one or name its path in CHROMIUM."
    )


def version(chromium: Path) -> str | None:
    """Return what it says of itself, or None if it does not run."""
    try:
        done = subprocess.run(
            [str(chromium), "--version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _named(path: str) -> Path:
    if not version(Path(path)):
        raise Missing(f"CHROMIUM names {path}, which does not run.")
    return Path(path)


def _on_path() -> Path | None:
    for name in NAMES:
        found = shutil.which(name)
        # A name may be a stub that only says where to get the real one.
        if found and version(Path(found)):
            return Path(found)
    return None


def _from_apt() -> Path | None:
    return _on_path() if debian.install("chromium") else None


def _from_playwright() -> Path | None:
    """Use the build that Playwright manages, or let it download one."""
    own = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS / "playwright")}
    for environment in (dict(os.environ), own):
        found = _playwright_path(environment)
        if found and found.exists():
            return found
    say("Asking Playwright for a Chromium ...")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    _run(command, environment=own, seconds=300)
    return _playwright_path(own)


def _playwright_path(environment: dict[str, str]) -> Path | None:
    ask = "from playwright.sync_api import sync_playwright as s\n"
    ask += "with s() as p: print(p.chromium.executable_path)"
    answer = _run([sys.executable, "-c", ask], environment=environment, seconds=60)
    return Path(answer) if answer else None


def _from_npm() -> Path | None:
    if not shutil.which("npm"):
        return None
    home = BROWSERS / "npm"
    temporary = home / "unpacked"
    temporary.mkdir(parents=True, exist_ok=True)
    say("Installing Chromium with npm ...")
    install = ["npm", "install", "--prefix", str(home), "--cache", str(home / "cache")]
    install += ["--no-audit", "--no-fund", "--ignore-scripts", "@sparticuz/chromium"]
    _run(install, environment=dict(os.environ), seconds=600)
    unpack = ["node", "--input-type=module", "-e", UNPACK]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    answer = _run(unpack, environment=environment, seconds=120, folder=home)
    return Path(answer) if answer else None


def _run(
    command: list[str],
    *,
    environment: dict[str, str],
    seconds: float,
    folder: Path | None = None,
) -> str | None:
    """Run one step of a way; a failure is said and means that the next way is tried."""
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            timeout=seconds,
            cwd=folder,
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        say(f"{command[0]}: {trouble}")
        return None
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[:1]
        say(f"{Path(command[0]).name} failed: {' '.join(reason)}")
        return None
    return done.stdout.strip()


WAYS: tuple[Callable[[], Path | None], ...] = (
    _on_path,
    _from_apt,
    _from_playwright,
    _from_npm,
)


def main() -> int:
    """Print where Chromium is and which one it is."""
    found = ensure()
    print(f"{found}: {version(found)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(str(missing))
