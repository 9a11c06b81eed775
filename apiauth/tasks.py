"""What the server does by itself, beside requests: summing up, and tidying the log.

Every process has one thread for it; of many that want to sum up at once, one does.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

from django.db import Error, connection

from apiauth import retention, usage

_log = logging.getLogger("keyplate.tasks")

TICK = 5.0
TIDY_EVERY = 3600.0
LONGEST_PAUSE = 60.0
_STOPS_WITHIN = 1.0


class Tasks:
    """The thread of one process: `start()` it once, `stop()` it before the end."""

    def __init__(self, *, tick: float = TICK, tidy_every: float = TIDY_EVERY) -> None:
        self._tick, self._tidy_every = tick, tidy_every
        self._stopping = threading.Event()
        # A daemon: a database that does not answer must not keep the process.
        self._thread = threading.Thread(
            target=self._run, name="keyplate-tasks", daemon=True
        )

    def start(self) -> None:
        """Begin. Raises `RuntimeError` when it was begun before."""
        self._thread.start()

    def stop(self) -> None:
        """End within a second, whatever the database does.

        A step that is cut off by the end of the process is as if it had never begun.
        """
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_STOPS_WITHIN)

    def _run(self) -> None:
        pause, tidied_at = self._tick, -self._tidy_every
        while not self._stopping.is_set():
            failed = not _attempt(self._roll_up)
            if time.monotonic() - tidied_at >= self._tidy_every:
                # After a failure it is tried again as soon as sums are.
                tidy_failed = not _attempt(retention.tidy)
                tidied_at = tidied_at if tidy_failed else time.monotonic()
                failed = failed or tidy_failed
            pause = min(pause * 2, LONGEST_PAUSE) if failed else self._tick
            self._stopping.wait(pause)

    def _roll_up(self) -> None:
        for _ in usage.roll_up():
            if self._stopping.is_set():
                return


def _attempt(task: Callable[[], object]) -> bool:
    """Do it with a connection of its own; tell whether the database let it."""
    try:
        with closing(connection):
            task()
    except Error as error:
        # The text of a database error may quote values; its class does not.
        _log.error("tasks.failed", extra={"error": type(error).__name__})
        return False
    return True
