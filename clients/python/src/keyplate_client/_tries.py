"""How often a call is tried, how long it waits, and when it is over."""

from __future__ import annotations

import enum
import random
import time

from keyplate_client.errors import Stage, Unavailable

FIRST_PAUSE = 0.05  # seconds; doubles, and is shortened at random
LONGEST_PAUSE = 1.0
LEAST_LEFT = 0.02  # seconds: with less than this a try is not worth making


class Repeat(enum.Enum):
    """After which failures a call may be sent again without harm."""

    UNSENT = frozenset([Stage.UNSENT])
    # Questions and reads change nothing; creations carry a token against doubles.
    HARMLESS = frozenset([Stage.UNSENT, Stage.BUSY, Stage.BROKEN])


class Tries:
    """The life of one call: so many tries within so many seconds, pauses included."""

    def __init__(self, repeat: Repeat, *, seconds: float, repeats: int) -> None:
        self._repeat = repeat
        self._ends_at = time.monotonic() + seconds
        self._repeats_left = repeats
        self._pause = FIRST_PAUSE

    def left(self) -> float:
        """How many seconds are left; never less than a try is worth."""
        return max(self._ends_at - time.monotonic(), LEAST_LEFT)

    def is_over(self) -> bool:
        return time.monotonic() > self._ends_at

    def pause_after(self, trouble: Unavailable) -> float:
        """How many seconds to wait before trying again; raises `trouble` if over."""
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        pause = max(pause, trouble.retry_after or 0)
        would_begin_at = time.monotonic() + pause
        is_over = would_begin_at > self._ends_at - LEAST_LEFT
        if not self._repeats_left or trouble.stage not in self._repeat.value or is_over:
            raise trouble
        self._repeats_left -= 1
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return pause
