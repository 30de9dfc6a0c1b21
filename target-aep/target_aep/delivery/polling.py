"""Waiting for AEP to decide on a batch.

COMPLETE is only a signal; what counts is a terminal status in Catalog. Nothing is promised about how
long that takes, so the waits grow and a line a minute says that we are still there.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_aep.errors import TryAgainError

if TYPE_CHECKING:
    from target_aep.aep import Batch, Catalog

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 60.0


@dataclass(frozen=True)
class Polling:
    """How patiently to wait.

    Args:
        first_seconds: The first wait; each is twice the former.
        longest_seconds: The longest wait.
        timeout_seconds: When to give up.
        stop: Set when the run is to end.
    """

    first_seconds: float = 2.0
    longest_seconds: float = 120.0
    timeout_seconds: float = 7200.0
    stop: threading.Event = field(default_factory=threading.Event)

    def until_decided(self, catalog: Catalog, batch_id: str, *, stream: str) -> Batch:
        """Wait until a completed batch has a terminal status, and return it.

        Raises:
            TryAgainError: It has none in time, or the run is to end; the next run takes it up.
        """
        began = heard = time.monotonic()
        wait = self.first_seconds
        while True:
            batch = catalog.batch(batch_id)
            if batch is not None and batch.status.is_terminal:
                return batch
            now = time.monotonic()
            status = "not listed" if batch is None else batch.status.value
            if now - began > self.timeout_seconds:
                what = f"batch {batch_id} is still {status} after {(now - began) / 60:.0f} minutes."
                raise TryAgainError(
                    what, remedy="Run again later: the next run goes on from there.", stream=stream
                )
            if now - heard >= HEARTBEAT_SECONDS:
                heard = now
                logger.info("%s: batch %s is %s since %.0f s", stream, batch_id, status, now - began)
            self.pause(min(wait, max(began + self.timeout_seconds - now, 0.01)), batch_id, stream=stream)
            wait = min(wait * 2, self.longest_seconds)

    def pause(self, seconds: float, batch_id: str, *, stream: str) -> None:
        """Wait a while; no time at all just asks whether the run is to go on.

        Raises:
            TryAgainError: The run is to end.
        """
        if self.stop.wait(seconds):
            what = f"the run was stopped before batch {batch_id} had landed."
            raise TryAgainError(what, remedy="Run again: the next run goes on from there.", stream=stream)
