"""The table of commands; readable by Python 3.9."""

from __future__ import annotations

import os
import sys

from devtools import bootstrap, lock
from devtools.paths import ROOT, Missing

# name: (what it does, the module that does it inside the environment)
COMMANDS = {
    "demo": ("start Keyplate beside a product that embeds it", "demo"),
    "test": ("run the tests: SQLite, PostgreSQL, browser, clients", "devtools.legs"),
    "serve": ("serve this checkout on loopback", "devtools.serve"),
    "manage": ("run manage.py with the settings ./dev serve uses", "devtools.manage"),
    "lint": ("run every static check, in one go", "devtools.lint"),
    "lock": ("resolve the dependencies again into the two lock files", ""),
    "bench": ("measure the gateway, beside its peers", "bench"),
    "image-check": ("build the Dockerfile and start what it made", "devtools.image"),
}


def main(arguments: list[str]) -> int:
    """Run one command, or list them all."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(contents())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        print(f"./dev has no command {name!r}.\n\n{contents()}", file=sys.stderr)
        return 2
    try:
        if name == "lock":
            return lock.compile_all(rest)
        return enter(COMMANDS[name][1], rest)
    except Missing as missing:
        print(f"./dev {name}: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def contents() -> str:
    """List the commands, a line each."""
    lines = [f"  ./dev {name:<12} {what}" for name, (what, _) in COMMANDS.items()]
    return "\n".join(["Keyplate, the one door:", "", *lines])


def enter(module: str, arguments: list[str]) -> int:
    """Become `python -m module` inside the environment, made first if need be."""
    python = bootstrap.ensure()
    if not (ROOT / module.split(".", maxsplit=1)[0]).is_dir():
        raise Missing(f"the package {module}/ is not in this checkout.")
    os.chdir(ROOT)
    os.execve(
        str(python),
        [str(python), "-m", module, *arguments],
        bootstrap.inside_environment(),
    )
