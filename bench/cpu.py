"""CPU time of a process and everything that it started, as the kernel counts it."""

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# Of /proc/PID/stat behind the name: the parent, then user and system time, each of the
# process itself and of its children that have ended and been waited for.
_PARENT, _OWN, _ENDED = 1, slice(11, 13), slice(13, 15)


def seconds(root: int) -> float:
    """Return the CPU seconds that a process and its descendants have used so far."""
    children: dict[int, list[int]] = defaultdict(list)
    used: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _fields(folder)):
            pid = int(folder.name)
            children[int(fields[_PARENT])].append(pid)
            used[pid] = sum(int(n) for n in (*fields[_OWN], *fields[_ENDED]))
    ticks, open_ends = 0, [root]
    while open_ends:
        pid = open_ends.pop()
        ticks += used.get(pid, 0)
        open_ends += children[pid]
    return ticks / _TICKS


def _fields(folder: Path) -> list[str]:
    """Read what follows the name, which may hold spaces; nothing if it just ended."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
