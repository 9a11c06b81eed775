"""The few buildah commands the image check speaks, with storage of its own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.paths import VAR, Missing

STORE = VAR / "image"
LAST_LINES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What an image says of how it wants to be started."""

    user: str
    environment: dict[str, str]
    command: list[str]
    folder: str
    volumes: list[str]
    ports: list[str]
    health: list[str]
    stop_signal: str


def build(
    context: Path, *, name: str, log: Path, arguments: dict[str, str] | None = None
) -> None:
    """Build a folder's Dockerfile; the log keeps every step."""
    command = ["bud", "--isolation", "chroot", "--format", "docker", "--tag", name]
    for key, value in (arguments or {}).items():
        command += ["--build-arg", f"{key}={value}"]
    with log.open("w") as output:
        done = subprocess.run(
            [*_program(), *command, str(context)],
            check=False,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        tail = "\n".join(log.read_text().splitlines()[-LAST_LINES:])
        raise Missing(f"{name} does not build; see {log}:\n{tail}")


def has(name: str) -> bool:
    """Tell whether an image of that name is kept."""
    return bool(_ask("images", "--quiet", "--filter", f"reference={name}"))


def drop(name: str) -> None:
    """Forget an image, what a killed run left, and what no name holds any more."""
    _ask("rm", "--all")
    if has(name):
        _ask("rmi", "--force", name)
    _ask("rmi", "--prune")


def recorded(name: str) -> Recorded:
    """Read what the image records about itself."""
    shown = json.loads(_ask("inspect", "--type", "image", name))
    config = shown["Docker"]["config"]
    environment = dict(entry.split("=", 1) for entry in config.get("Env") or [])
    return Recorded(
        user=config.get("User", ""),
        environment=environment,
        command=[*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])],
        folder=config.get("WorkingDir") or "/",
        volumes=sorted(config.get("Volumes") or {}),
        ports=sorted(config.get("ExposedPorts") or {}),
        health=(config.get("Healthcheck") or {}).get("Test", []),
        stop_signal=config.get("StopSignal", ""),
    )


@contextmanager
def mounted(name: str) -> Iterator[Path]:
    """Lay the image's files out in a folder for as long as the block runs."""
    container = _ask("from", "--pull-never", name)
    try:
        yield Path(_ask("mount", container))
    finally:
        _ask("rm", container)


def _ask(*arguments: str) -> str:
    done = subprocess.run(
        [*_program(), *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise Missing(f"buildah {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _program() -> list[str]:
    places = ["--root", str(STORE / "storage"), "--runroot", str(STORE / "run")]
    return ["buildah", *places, "--storage-driver", "vfs"]
