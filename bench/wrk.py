"""wrk, the load generator: found or installed, run, and its report read."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devtools import debian
from devtools.paths import ROOT, Missing

SCRIPT = ROOT / "bench" / "verify.lua"
TIMEOUT = 10  # seconds that one answer may take
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one run saw: answers, of them refusals, and how long they took."""

    answers: int
    refusals: int
    rate: float  # answers per second
    p50: float  # milliseconds
    p99: float  # milliseconds


def ensure() -> str:
    """Return the path of wrk, from Debian's packages if need be; raise Missing."""
    found = shutil.which("wrk")
    if found is None and debian.install("wrk"):
        found = shutil.which("wrk")
    if found is None:
        raise Missing("wrk is not on the PATH (Debian: apt-get install wrk).")
    return found


def version() -> str:
    """Return the version of the wrk that is here."""
    # It says so only on its usage page, and calls that a failure.
    done = subprocess.run(
        [ensure(), "--version"], check=False, capture_output=True, text=True
    )
    found = re.search(r"\d+(?:\.\d+)+", done.stdout)
    return found.group() if found else "unknown"


def load(*, port: int, requests: Path, connections: int, seconds: int) -> Load:
    """Send requests of a file to a port of loopback; raise Missing if wrk cannot."""
    command = [ensure(), "--latency", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--timeout", f"{TIMEOUT}s", "-s", os.fspath(SCRIPT)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        check=False,
        env={**os.environ, "BENCH_REQUESTS": os.fspath(requests)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Missing(f"wrk ended with status {done.returncode}: {done.stderr.strip()}")
    return read(done.stdout)


def read(report: str) -> Load:
    """Read wrk's report. Raises Missing if connections failed or a part is absent."""
    if trouble := re.search(r"Socket errors: (.*)", report):
        raise Missing(f"wrk saw failed connections: {trouble.group(1)}.")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    return Load(
        answers=int(_part(r"(\d+) requests in", report)),
        refusals=int(refused.group(1)) if refused else 0,
        rate=float(_part(r"Requests/sec:\s+([\d.]+)", report)),
        p50=_milliseconds(_part(r"^\s+50%\s+(\S+)", report)),
        p99=_milliseconds(_part(r"^\s+99%\s+(\S+)", report)),
    )


def _part(pattern: str, report: str) -> str:
    found = re.search(pattern, report, re.MULTILINE)
    if found is None:
        raise Missing(f"wrk's report is not as expected:\n{report}")
    return found.group(1)


def _milliseconds(written: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", written).groups()  # type: ignore[union-attr]  # wrk writes nothing else
    return float(number) * _MILLISECONDS[unit]
