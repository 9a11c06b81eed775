"""Coverage of the legs that share the suite, put together and held to the goal."""

import os
import shutil
import subprocess
import sys

from devtools.paths import ROOT, VAR

DATA_FILE = VAR / "coverage" / "data"


def clear() -> None:
    """Forget what earlier runs measured."""
    shutil.rmtree(DATA_FILE.parent, ignore_errors=True)
    DATA_FILE.parent.mkdir(parents=True)


def combine_and_show() -> int:
    """Print the combined report; return non-zero below pyproject.toml's goal."""
    environment = {**os.environ, "COVERAGE_FILE": str(DATA_FILE)}
    for step in (["combine", "--quiet"], ["report"]):
        command = [sys.executable, "-m", "coverage", *step]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment)
        if done.returncode:
            return done.returncode
    return 0
