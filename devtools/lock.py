"""Resolve pyproject.toml into the two hashed locks; readable by Python 3.9."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from devtools import bootstrap, pythons
from devtools.paths import LOCK, ROOT, RUNTIME_LOCK, Missing

if TYPE_CHECKING:
    from pathlib import Path

HEADER = """\
# Made by ./dev lock from pyproject.toml; do not edit.
# {contents}
"""


def compile_all(arguments: list[str]) -> int:
    """Write both locks; arguments such as --upgrade go to uv as they are."""
    uv = bootstrap.ensure_uv()
    environment = bootstrap.uv_environment()
    common = [str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    common += ["--no-emit-index-url", "--no-header", "--python-version", "3.12"]
    common += ["--python", pythons.find(uv, environment), "pyproject.toml", *arguments]
    for lock, groups, contents in (
        (RUNTIME_LOCK, [], "What the product needs to run, and nothing else."),
        (LOCK, ["--group", "dev"], "What the product, its checks and tests need."),
    ):
        command = [*common, *groups, "--output-file", lock.name]
        if lock is LOCK:  # The same versions in both.
            command += ["--constraints", RUNTIME_LOCK.name]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment)
        if done.returncode:
            raise Missing(f"uv could not resolve {lock.name}; see above.")
        lock.write_text(HEADER.format(contents=contents) + _without_header(lock))
        if "://" in lock.read_text():
            raise Missing(f"{lock.name} carries an address; it must not be committed.")
        print(f"{lock.name}: {lock.read_text().count('==')} packages")
    return 0


def _without_header(lock: Path) -> str:
    lines = lock.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))
