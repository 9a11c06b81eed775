"""Scripts of Node against a served Keyplate, and what they tell."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NODE = shutil.which("node") or "node"
MOST_SECONDS = 60
# What a script tells, by name.
type Told = dict[str, Any]


def run(
    script: str,
    *,
    given: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Told:
    """Run a script of this folder; returns the JSON that it printed."""
    done = subprocess.run(
        [NODE, script],
        cwd=FOLDER,
        input=json.dumps(given or {}).encode(),
        env={"PATH": os.environ["PATH"], **(environment or {})},
        capture_output=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def refusal(seen: Told) -> tuple[str, int]:
    """How the SDK read a refusal: its class and status; the sentence must be ours."""
    # The SDK's own, for a body that it cannot read, have no full stop.
    assert seen["message"].endswith("."), seen
    return seen["error"], seen["status"]


def answers(told: Told, *names: str) -> list[Any]:
    """What these calls answered."""
    return [told[name]["answer"] for name in names]
