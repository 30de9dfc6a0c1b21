"""The present time as the server has it: this machine's, off by the switch ``{cloud}.clock_skew_seconds``.

One process serves one cloud, so there is one server's clock.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_skew: list[Callable[[], float]] = [lambda: 0.0]


def off_by(read: Callable[[], float]) -> None:
    """Take the seconds by which the server's clock is ahead from ``read``, now and whenever it is asked."""
    _skew[0] = read


def now() -> float:
    """Seconds since 1970."""
    return time.time() + _skew[0]()


def http_date() -> bytes:
    """The value of a ``Date`` header."""
    return formatdate(now(), usegmt=True).encode()
