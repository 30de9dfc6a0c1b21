"""Work that happens a while after the request that caused it, on threads of its own."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("uvicorn.error")
_WORKERS = 2


class Schedule:
    """Runs functions after a delay. Functions due at the same time run side by side, in no promised order."""

    def __init__(self) -> None:
        """Start the clock's thread; it ends with the process."""
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._running = 0
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="promotion")
        threading.Thread(target=self._loop, name="schedule", daemon=True).start()

    def after(self, seconds: float, function: Callable[[], None]) -> None:
        """Run `function` once, `seconds` from now."""
        with self._condition:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), function))
            self._condition.notify_all()

    def drop_all(self) -> None:
        """Forget what is not due yet, and wait for what is running."""
        with self._condition:
            self._due.clear()
            while self._running:
                self._condition.wait()
                self._due.clear()

    def _loop(self) -> None:
        while True:
            with self._condition:
                while not self._due or self._due[0][0] > time.monotonic():
                    timeout = self._due[0][0] - time.monotonic() if self._due else None
                    self._condition.wait(timeout)
                function = heapq.heappop(self._due)[2]
                self._running += 1
            self._pool.submit(self._run, function)

    def _run(self, function: Callable[[], None]) -> None:
        try:
            function()
        except Exception:  # noqa: BLE001 - nobody waits for this work; the log is where its failure is seen
            _LOG.exception("work in the background failed")
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()
