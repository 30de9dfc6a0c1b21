"""How to leave while the tap is still writing."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

LONGEST_SECONDS = 30.0
QUIET_SECONDS = 0.2
BYTES = 1 << 20


def let_go_of_input() -> None:
    """Read on until the tap pauses or ends, and forget it.

    When its loader goes away while it writes to it, Meltano ends in a traceback of its own, under which
    the line that says why would be lost. A tap that waits for its source pauses soon.
    """
    try:
        stream = sys.stdin.fileno()
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until and select.select([stream], [], [], QUIET_SECONDS)[0]:
            if not os.read(stream, BYTES):
                return
        # Now, in the pause, and not when the interpreter is done with its own end.
        with Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), stream)
    except (AttributeError, OSError, ValueError):  # no input at all, or one that cannot be waited for
        return
