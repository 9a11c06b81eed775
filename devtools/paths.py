"""Where things lie in the checkout; readable by Python 3.9."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_HOME = ROOT / ".uv"
VENV = ROOT / ".venv"
VAR = ROOT / "var"

LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "requirements-runtime.lock"

_BIN = "Scripts" if sys.platform == "win32" else "bin"
VENV_BIN = VENV / _BIN
VENV_PYTHON = VENV_BIN / "python"
UV_PYTHON = UV_HOME / "venv" / _BIN / "python"
UV = UV_HOME / "venv" / _BIN / "uv"


class Missing(Exception):
    """Something this needs is not there; the message is the whole report."""


def say(sentence: str) -> None:
    """Tell the person at the terminal, on stderr, what is going on."""
    print(sentence, file=sys.stderr, flush=True)
