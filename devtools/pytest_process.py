"""Running pytest so that its closing line can be the last word of the whole run."""

import subprocess
import sys

from devtools.paths import ROOT


def run_directly(command: list[str], environment: dict[str, str]) -> int:
    """Run it on our own terminal."""
    sys.stdout.flush()
    return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode


def run_holding_last_line(
    command: list[str], environment: dict[str, str]
) -> tuple[int, bytes]:
    """Run it, passing its lines on; keep the last one that says something back."""
    if sys.stdout.isatty():
        environment = {**environment, "PY_COLORS": "1"}
    held = b""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker.
        for line in process.stdout:
            if line.strip():
                sys.stdout.buffer.write(held)
                held = line
            else:
                held += line
            sys.stdout.buffer.flush()
    return process.returncode, held.rstrip(b"\n") + b"\n" if held else b""
