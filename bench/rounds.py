"""Rounds: every target once in each, in shuffled order, so that pairs are fair."""

import random
import time

from bench.results import Sample
from bench.stage import Stage
from bench.targets import Absent, Target
from devtools.paths import say

BREATH = 0.3  # seconds between two targets, for what the first left to do


def run(
    stage: Stage,
    names: list[str],
    *,
    rounds: int,
    seconds: int,
    connections: int,
    warm_up: int,
) -> tuple[dict[str, list[Sample]], dict[str, str]]:
    """Return each target's samples, and why targets that were not there are missing."""
    with stage.section():
        targets, missing = _present(stage, names)
        for target in targets:
            _sample(stage, target, seconds=warm_up, connections=connections)
        samples: dict[str, list[Sample]] = {target.name: [] for target in targets}
        for n in range(rounds):
            for target in random.sample(targets, len(targets)):
                found = _sample(stage, target, seconds=seconds, connections=connections)
                samples[target.name].append(found)
                say(f"  round {n + 1}: {target.name:<20} {found.rate:9.0f}/s")
                time.sleep(BREATH)
    return samples, missing


def _present(stage: Stage, names: list[str]) -> tuple[list[Target], dict[str, str]]:
    targets, missing = [], {}
    for name in names:
        try:
            target = stage.target(name)
            lack = target.prove()
            targets.append(target)
        except Absent as absent:
            lack = str(absent)
        if lack:
            missing[name] = lack
            say(f"  missing: {name}: {lack}.")
    return targets, missing


def _sample(stage: Stage, target: Target, *, seconds: int, connections: int) -> Sample:
    return target.sample(
        connections=connections, seconds=seconds, database_pid=stage.database_pid
    )
