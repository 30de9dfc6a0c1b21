"""A line now and then that says how far a stream is."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_sfmc.api.traffic import Traffic

_logger = logging.getLogger("tap-sfmc.progress")
_EVERY_S = 10.0


@dataclass
class Progress:
    """The progress of one stream.

    Args:
        stream: Its name.
        traffic: Counts requests and retries of the whole run.
    """

    stream: str
    traffic: Traffic
    _began: float = field(default_factory=time.monotonic)
    _shown: float = field(default_factory=time.monotonic)

    def show(self, rows: int, count: int, *, done: bool = False) -> None:
        """Say how many rows of how many were read, if it is time to."""
        now = time.monotonic()
        if not done and now - self._shown < _EVERY_S:
            return
        self._shown = now
        _logger.info(
            "%s: %s of %s rows%s, %.0f rows/s, %d requests, %d retries",
            self.stream,
            f"{rows:,}",
            f"{count:,}",
            f" ({rows / count:.0%})" if count else "",
            rows / max(now - self._began, 1e-3),
            self.traffic.requests,
            self.traffic.retries,
        )
