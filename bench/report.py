"""docs/performance.md, made from the results that are kept."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from bench import goals, sections
from bench.goals import GOALS, Goal
from bench.results import Result, Results, Spread
from bench.sections import PAGES, SECTIONS
from devtools.paths import ROOT

PAGE = ROOT / "docs" / "performance.md"
INTRODUCTION = """\
# Performance

How fast the gateway decides, beside two other ways to verify API keys, on one machine and
in one run. Made by `./dev bench report` from the results in `bench/results/`; do not edit.

## Goals

The floor has to hold; the goal is where we are going."""
HOW = """\
## How it is measured

- **Real servers**, each as it would run in production, on loopback: the load, the servers
  and PostgreSQL share the machine. Rates of different days or machines cannot be compared.
  What counts is the **ratio within one run**: in every round each target is loaded once,
  in shuffled order, and a ratio is the median of the rounds' ratios, least and most beside
  it. **CPU time of a verdict**, from `/proc`, is what noise disturbs least.
- **Keyplate** runs by the command of its image, two workers, PostgreSQL. It does all it
  ever does: asks for the gateway key, checks permissions, counts a limit that is never
  reached, and writes each decision to the log, committed to disk before it is answered.
  After every load the rows of the log must be as many as the answers.
- **djangorestframework-api-key** runs at the fastest setting we found: granian, two workers,
  one thread each, connections that stay open. It knows no limit and writes no log.
- **better-auth** with its API-key plug-in runs on Node's own server, two processes. It writes
  the time of use with every check, and no log. With its own rate limit it has a row of its
  own.
- Everybody has as many keys, asked for at random over kept-alive connections by one
  thread of [wrk](https://github.com/wg/wrk). One key in ten is unknown: well-formed, but
  stored nowhere. Of five million keys 200 000 are asked for, spread over all. Before a
  target is loaded it has to let a good key pass and refuse an unknown one. To Keyplate
  each request names some customer's address, as a host would.
- PostgreSQL is the same for all: one server, reached by its socket, `fsync` on,
  `shared_buffers` a quarter of the memory. As in one that has run for a day, the files
  of its write-ahead log are there already and used anew. Where five million keys are
  asked for, everybody was asked for a minute before: what is asked for has been read,
  and most pages have been written since the last checkpoint, after which the first
  change of each is logged as a whole page.
- Against us: their requests are smaller than our JSON, and they record nothing. For us:
  nobody speaks TLS, and all keys fit into memory."""
AGAIN = """\
## Measure it yourself

```sh
./dev bench verify            # everything above but the pages over much data
./dev bench verify --quick    # a little of everything, to see whether it runs
./dev bench scale
./dev bench report            # writes this page
```

A run sets up what it needs: wrk from Debian's packages, the peers from their locks, a
PostgreSQL of its own. It takes the keys in the clear away with everything else when it
ends. Leave the machine alone meanwhile: above a load of 1 the ratios come out smaller."""


def page(results: Results) -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, _table_of_goals(results), HOW]
    parts += [
        f"## {_title(results[name])}\n\n{section(results[name])}"
        for name in (*SECTIONS, PAGES, goals.SCALE, goals.RACES)
        if name in results
    ]
    parts.append(_machines(results) if results else "No result is kept yet.")
    return "\n\n".join([*parts, AGAIN]) + "\n"


def section(result: Result) -> str:
    """Return one section's tables, with the day and the machine."""
    parts = [_circumstances(result)]
    if result.samples:
        parts.append(_table_of_samples(result))
    if result.figures:
        parts.append(_table_of_figures(result))
    for lack in dict.fromkeys(result.missing.values()):
        lacking = [
            sections.named(n) for n, why in result.missing.items() if why == lack
        ]
        parts.append(f"**Lacking** in {'; '.join(lacking)}: {lack}.")
    return "\n\n".join(parts)


def _title(result: Result) -> str:
    about = _ABOUT.get(result.what) or sections.about(result.what)
    return about[0].upper() + about[1:]


def _table_of_goals(results: Results) -> str:
    rows = [
        (
            goal.what,
            _bound(goal, goal.floor),
            _bound(goal, goal.goal),
            _measured(goal, results),
            str(goal.verdict(results)),
            goal.how,
        )
        for goal in GOALS
    ]
    return _table(("what", "floor", "goal", "measured", "verdict", "how"), rows)


def _bound(goal: Goal, bound: float) -> str:
    if bound == 0:
        return "0"
    return f"{'≥' if goal.is_more_better else '≤'} {goals.written(bound, goal.unit)}"


def _measured(goal: Goal, results: Results) -> str:
    figure = goal.measure(results)
    return "" if figure is None else goals.written(figure, goal.unit)


def _circumstances(result: Result) -> str:
    said = [result.date, f"load before the run {result.load1:.1f}"]
    said += [f"{name.replace('_', ' ')} {n}" for name, n in result.settings.items()]
    return f"{'; '.join(said)}."


def _machines(results: Results) -> str:
    """Describe each machine once, with the versions that were on it."""
    found = {tuple(result.machine.items()): result for result in results.values()}
    lines = [f"- {_described(result)}" for result in found.values()]
    return "\n".join(["## Machine and versions", "", *lines])


def _described(result: Result) -> str:
    facts = dict(result.machine)
    cpu, cores, memory, kernel = (
        facts.pop(name) for name in ("cpu", "cores", "memory", "kernel")
    )
    versions = ", ".join(f"{name} {version}" for name, version in facts.items())
    return f"{cpu}, {cores} cores, {memory}, Linux {kernel}; {versions}"


def _table_of_samples(result: Result) -> str:
    base = SECTIONS[result.what].base
    heads = ("", "verdicts/s", f"over {sections.named(base)}", "p50 ms", "p99 ms")
    rows = list(_rows_of_samples(result, base))
    return _table((*heads, "server µs", "PostgreSQL µs"), rows)


def _rows_of_samples(result: Result, base: str) -> Iterator[tuple[str, ...]]:
    for target in result.samples:
        columns = ("rate", "p50", "p99", "server_us", "database_us")
        medians = [_median(result, target, column) for column in columns]
        ratio = result.ratio(target, base, attrgetter("rate"))
        yield (
            sections.named(target),
            f"{medians[0]:.0f}",
            _spread(ratio),
            *(f"{median:.3g}" if median else "" for median in medians[1:3]),
            *(f"{median:.0f}" if median else "" for median in medians[3:]),
        )


def _median(result: Result, target: str, column: str) -> float:
    spread = result.spread(target, attrgetter(column))
    return spread.median if spread else 0.0


def _spread(ratio: Spread | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio.median:.2f} ({ratio.least:.2f}..{ratio.most:.2f})"


def _table_of_figures(result: Result) -> str:
    rows = [
        (_FIGURES.get(name, name.replace("_", " ")), f"{figure:.3g}")
        for name, figure in result.figures.items()
    ]
    return _table(("what", "figure"), rows)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_ABOUT = {
    PAGES: "what the desk weighs",
    goals.SCALE: "pages over much data",
    goals.RACES: "races and kills",
}
_FIGURES = {
    "scripts_kib": "scripts, KiB",
    "styles_kib": "styles, KiB",
    "first_load_kib": "both, KiB",
    "files": "files",
    "later_kib": "what later screens add when they are asked for, KiB",
    "usual_key_page_ms": "the desk's list for an owner with 50 keys, ms",
    "key_page_ms": "the desk's list for an owner with 10 000, slowest page, ms",
    "api_key_page_ms": "the API's list for the same owner, slowest page, ms",
    "chart_ms": "that owner's chart of 30 days, ms",
}
