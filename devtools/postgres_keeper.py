"""Owns one PostgreSQL and its folder until whoever started it lets go of our stdin.

Started by devtools.postgres as `python -m devtools.postgres_keeper BINARIES SETTINGS`.
It says one line of JSON on stdout, and then one for each word on stdin that it has
obeyed: `kill` (every process at once), `stop` (as a restart does), `start`, `freeze`
and `thaw`. A killed parent closes the pipe as well, so nothing
is left behind; were this process killed itself, the kernel would stop the server.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from devtools.lifeline import dies_with
from devtools.paths import Missing, say

DATABASE = USER = "keyplate"
STARTS_WITHIN = 60
STOPS_WITHIN = 10

# Nothing here outlives the run, so nothing has to survive a power cut.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "400",
    "synchronous_commit": "off",
}


def main() -> int:
    """Start the server, say where, and stop it when stdin ends."""
    binaries, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
    for fatal in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(fatal, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="keyplate-pg-"))
    server = None
    try:
        binaries = _prepare(folder, binaries)
        settings = {**SETTINGS, **settings}
        server = _start(folder, binaries, settings)
        _wait_until_ready(folder, server)
        url = f"postgresql:///{DATABASE}?host={quote(str(folder))}&user={USER}"
        print(json.dumps({"url": url, "folder": str(folder)}), flush=True)
        for word in map(str.strip, sys.stdin):
            if word == "start":
                server = _start(folder, binaries, settings)
                _wait_until_ready(folder, server)
            else:
                VERBS[word](server)
            print(json.dumps({"done": word}), flush=True)
        _tell_of_an_early_end(folder, server)
    except (Missing, OSError, subprocess.SubprocessError) as trouble:
        _show_log(folder)
        print(json.dumps({"error": str(trouble)}), flush=True)
        return 1
    finally:
        _stop(server)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _prepare(folder: Path, binaries: Path) -> Path:
    """Make the cluster and its database; return the binaries its owner can reach."""
    if owner := _owner():
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        binaries = _reachable(folder, binaries)
    initdb = [str(binaries / "initdb"), "--pgdata", str(folder / "data")]
    initdb += ["--username", USER, "--auth", "trust", "--no-sync", "--encoding=UTF8"]
    initdb += ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    _run(initdb, folder)
    single = [str(binaries / "postgres"), "--single", "-F", "-D", str(folder / "data")]
    _run([*single, "postgres"], folder, f"CREATE DATABASE {DATABASE}\n")
    return binaries


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: return who runs it then."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _reachable(folder: Path, binaries: Path) -> Path:
    """Return the binaries, or a linked copy if a folder above bars them to the owner."""
    try:
        _run([str(binaries / "postgres"), "--version"], folder)
    except (Missing, OSError):
        package = binaries.parent.parent
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                copy = folder / "binaries" / part.name
                shutil.copytree(part, copy, copy_function=_link_or_copy)
        return folder / "binaries" / binaries.relative_to(package.parent)
    return binaries


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _run(command: list[str], folder: Path, stdin: str = "") -> None:
    with (folder / "log").open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        done = subprocess.run(
            command,
            check=False,
            input=stdin,
            text=True,
            stdout=log,
            stderr=subprocess.STDOUT,
            **_as_owner(folder),
        )
    if done.returncode:
        raise Missing(f"{Path(command[0]).name} failed; its log is above.")


def _as_owner(folder: Path) -> dict[str, Any]:  # Any: keywords of Popen, of many types.
    keywords: dict[str, Any] = {
        "cwd": folder,
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)},
    }
    if owner := _owner():
        keywords |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return keywords


def _start(
    folder: Path, binaries: Path, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    for name, value in {**settings, "unix_socket_directories": str(folder)}.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with(os.getpid(), signal.SIGQUIT),  # noqa: PLW1509 - we run one thread.
            **_as_owner(folder),
        )


def _wait_until_ready(folder: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait for the word the server writes into the last line of its own pid file."""
    pid_file = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Missing("it ended while starting; its log is above.")
        said = pid_file.read_text().split() if pid_file.exists() else [""]
        # One that was killed has left its word there.
        if said[:1] == [str(server.pid)] and said[-1] == "ready":
            return
        time.sleep(0.02)
    raise Missing(f"it was not ready within {STARTS_WITHIN} seconds.")


def _kill(server: subprocess.Popen[bytes]) -> None:
    """End every process as a crash does, before any can tell another."""
    server.send_signal(signal.SIGSTOP)
    for process in reversed(_processes(server)):
        os.kill(process, signal.SIGKILL)
    server.wait()


def _freeze(server: subprocess.Popen[bytes]) -> None:
    """Stop every process where it is, as a machine does that is no longer there."""
    for process in _processes(server):
        os.kill(process, signal.SIGSTOP)


def _thaw(server: subprocess.Popen[bytes]) -> None:
    for process in _processes(server):
        os.kill(process, signal.SIGCONT)


def _processes(server: subprocess.Popen[bytes]) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "ppid=,pid="], check=True, capture_output=True, text=True
    )
    pairs = (map(int, line.split()) for line in listed.stdout.splitlines())
    return [server.pid, *(child for parent, child in pairs if parent == server.pid)]


def _end(server: subprocess.Popen[bytes]) -> None:
    """End it as a restart does: nobody may finish, everything is kept."""
    server.send_signal(signal.SIGINT)
    server.wait(STOPS_WITHIN)


VERBS = {"freeze": _freeze, "kill": _kill, "stop": _end, "thaw": _thaw}


def _tell_of_an_early_end(folder: Path, server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        say(f"PostgreSQL ended by itself with status {server.returncode}.")
        _show_log(folder)


def _show_log(folder: Path) -> None:
    log = folder / "log"
    if log.exists():
        say(log.read_text(errors="replace")[-20_000:])


def _stop(server: subprocess.Popen[bytes] | None) -> None:
    """Stop at once: nobody will look at the data again."""
    if server is None or server.poll() is not None:
        return
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
