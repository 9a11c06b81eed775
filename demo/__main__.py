"""./dev demo: start Keyplate beside a product that embeds it."""

import argparse
import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo import credentials, journey, places, processes
from demo.places import Places
from demo.traveller import Addresses
from devtools import static
from devtools.paths import ROOT, VAR, Missing, say
from devtools.server import free_port

PORT, HOST_PORT = 8000, 8001


def main(arguments: list[str]) -> int:
    """Run the demo until it is stopped, or take the journey once."""
    wanted = _parse(arguments)
    try:
        with _folder(wanted) as folder:
            if wanted.check:
                at = _places(folder, wanted, free_port(), free_port())
                return check(at)
            return stay_up(_places(folder, wanted, PORT, HOST_PORT))
    except Missing as missing:
        say(f"./dev demo: {missing}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 0


def stay_up(at: Places) -> int:
    """Start both sides, say what to open, and watch over them."""
    with _running(at) as (servers, found):
        say(_what_to_open(at, found))
        ended = processes.first_to_end(servers)
        say(f"{ended.name} ended by itself:\n{ended.last_words()}")
    return 1


def check(at: Places) -> int:
    """Start both sides, go through the main job once, and tell of each step."""
    with _running(at, is_check=True) as (servers, found):
        addresses = Addresses(
            base_url=at.base_url,
            portal_origin=at.portal_origin,
            host_url=at.host_url,
            app_slug=found["app_slug"],
            backend_key=found["backend_key"],
        )
        went_well = True
        for outcome in journey.walk(addresses):
            print(outcome, flush=True)
            went_well = went_well and outcome.went_well
        if not went_well:
            for server in servers:
                say(f"\nLast words of {server.name}:\n{server.last_words()}")
    print("The main job works." if went_well else "The main job does not work.")
    return 0 if went_well else 1


@contextlib.contextmanager
def _running(
    at: Places, *, is_check: bool = False
) -> Iterator[tuple[list[processes.Server], dict[str, Any]]]:
    processes.refuse_taken_ports(at)
    with _alone_in(at.folder):
        environment = places.for_keyplate(at)
        # Compressing takes seconds, and nobody waits for a network in a check.
        root = static.collected(environment, compressed=not is_check)
        environment["KEYPLATE_STATIC_ROOT"] = root
        _prepare(at, environment)
        found = credentials.read(at.credentials_file)
        with processes.both(at, found, environment) as servers:
            yield servers, found


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder; the lock goes with the process, however it ends."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            sentence = f"another demo runs on {folder}. Stop it, or choose --data."
            raise Missing(sentence) from error
        yield


def _prepare(at: Places, environment: dict[str, str]) -> None:
    """Migrate and seed, in one process that has Keyplate's settings."""
    described = dataclasses.asdict(at) | {"folder": str(at.folder)}
    done = subprocess.run(
        [sys.executable, "-m", "demo.prepare", json.dumps(described)],
        check=False,
        cwd=ROOT,
        env=environment,
    )
    if done.returncode:
        raise Missing("the data could not be prepared; see above.")


@contextlib.contextmanager
def _folder(wanted: argparse.Namespace) -> Iterator[Path]:
    """Give the folder that was asked for; a check without one gets its own."""
    if wanted.data is None and wanted.check:
        fresh = Path(tempfile.mkdtemp(prefix="keyplate-demo-"))
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return
    folder = (wanted.data or VAR / "demo").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield folder


def _places(
    folder: Path, wanted: argparse.Namespace, port: int, host_port: int
) -> Places:
    return Places(
        folder=folder,
        port=wanted.port or port,
        host_port=wanted.host_port or host_port,
    )


def _what_to_open(at: Places, found: dict[str, Any]) -> str:
    admin = found["admin"]
    file = min(os.path.relpath(at.credentials_file), str(at.credentials_file), key=len)
    return f"""
Keyplate is up, beside a product that embeds it.

  The product    {at.host_url}
                 choose Ada, then create a key and try it
  The admin      {admin["url"]}
                 {admin["username"]} / {admin["password"]}
  For programs   {file}

Ctrl-C stops both.
"""


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--port", type=_port, help=f"Keyplate's; default {PORT}")
    parser.add_argument(
        "--host-port", type=_port, help=f"the product's; default {HOST_PORT}"
    )
    parser.add_argument("--data", type=Path, help="default: var/demo")
    parser.add_argument(
        "--check",
        action="store_true",
        help="go through the main job once, on fresh data, and exit 0 or 1",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


if __name__ == "__main__":
    # Whatever asks us to stop is heard the same way; what we write is ours alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
