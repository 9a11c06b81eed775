"""Children that do not outlive whoever started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def dies_with(
    parent: int, number: signal.Signals = signal.SIGTERM
) -> Callable[[], None] | None:
    """Return what makes the kernel signal a child at once when its parent is gone.

    Give it to Popen as `preexec_fn`, from a process that runs one thread.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # It went before we asked.
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_the_kernel


def main() -> None:
    """Become the command after `python -m devtools.lifeline PARENT`, bound to it.

    For callers with many threads, which must not run Python between fork and exec.
    """
    if bind := dies_with(int(sys.argv[1])):
        bind()
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
