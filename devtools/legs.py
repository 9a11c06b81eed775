"""./dev test: the legs of the test run, in order, each against the real thing.

    ./dev test                            every leg
    ./dev test --leg sqlite -k tickets    one leg; what is left over goes to pytest
    ./dev test --leg postgres:23          the second and the third part of its files
    ./dev test tests/apiauth/test_keys.py the legs that file belongs to

A leg whose real part is missing fails; it is never skipped. The last line of a run is
pytest's own closing line.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools import coverage_report, evidence
from devtools.equipment import EQUIPMENT, LEG_FOLDERS
from devtools.paths import ROOT, Missing, say
from devtools.pytest_process import run_directly, run_holding_last_line

DEFAULT_LEGS = ("sqlite", "clients", "browser", "postgres")
# A whole run has two lanes side by side. Browsers wait for other processes, too; thirds
# of a leg's files, by number, make one lane take about as long as the other.
HERE = ("sqlite", "clients", "postgres:12")
BESIDE = ("browser", "postgres:3")
MEASURED = ("sqlite",)  # Where every test runs; measuring twice tells no more.
NO_TESTS = 5  # What pytest exits with when it ran none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of this run."""

    legs: tuple[str, ...]
    options: tuple[str, ...]  # for pytest
    paths: tuple[str, ...]  # for pytest
    is_beside: bool  # part of a run that clears up and looks back by itself

    @property
    def is_narrowed(self) -> bool:
        """Whether less than the whole of each leg is asked for."""
        return bool(self.options or self.paths)

    @property
    def is_whole(self) -> bool:
        """Whether everything is asked for, so that legs may run side by side."""
        return not self.is_narrowed and self.legs == DEFAULT_LEGS

    @property
    def is_measured(self) -> bool:
        """Whether the run covers what the coverage goal is about."""
        return not self.is_narrowed and set(MEASURED) <= set(self.legs)


@dataclass(slots=True, kw_only=True)
class Result:
    """How one leg ended."""

    leg: str
    status: int
    seconds: float
    sentence: str


def main() -> int:
    """Run the legs asked for and return 0 if all of them passed."""
    plan = _plan(sys.argv[1:])
    if plan.is_measured:
        coverage_report.clear()
    if not plan.is_narrowed and not plan.is_beside:
        evidence.clear()
    if plan.is_whole:
        results, held = _run_whole(plan)
    else:
        results, held = _run_legs(plan, plan.legs)
    if not plan.is_narrowed and not plan.is_beside:
        results.append(_search())
    _forgive_empty_legs(plan, results)
    if _has_more_to_say(plan):
        _summarise(results)
    sys.stdout.flush()
    sys.stdout.buffer.write(held)
    sys.stdout.buffer.flush()
    return 1 if any(result.status for result in results) else 0


def _run_whole(plan: Plan) -> tuple[list[Result], bytes]:
    """Run the measured legs here and the others beside them, told of afterwards."""
    started = time.monotonic()
    say(f"{' and '.join(BESIDE)} run beside {', '.join(HERE)} and report after them.")
    command = [sys.executable, "-m", "devtools.lifeline", str(os.getpid())]
    command += [sys.executable, "-m", "devtools.legs", "--beside"]
    command += [word for leg in BESIDE for word in ("--leg", leg)]
    with tempfile.TemporaryFile() as output:
        beside = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        results, _ = _run_legs(plan, HERE)
        status = beside.wait()
        output.seek(0)
        *lines, held = output.read().rstrip(b"\n").splitlines(keepends=True) or [b""]
    sys.stdout.flush()
    sys.stdout.buffer.writelines(lines)
    sentence = "passed" if status == 0 else "failed, see above"
    seconds = time.monotonic() - started
    name = "+".join(BESIDE)
    both = Result(leg=name, status=status, seconds=seconds, sentence=sentence)
    return [*results, both], held + b"\n"


def _run_legs(plan: Plan, legs: Sequence[str]) -> tuple[list[Result], bytes]:
    """Run legs one after the other; returns the last one's closing line, held back."""
    results: list[Result] = []
    held = b""
    for leg in legs:
        is_last = leg == plan.legs[-1]
        result, line = _run(leg, plan, hold=is_last and _has_more_to_say(plan))
        results.append(result)
        held = line if is_last else b""
        if plan.is_measured and leg == MEASURED[-1]:
            results.append(_measure())
    return results, held


def _plan(arguments: list[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="./dev test", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--leg", action="append", type=_leg)
    parser.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)
    wanted, rest = parser.parse_known_args(arguments)
    paths = tuple(word for word in rest if _is_path(word))
    options = tuple(word for word in rest if word not in paths)
    legs = wanted.leg or [
        leg for leg in DEFAULT_LEGS if not paths or _own_paths(leg, paths)
    ]
    return Plan(
        legs=tuple(dict.fromkeys(legs)),
        options=options,
        paths=paths,
        is_beside=wanted.beside,
    )


def _leg(word: str) -> str:
    """Read a leg, or thirds of its files: `postgres:23` leaves out the first."""
    name, thirds = _parted(word)
    if name not in EQUIPMENT or not set(thirds) <= set("123"):
        known = ", ".join(sorted(EQUIPMENT))
        raise argparse.ArgumentTypeError(f"there is no leg {word}, but {known}")
    return word


def _parted(leg: str) -> tuple[str, str]:
    name, _, thirds = leg.partition(":")
    return name, thirds


def _is_path(word: str) -> bool:
    return not word.startswith("-") and (ROOT / word.partition("::")[0]).exists()


def _own_paths(leg: str, paths: tuple[str, ...]) -> list[str]:
    """Return the paths a leg would run: those in its folder, or in nobody's."""
    own = LEG_FOLDERS.get(leg)
    if own:
        return [path for path in paths if Path(path).is_relative_to(own)]
    others = tuple(LEG_FOLDERS.values())
    return [
        path
        for path in paths
        if not any(Path(path.partition("::")[0]).is_relative_to(o) for o in others)
    ]


def _has_more_to_say(plan: Plan) -> bool:
    """Whether a summary follows, so that the closing line has to wait for it."""
    return len(plan.legs) > 1 or not plan.is_narrowed


def _run(leg: str, plan: Plan, *, hold: bool) -> tuple[Result, bytes]:
    started = time.monotonic()
    line = b""
    name, thirds = _parted(leg)
    try:
        with EQUIPMENT[name]() as equipment:
            say(f"\n===== {leg}: {equipment.versions}")
            command = _command(name, plan)
            equipment.environment["KEYPLATE_THIRDS"] = thirds
            if name == "postgres" and _has_sqlite(plan):
                # What touches no database runs there already.
                equipment.environment["KEYPLATE_SECOND_RUN"] = "1"
            if hold:
                status, line = run_holding_last_line(command, equipment.environment)
            else:
                status = run_directly(command, equipment.environment)
        sentence = "passed" if status == 0 else f"failed (pytest exit {status})"
    except Missing as missing:
        status, sentence = 1, f"failed: {missing}"
        say(f"\n===== {leg}: {missing}")
    seconds = time.monotonic() - started
    return Result(leg=leg, status=status, seconds=seconds, sentence=sentence), line


def _has_sqlite(plan: Plan) -> bool:
    """Whether this run has all that is on PostgreSQL on SQLite as well."""
    return plan.is_beside or ("sqlite" in plan.legs and not plan.is_narrowed)


def _command(leg: str, plan: Plan) -> list[str]:
    command = [sys.executable, "-m"]
    if plan.is_measured and leg in MEASURED:
        command += ["coverage", "run", "-m"]
    command += ["pytest", *plan.options]
    if plan.paths:
        return [*command, *_own_paths(leg, plan.paths)]
    if leg in LEG_FOLDERS:
        return [*command, LEG_FOLDERS[leg]]
    return [*command, "tests", *(f"--ignore={path}" for path in LEG_FOLDERS.values())]


def _measure() -> Result:
    started = time.monotonic()
    status = coverage_report.combine_and_show()
    sentence = "goal reached" if status == 0 else "below the goal in pyproject.toml"
    seconds = time.monotonic() - started
    return Result(leg="coverage", status=status, seconds=seconds, sentence=sentence)


def _search() -> Result:
    started = time.monotonic()
    status = evidence.search()
    sentence = "no secret was left behind" if status == 0 else "found secrets"
    seconds = time.monotonic() - started
    return Result(leg="leaks", status=status, seconds=seconds, sentence=sentence)


def _forgive_empty_legs(plan: Plan, results: list[Result]) -> None:
    """When tests were picked, a leg may have none of them, but not every leg."""
    if not plan.is_narrowed or all(result.status == NO_TESTS for result in results):
        return
    for result in results:
        if result.status == NO_TESTS:
            result.status, result.sentence = 0, "has none of the picked tests"


def _summarise(results: list[Result]) -> None:
    say("\n===== legs")
    for result in results:
        say(f"{result.leg:<16} {result.seconds:6.1f} s  {result.sentence}")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
