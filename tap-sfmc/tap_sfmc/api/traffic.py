"""How many requests are made, and how fast: the tenant's budget."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from tap_sfmc.errors import TryAgainError

_MINUTE = 60.0


@dataclass
class Traffic:
    """Counts and paces the requests of all threads to one tenant.

    Args:
        per_minute: Most requests in any minute; 0 for no limit.
        per_run: Most requests in this run; 0 for no limit.
    """

    per_minute: int = 0
    per_run: int = 0
    requests: int = 0
    retries: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _not_before: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def admit(self) -> None:
        """Wait until one more request may be sent, and count it.

        Raises:
            TryAgainError: The run's requests are used up, or the run is being stopped.
        """
        while (delay := self._reserve()) > 0:
            self.sleep(delay)

    def pause(self, seconds: float) -> None:
        """Let no thread send anything for a while: the server asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is being stopped.

        Raises:
            TryAgainError: The run is being stopped.
        """
        if self._stopped.wait(seconds):
            message = "The run was stopped."
            raise TryAgainError(message, remedy="The next run goes on where the last state says.")

    def stop(self) -> None:
        """Wake all threads that wait here, and let them fail."""
        self._stopped.set()

    def count_retry(self) -> None:
        """One request will be repeated."""
        with self._lock:
            self.retries += 1

    def _reserve(self) -> float:
        """Count a request if it may be sent now, else give the seconds to wait."""
        if self._stopped.is_set():
            self.sleep(0)
        with self._lock:
            now = time.monotonic()
            if now < self._not_before:
                return self._not_before - now
            if self.per_run and self.requests >= self.per_run:
                message = f"The {self.per_run} requests of max_requests are used up."
                raise TryAgainError(message, remedy="The next run goes on where the last state says.")
            if self.per_minute:
                while self._recent and self._recent[0] <= now - _MINUTE:
                    self._recent.popleft()
                if len(self._recent) >= self.per_minute:
                    return self._recent[0] + _MINUTE - now
                self._recent.append(now)
            self.requests += 1
            return 0.0
