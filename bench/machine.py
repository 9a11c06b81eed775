"""What a result was measured on: never a name of a host, a person or a folder."""

import importlib.metadata
import os
import platform
import re
import sqlite3
from pathlib import Path

WARN_ABOVE = 1.0  # processes that already ran, on average over a minute


def describe() -> dict[str, str]:
    """Return the facts of this machine that a reader needs to compare."""
    return {
        "cpu": _first(Path("/proc/cpuinfo"), r"model name\s*: (.+)"),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{round(memory() / (1 << 30))} GiB",
        "kernel": platform.release().partition("-")[0],
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{
            name: importlib.metadata.version(name)
            for name in ("django", "psycopg", "uvicorn", "uvloop")
        },
    }


def load1() -> float:
    """Return how busy the machine was over the last minute."""
    return os.getloadavg()[0]


def memory() -> int:
    """Return how much memory the machine has, in bytes."""
    return 1024 * int(_first(Path("/proc/meminfo"), r"MemTotal:\s+(\d+) kB"))


def _first(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text())
    return found.group(1).strip() if found else "0"
