"""One client that looks keys up by their digests and does nothing else: the least there is.

    python -m bench.lookup DATABASE_URL SECONDS

Prints JSON: look-ups per second, and p50 and p99 in milliseconds.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time

import psycopg

from bench import questions
from devtools.paths import ROOT, Missing

MOST_DIGESTS = 100_000
_DIGESTS = "SELECT digest FROM apiauth_keysecret ORDER BY random() LIMIT %s"
_LOOKUP = "SELECT id, key_id, ends_at FROM apiauth_keysecret WHERE digest = %b"


def measure(url: str, seconds: int) -> dict[str, float]:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "bench.lookup", url, str(seconds)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise Missing(f"the bare look-up failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(url: str, seconds: float) -> None:
    """Look up as many digests as fit into the time."""
    with psycopg.connect(url, autocommit=True) as connection:
        digests = [row[0] for row in connection.execute(_DIGESTS, [MOST_DIGESTS])]
        unknown = questions.unknown_beside(len(digests))
        digests += [os.urandom(32) for _ in range(unknown)]
        cursor = connection.cursor(binary=True)
        waits = []
        end = time.perf_counter() + seconds
        while (started := time.perf_counter()) < end:
            cursor.execute(_LOOKUP, [random.choice(digests)], prepare=True).fetchone()
            waits.append(time.perf_counter() - started)
    hundredths = statistics.quantiles(waits, n=100)
    answer = {
        "rate": len(waits) / seconds,
        "p50": 1000 * hundredths[49],
        "p99": 1000 * hundredths[98],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
