"""./dev manage: manage.py with the secrets and database of ./dev serve."""

import os
import subprocess
import sys
from collections.abc import Mapping

from devtools import surroundings
from devtools.paths import ROOT, Missing


def main() -> None:
    """Become manage.py."""
    command = [sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]]
    os.execve(sys.executable, command, surroundings.for_serving())


def run(command: str, environment: Mapping[str, str]) -> None:
    """Run one management command that asks nothing; raise Missing if it fails."""
    manage = [sys.executable, "manage.py", command, "--noinput", "--verbosity=0"]
    done = subprocess.run(
        manage,
        check=False,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Missing(f"manage.py {command} failed:\n{done.stdout.rstrip()}")


if __name__ == "__main__":
    main()
