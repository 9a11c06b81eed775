"""Pages over a database as a large product would have it."""

import json
import subprocess
import sys
from importlib.util import find_spec

from bench.stage import Stage
from bench.stocks import Stock
from devtools.paths import ROOT, Missing, say

DECISIONS = 10_000_000
# Fills the log of decisions: `python -m bench.fill_decisions APP_ID ROWS`.
FILLER = "bench.fill_decisions"


def measure(stage: Stage, *, decisions: int) -> tuple[dict[str, float], dict[str, str]]:
    """Return times in milliseconds, and what could not be measured.

    Without `decisions` the log stays empty, and there is no chart to be measured.
    """
    stock = stage.stock()
    missing = {}
    if not decisions:
        missing["chart"] = "the log was left empty"
    elif find_spec(FILLER) is None:
        missing["chart"] = f"there is no {FILLER} to fill the log"
    else:
        say(f"Filling the log with {decisions} decisions ...")
        _run([FILLER, stock.app_id, str(decisions)], stock)
    times: dict[str, float] = json.loads(_run(["bench.depths", stock.app_id], stock))
    return times, missing


def _run(arguments: list[str], stock: Stock) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=ROOT,
        env=stock.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Missing(f"{arguments[0]} failed; see above.")
    return done.stdout
