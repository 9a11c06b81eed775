"""How much is tried: a little in every run, all of it when FAULT_ROUNDS says so."""

import os

ALL = 10_000
WANTED = int(os.environ.get("FAULT_ROUNDS", "0"))


def of(full: int, *, usual: int) -> int:
    """Take the share of `full` that was asked for, but no less than is usual."""
    return max(usual, full * WANTED // ALL)
