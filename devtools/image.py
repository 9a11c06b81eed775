"""./dev image-check: build the Dockerfile for real, look inside, start it, use it.

The published base image is not pulled: a stand-in of the same Debian and Python,
made by debootstrap, takes its place. docs/operations.md says so too.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from devtools import buildah, image_use, stand_in
from devtools.buildah import STORE, Recorded
from devtools.paths import ROOT, VENV_BIN, Missing, say

NAME = "keyplate:image-check"
COMPILERS = ("cc", "gcc", "g++", "clang", "ld", "make", "cargo", "rustc")
LEFTOVERS = (
    *(".git", ".env", "tests", "devtools", "demo", "examples", "docs"),
    *("requirements.lock", "requirements-runtime.lock", "var", "node_modules"),
)


def main() -> int:
    """Run every step; a failed one ends the check with its sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ports = _parse()
    started = time.monotonic()
    try:
        lint()
        stand_in.install_tools()
        _hold_the_store()
        base = stand_in.ensure(STORE)
        build(base)
        with buildah.mounted(NAME) as root:
            image = buildah.recorded(NAME)
            look_inside(root, image)
            image_use.check(root, image, ports=ports)
    except Missing as missing:
        say(f"./dev image-check: {missing}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    seconds = time.monotonic() - started
    say(f"image-check: all of it held, in {seconds:.0f} s. The base was a stand-in,")
    say("not the published python image: see docs/operations.md, 'Image'.")
    return 0


def _hold_the_store() -> None:
    """Be the only check in this checkout; the lock goes with the process."""
    STORE.mkdir(parents=True, exist_ok=True)
    lock = os.open(STORE / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Missing("another image check runs in this checkout.") from error


def lint() -> None:
    """Hold the Dockerfile against hadolint's rules, all of them."""
    command = [str(VENV_BIN / "hadolint"), "--no-color", "Dockerfile"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise Missing(f"hadolint objects:\n{done.stdout}{done.stderr}")
    say("hadolint: nothing to object to.")


def build(base: str) -> None:
    """Build the real Dockerfile over the stand-in."""
    say("Building the Dockerfile ...")
    began = time.monotonic()
    buildah.drop(NAME)
    buildah.build(
        ROOT,
        name=NAME,
        log=STORE / "build.log",
        arguments={"BASE": f"localhost/{base}"},
    )
    say(f"Built in {time.monotonic() - began:.0f} s.")


def look_inside(root: Path, image: Recorded) -> None:
    """Compare what the last stage holds with what it promises to hold."""
    found = [*_of_the_record(image), *_of_the_files(root, image)]
    if found:
        raise Missing("the image is not as promised:\n- " + "\n- ".join(found))
    size = sum(
        entry.lstat().st_size
        for folder in ("app", "opt")
        for entry in (root / folder).rglob("*")
    )
    say(f"Looked inside: as promised; ours adds {size / 1e6:.0f} MB to the base.")


def _of_the_record(image: Recorded) -> list[str]:
    secrets = {"KEYPLATE_SECRET_KEY", "KEYPLATE_TICKET_KEYS", "KEYPLATE_PEPPERS"}
    promises = {
        "it runs as a fixed user that is not root": image.user == "10001:10001",
        "it declares the volume /data": image.volumes == ["/data"],
        "it exposes 8000 and nothing else": image.ports == ["8000/tcp"],
        "SIGTERM stops it": image.stop_signal == "SIGTERM",
        "its health check is Python's": image.health[:2] == ["CMD", "python"],
        "it carries no secret": not secrets & image.environment.keys(),
    }
    return [f"not so: {promise}" for promise, held in promises.items() if not held]


def _of_the_files(root: Path, image: Recorded) -> list[str]:
    user = int(image.user.split(":")[0])
    places = [root / part / "bin" for part in ("usr", "usr/local", "opt/keyplate")]
    found = [
        f"{name} is in the last stage"
        for name in COMPILERS
        if any((place / name).exists() for place in places)
    ]
    found += [f"/app/{name} is there" for name in LEFTOVERS if _there(root, name)]
    if (root / "root/.cache").exists():
        found.append("/root/.cache is there")
    if list((root / "opt/keyplate/bin").glob("pip*")):
        found.append("pip is in the environment")
    if (root / "data").stat().st_uid != user or any((root / "data").iterdir()):
        found.append("/data is not an empty folder of the image's user")
    if not (root / "app/staticfiles/staticfiles.json").exists():
        found.append("the static files are not collected")
    owned = [entry for entry in (root / "app").rglob("*") if entry.lstat().st_uid]
    return [*found, *(f"{entry} is not root's" for entry in owned[:3])]


def _there(root: Path, name: str) -> bool:
    return (root / "app" / name).exists()


def _parse() -> range:
    parser = argparse.ArgumentParser(prog="./dev image-check")
    parser.add_argument(
        "--port", type=int, default=8140, help="the first of ten to try (8140)"
    )
    first = parser.parse_args().port
    return range(first, first + 10)


if __name__ == "__main__":
    sys.exit(main())
