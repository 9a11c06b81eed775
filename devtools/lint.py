"""./dev lint: every static check, all of them even when an early one fails.

A check whose tool is missing has failed. `./dev lint mypy djlint` runs these alone.
`./dev lint --fix [PATH ...]` first lets the tools that can mend what they find do so,
everywhere or in these paths.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools import node, surroundings
from devtools.paths import ROOT, VAR, VENV_BIN, Missing

PACKAGES = ("config", "apiauth", "vanity", "demo", "devtools", "tests", "bench")
CLIENT = "clients/python"
# Programs, each with modules of its own by the same names.
HOSTS = ("examples/fastapi_host", "examples/flask_host")
NODE_TOOLS = ROOT / "devtools" / "biome"
SCRIPT_FOLDERS = ("static", "examples", "tests", "demo", "bench")
LEFT_ALONE = {"node_modules", "vendor", "staticfiles"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its commands are known only when it is its turn."""

    name: str
    commands: Callable[[], list[list[str]]]


def main() -> int:
    """Run them all and print a line for each."""
    checks = list(CHECKS)
    if sys.argv[1:2] == ["--fix"]:
        _fix(sys.argv[2:])
    elif sys.argv[1:]:
        checks = _named(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="keyplate-lint-") as folder:
        database = f"sqlite:///{Path(folder, 'keyplate.sqlite3')}"
        environment = surroundings.for_checking(database_url=database)
        # The deployment check judges an installation that people reach by HTTPS.
        environment["KEYPLATE_PUBLIC_URL"] = "https://keyplate.example"
        environment["KEYPLATE_ALLOWED_HOSTS"] = "keyplate.example"
        environment["NO_COLOR"] = "1"
        environment["XDG_CACHE_HOME"] = os.fspath(VAR / "cache")  # Nothing outside.
        failed = [check.name for check in checks if not _passes(check, environment)]
    if failed:
        print(f"\n{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
        return 1
    print(f"\nall {len(checks)} checks passed")
    return 0


def _named(names: list[str]) -> list[Check]:
    known = {check.name.replace(" ", "-"): check for check in CHECKS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"./dev lint: no check {unknown[0]!r}; there are {', '.join(known)}.")
    return [known[name] for name in names]


def _fix(paths: list[str]) -> None:
    """Let the tools mend what they can; what they could not is reported after."""
    ruff = os.fspath(VENV_BIN / "ruff")
    node.install(NODE_TOOLS)
    biome = [node.program(NODE_TOOLS, "biome"), "check", "--write"]
    for command in (
        [ruff, "check", "--quiet", "--fix-only", *paths],
        [ruff, "format", "--quiet", *paths],
        [*biome, "--no-errors-on-unmatched", "--log-level=none", *paths],
    ):
        environment = {**os.environ, "XDG_CACHE_HOME": os.fspath(VAR / "cache")}
        subprocess.run(command, check=False, cwd=ROOT, env=environment)


def _passes(check: Check, environment: dict[str, str]) -> bool:
    """Run one check; show what it said only if it failed."""
    started = time.monotonic()
    said = ""
    try:
        for command in check.commands():
            done = subprocess.run(
                command,
                check=False,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            if done.returncode:
                said += done.stdout.rstrip() or f"{command[0]} failed silently."
    except Missing as missing:
        said = str(missing)
    except OSError as trouble:
        said = f"{trouble.filename} cannot be run: {trouble.strerror}."
    seconds = time.monotonic() - started
    print(
        f"{'FAIL' if said else 'ok':<5} {check.name:<18} {seconds:5.1f} s", flush=True
    )
    if said:
        print("".join(f"      {line}\n" for line in said.splitlines()), flush=True)
    return not said


def _tool(name: str, *arguments: str) -> Callable[[], list[list[str]]]:
    return lambda: [[os.fspath(VENV_BIN / name), *arguments]]


def _manage(*arguments: str) -> Callable[[], list[list[str]]]:
    return lambda: [[sys.executable, "manage.py", *arguments]]


def _mypy() -> list[list[str]]:
    there = [package for package in PACKAGES if any((ROOT / package).glob("**/*.py"))]
    mypy = os.fspath(VENV_BIN / "mypy")
    everything = [mypy, "dev", "manage.py", f"{CLIENT}/src", *there]
    return [everything, *([mypy, host] for host in HOSTS)]


def _deptry() -> list[list[str]]:
    """Judge the client by its own list: hosts install it without ours."""
    deptry = [os.fspath(VENV_BIN / "deptry"), "--no-ansi"]
    own = ["--config", f"{CLIENT}/pyproject.toml", f"{CLIENT}/src"]
    return [[*deptry, "."], [*deptry, *own]]


def _templates() -> list[list[str]]:
    there = [
        folder
        for folder in ("templates", "demo")
        if any((ROOT / folder).glob("**/*.html"))
    ]
    if not there:
        raise Missing("templates/ holds no template.")
    return [[os.fspath(VENV_BIN / "djlint"), "--lint", "--quiet", *there]]


def _hadolint() -> list[list[str]]:
    if not (ROOT / "Dockerfile").exists():
        raise Missing("Dockerfile is not in this checkout.")
    return [[os.fspath(VENV_BIN / "hadolint"), "Dockerfile"]]


def _scripts() -> list[Path]:
    found = [
        script
        for folder in SCRIPT_FOLDERS
        for ending in ("*.js", "*.mjs", "*.cjs")
        for script in sorted((ROOT / folder).rglob(ending))
        if not LEFT_ALONE.intersection(script.parts)
    ]
    if not found:
        raise Missing(f"there is no script under {', '.join(SCRIPT_FOLDERS)}.")
    return found


def _node_syntax() -> list[list[str]]:
    node.version()
    return [["node", "--check", os.fspath(script)] for script in _scripts()]


def _biome() -> list[list[str]]:
    node.version()
    node.install(NODE_TOOLS)
    return [
        [node.program(NODE_TOOLS, "biome"), "ci", "--error-on-warnings", "--colors=off"]
    ]


CHECKS = (
    Check(name="ruff", commands=_tool("ruff", "check", "--quiet")),
    Check(name="ruff format", commands=_tool("ruff", "format", "--check", "--quiet")),
    Check(name="mypy", commands=_mypy),
    Check(name="djlint", commands=_templates),
    Check(name="import-linter", commands=_tool("lint-imports", "--no-cache")),
    Check(name="deptry", commands=_deptry),
    Check(name="hadolint", commands=_hadolint),
    Check(
        name="migrations", commands=_manage("makemigrations", "--check", "--dry-run")
    ),
    Check(
        name="deployment",
        commands=_manage("check", "--deploy", "--fail-level", "WARNING"),
    ),
    Check(name="node syntax", commands=_node_syntax),
    Check(name="biome", commands=_biome),
)


if __name__ == "__main__":
    sys.exit(main())
