"""./dev bench: measure the gateway beside its peers, and write down what came of it."""

import argparse
import dataclasses
import signal
import sys
from collections.abc import Callable, Sequence

from bench import goals, report, results, runs, scale
from bench.results import Result
from bench.runs import Wanted
from bench.sections import LARGEST, LARGEST_IF_QUICK, PAGES, SECTIONS
from devtools.paths import ROOT, VAR, Missing, say

USUAL = Wanted(rounds=5, seconds=2, keys=100_000)
QUICK = Wanted(rounds=2, seconds=1, keys=5000, is_quick=True)
TRIALS = VAR / "bench" / "results"
CONTENTS = """\
What can be measured:

  ./dev bench verify   checks of keys, beside two peers; all of it takes about {minutes} minutes
  ./dev bench pages    what a browser loads to show the desk
  ./dev bench scale    pages over 5 million keys and 10 million verdicts
  ./dev bench report   write docs/performance.md from bench/results/

Leave the machine alone meanwhile. --help after a name tells its options."""
MINUTES = 15


def main(arguments: list[str]) -> int:
    """Do what is asked, or list what there is."""
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(CONTENTS.format(minutes=MINUTES))
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        say(f"./dev bench cannot measure {name!r}.\n\n{CONTENTS}")
        return 2
    try:
        return COMMANDS[name](rest)
    except Missing as missing:
        say(f"./dev bench {name}: {missing}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def verify(arguments: list[str]) -> int:
    """Measure sections of checks; non-zero when something was missing."""
    parsed = _parse_verify(arguments)
    wanted = Wanted(
        rounds=parsed.rounds or (QUICK if parsed.quick else USUAL).rounds,
        seconds=parsed.seconds or (QUICK if parsed.quick else USUAL).seconds,
        keys=parsed.keys or (QUICK if parsed.quick else USUAL).keys,
        targets=parsed.targets,
        is_quick=parsed.quick,
    )
    is_trial = bool(wanted.targets) or wanted.rounds < USUAL.rounds
    names = [name for name in parsed.only if runs.takes_place(name, wanted)]
    if not names:
        raise Missing(f"no section has a target {' or '.join(wanted.targets)}.")
    missing: dict[str, str] = {}
    failed = []
    with runs.stage(wanted.keys) as stage:
        for name in names:
            try:
                result = runs.section(stage, name, wanted)
            except Missing as trouble:  # The others can still be measured.
                say(f"{name} went wrong: {trouble}")
                failed.append(name)
            else:
                _keep(result, is_trial=is_trial)
                missing |= result.missing
    return _judge(missing, failed=failed, is_allowed=parsed.allow_missing)


def weigh(arguments: list[str]) -> int:
    """Measure what the desk weighs."""
    return verify(["--only", PAGES, *arguments])


def grow(arguments: list[str]) -> int:
    """Measure pages over much data."""
    parser = argparse.ArgumentParser(prog="./dev bench scale")
    parser.add_argument(
        "--no-log",
        action="store_true",
        help="keys alone; the log and its sums take most of the time",
    )
    _add_common(parser)
    parsed = parser.parse_args(arguments)
    keys = LARGEST_IF_QUICK if parsed.quick else LARGEST
    decisions = keys if parsed.quick else scale.DECISIONS
    decisions = 0 if parsed.no_log else decisions
    with runs.stage(keys) as stage:
        result = runs.scaled(stage, decisions=decisions)
    _keep(result, is_trial=parsed.quick)
    return _judge(result.missing, is_allowed=parsed.allow_missing)


def tell(arguments: list[str]) -> int:
    """Write the page, or with --trials print one of the trial results."""
    parser = argparse.ArgumentParser(prog="./dev bench report")
    parser.add_argument("--trials", action="store_true", help="print trials instead")
    if parser.parse_args(arguments).trials:
        print(report.page(results.newest(TRIALS)))
        return 0
    report.PAGE.write_text(report.page(results.newest()))
    say(f"Wrote docs/{report.PAGE.name}.")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "verify": verify,
    "pages": weigh,
    "scale": grow,
    "report": tell,
}


def _keep(result: Result, *, is_trial: bool) -> None:
    """Write a result down: where it counts, or where trials lie."""
    verdicts = goals.verdicts({result.what: result})
    judged = dataclasses.replace(result, verdicts=verdicts)
    path = results.write(judged, TRIALS if is_trial else results.KEPT)
    say(f"Kept {path.relative_to(ROOT)}.")
    print(report.section(judged))
    for what, verdict in verdicts.items():
        print(f"{verdict}: {what}")


def _judge(
    missing: dict[str, str], *, is_allowed: bool, failed: Sequence[str] = ()
) -> int:
    for what, lack in missing.items():
        say(f"missing: {what}: {lack}.")
    if missing and not is_allowed:
        say("What is missing was not measured; --allow-missing forgives that.")
    if failed:
        say(f"Went wrong: {', '.join(failed)}.")
    return int(bool(failed) or (bool(missing) and not is_allowed))


def _parse_verify(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench verify")
    parser.add_argument("--rounds", type=int, help=f"default {USUAL.rounds}")
    parser.add_argument(
        "--seconds",
        type=int,
        help=f"of load on a target in a round; default {USUAL.seconds}",
    )
    parser.add_argument("--keys", type=int, help=f"default {USUAL.keys}")
    parser.add_argument(
        "--targets", type=_words, default=[], help="comma list; default all"
    )
    parser.add_argument(
        "--only",
        type=_sections,
        default=[*SECTIONS, PAGES],
        metavar="SECTION",
        help=f"comma list of {', '.join([*SECTIONS, PAGES])}; default all",
    )
    _add_common(parser)
    return parser.parse_args(arguments)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"little of everything, kept in {TRIALS.relative_to(ROOT)}/",
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="end well although a target was not there",
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _sections(text: str) -> list[str]:
    names = _words(text)
    for name in names:
        if name not in (*SECTIONS, PAGES):
            raise argparse.ArgumentTypeError(f"there is no section {name}")
    return names


if __name__ == "__main__":
    # Whatever asks us to stop is heard the same way: every server has to be ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
