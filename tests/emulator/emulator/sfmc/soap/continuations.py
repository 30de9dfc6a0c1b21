"""Results that a client fetches in batches: ``MoreDataAvailable``, a RequestID, ``ContinueRequest``."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from emulator.sfmc.cursors import new_token

Batch: TypeAlias = Callable[[int, int], str]
"""Writes the ``Results`` elements from a position, at most so many."""

_MAX_REQUESTS = 2_000


@dataclass(frozen=True)
class Results:
    """All results of one retrieve, of which the first ``position`` were sent."""

    total: int
    batch_size: int
    write: Batch
    position: int = 0


class Continuations:
    """The retrieves that a client may continue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[float, Results]] = OrderedDict()

    def keep(self, results: Results, life: float) -> str:
        """Remember results for ``life`` seconds under a new RequestID."""
        identifier = new_token()
        with self._lock:
            self._waiting[identifier] = (time.monotonic() + life, results)
            while len(self._waiting) > _MAX_REQUESTS:
                self._waiting.popitem(last=False)
        return identifier

    def find(self, identifier: str, *, once: bool) -> Results | None:
        """The results of a RequestID; None when it is unknown, expired, or was used and counts only once."""
        with self._lock:
            found = self._waiting.get(identifier)
            if found and once:
                del self._waiting[identifier]
        return found[1] if found and found[0] > time.monotonic() else None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
