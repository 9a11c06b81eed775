"""Looks for secrets where none may be: logs, databases, browser storage, files.

    python -m tests.leaks var/test-results

It knows ours by shape and checksum, so it needs no list of what was made; tickets by
their shape alone. What it finds it shows only in part.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from apiauth import credentials

_SHOWN = 12
_SECRET = re.compile(rb"[a-z][a-z0-9_]{0,30}_[0-9A-Za-z]{40}")
_TICKET = re.compile(rb"apt\.\.?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}")


def found_in(data: bytes) -> list[str]:
    """List what should not be there, each shown in part."""
    # Browsers keep text in two bytes a character.
    narrowed = data.replace(b"\0", b"")
    both = [data] if narrowed == data else [data, narrowed]
    return sorted({f"{one[:_SHOWN]}…" for text in both for one in _ours(text)})


def in_files(folder: Path) -> tuple[list[str], int]:
    """Look through every file below a folder; returns what, and how many bytes."""
    found, size = [], 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        size += len(data)
        found += [f"{path.relative_to(folder)}: {one}" for one in found_in(data)]
    return found, size


def main() -> int:
    """Say what was found; non-zero if anything was, or if there was nothing to see."""
    found, size = in_files(Path(sys.argv[1]))
    sys.stderr.write("".join(f"LEAK {one}\n" for one in found))
    sys.stderr.write(f"secrets, tickets and tokens: {len(found)} in {size} bytes\n")
    return 1 if found or not size else 0


def _ours(data: bytes) -> Iterator[str]:
    for match in _TICKET.finditer(data):
        yield match.group().decode()
    for match in _SECRET.finditer(data):
        word = match.group().decode()
        # What stands before it may have run into its prefix.
        starts = range(len(word) - credentials.TAIL_LENGTH - 1)
        yield from (word[n:] for n in starts if credentials.looks_right(word[n:]))


if __name__ == "__main__":
    sys.exit(main())
