"""One process of a race: it does what it is told, in all of its threads at once.

    python -m tests.races.racer THREADS

Reads orders from stdin, a JSON object a line, and answers each with a line: what
became of it in each thread.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import django
from django.conf import settings
from django.db import connection

type Order = dict[str, Any]  # Any: what a verb needs to know differs.
type Outcome = dict[str, Any]

PATIENCE = "-c lock_timeout=120000 -c statement_timeout=120000"


def main() -> None:
    """Answer orders until stdin ends."""
    threads = int(sys.argv[1])
    _prepare(threads)
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            order = json.loads(line)
            numbers = range(order.get("threads", threads))
            gate = threading.Barrier(len(numbers))
            jobs = [pool.submit(_run, order, number, gate) for number in numbers]
            sys.stdout.write(json.dumps([job.result() for job in jobs]) + "\n")
            sys.stdout.flush()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


def _prepare(threads: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    options = cast("dict[str, object]", settings.DATABASES["default"]["OPTIONS"])
    if "pool" in options:
        # Every thread shall reach the database at once and wait for its turn there.
        options["pool"] = {"min_size": 1, "max_size": threads + 1, "timeout": 60}
        options["options"] = PATIENCE
    django.setup()


def _run(order: Order, number: int, gate: threading.Barrier) -> Outcome:
    from tests.races import verbs  # noqa: PLC0415 - needs the apps to be ready

    verb: Callable[..., object] = getattr(verbs, order["verb"])
    facts = {
        name: value.format(n=f"{os.getpid()}-{number}")
        if isinstance(value, str)
        else value
        for name, value in order["facts"].items()
    }
    gate.wait(60)
    time.sleep(max(0.0, order["at"] - time.monotonic()))
    return verbs.outcome(verb, facts)


if __name__ == "__main__":
    main()
