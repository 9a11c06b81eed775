"""Resolve what we need into hashed locks; readable by Python 3.9."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from devtools import bootstrap, pythons
from devtools.paths import LOCK, ROOT, RUNTIME_LOCK, Missing

if TYPE_CHECKING:
    from pathlib import Path

PEER_LOCK = ROOT / "bench" / "peers" / "drf" / "requirements.lock"
PEER = "bench/peers/drf/requirements.in"
HEADER = """\
# Made by ./dev lock from {source}; do not edit.
# {contents}
"""


def compile_all(arguments: list[str]) -> int:
    """Write every lock; arguments such as --upgrade go to uv as they are."""
    uv = bootstrap.ensure_uv()
    environment = bootstrap.uv_environment()
    common = [str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    common += ["--no-emit-index-url", "--no-header", "--python-version", "3.12"]
    common += ["--python", pythons.find(uv, environment), *arguments]
    ours = "pyproject.toml"
    same = ["--group", "dev", "--constraints", RUNTIME_LOCK.name]  # versions in both
    for lock, source, options, contents in (
        (RUNTIME_LOCK, ours, [], "What the product needs to run, and nothing else."),
        (LOCK, ours, same, "What the product, its checks and tests need."),
        (PEER_LOCK, PEER, [], "What the peer on Django needs that we measure beside."),
    ):
        name = str(lock.relative_to(ROOT))
        command = [*common, source, *options, "--output-file", name]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment)
        if done.returncode:
            raise Missing(f"uv could not resolve {name}; see above.")
        header = HEADER.format(source=source, contents=contents)
        lock.write_text(header + _without_header(lock))
        if "://" in lock.read_text():
            raise Missing(f"{name} carries an address; it must not be committed.")
        print(f"{name}: {lock.read_text().count('==')} packages")
    return 0


def _without_header(lock: Path) -> str:
    lines = lock.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))
