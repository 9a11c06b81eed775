"""Run a program inside an image's files, as confined as compose.yaml asks for.

Its own process and mount namespaces, a read-only root, a fresh /tmp, one writable
volume, an unprivileged user and not one capability.  Only the network is shared, so
that nothing but loopback is needed to talk to it.
"""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from devtools.buildah import Recorded
from devtools.lifeline import dies_with
from devtools.paths import Missing

CONFINE = """\
set -eu
root=$1 data=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o nosuid,nodev tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
exec "$@"
"""
STOPPED_WITHIN = 15.0
ENDED_WITHIN = 60.0
LAST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An image laid out, a volume for it, and the variables it is given."""

    root: Path
    data: Path
    image: Recorded
    environment: dict[str, str]

    def entered(self, command: list[str]) -> list[str]:
        """Spell a command so that it runs inside, as the image's user."""
        user, _, group = self.image.user.partition(":")
        drop = ["setpriv", f"--reuid={user}", f"--regid={group or user}"]
        drop += ["--clear-groups", "--no-new-privs"]
        drop += ["--bounding-set=-all", "--inh-caps=-all"]
        # A change of user would forget that it has to go when unshare goes.
        drop += ["--pdeathsig=keep"]
        variables = {**self.image.environment, **self.environment}
        given = [f"{name}={value}" for name, value in variables.items()]
        start = ["env", "-i", f"--chdir={self.image.folder}", *given]
        return ["chroot", str(self.root), *drop, *start, *command]


class Running:
    """The image's own command, running as the first process of its namespace."""

    def __init__(self, box: Box, *, log: Path) -> None:
        self.box = box
        self.log = log
        inside = box.entered(box.image.command)
        apart = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
        shell = ["sh", "-c", CONFINE, "sh", str(box.root), str(box.data)]
        with log.open("w") as output:
            self.outside = subprocess.Popen(
                [*apart, *shell, *inside],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # SIGKILL, for unshare blocks the others; the child goes with it.
                preexec_fn=dies_with(  # noqa: PLW1509 - we run one thread.
                    os.getpid(), signal.SIGKILL
                ),
            )

    @property
    def first(self) -> int:
        """The first process inside, by its number outside."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                told = dict(
                    line.split(":\t", 1)
                    for line in status.read_text().splitlines()
                    if ":\t" in line
                )
            except (FileNotFoundError, ProcessLookupError):
                continue  # It ended while we were looking at it.
            if int(told["PPid"]) == self.outside.pid:
                return int(told["Pid"])
        raise Missing(f"the image's server has ended:\n{self.tail()}")

    def run(self, command: list[str], *, given: str = "") -> str:
        """Run one more program beside it, as `docker exec` would."""
        beside = ["nsenter", f"--target={self.first}", "--mount", "--pid", "--ipc"]
        done = subprocess.run(
            [*beside, "--", *self.box.entered(command)],
            check=False,
            capture_output=True,
            input=given,
            text=True,
        )
        if done.returncode:
            raise Missing(f"{command[0]} failed inside:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM as an engine would; return the exit status and the seconds."""
        started = time.monotonic()
        os.kill(self.first, signal.SIGTERM)
        try:
            status = self.outside.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired as late:
            self.kill()
            raise Missing(
                f"SIGTERM did not stop it within {STOPPED_WITHIN:.0f} s:\n{self.tail()}"
            ) from late
        return status, time.monotonic() - started

    def kill(self) -> None:
        """End it whatever it does; harmless when it has ended."""
        if self.outside.poll() is None:
            self.outside.kill()
            self.outside.wait()

    def tail(self) -> str:
        """Return what it said last, and where the rest is."""
        said = self.log.read_text()
        return f"{said[-LAST_CHARACTERS:].strip()}\n(all of it: {self.log})"


def outcome(box: Box, *, log: Path) -> tuple[int, str]:
    """Run the image's command to its end; return its status and what it said."""
    running = Running(box, log=log)
    try:
        status = running.outside.wait(ENDED_WITHIN)
    except subprocess.TimeoutExpired:
        status = 0
    finally:
        running.kill()
    return status, log.read_text().strip()
