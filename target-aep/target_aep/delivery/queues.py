"""Commits in the background: one at a time per dataset, several datasets side by side.

The order within a dataset is kept, since AEP does not promise to promote batches in the order in
which they were completed.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class CommitQueues:
    """One queue and one thread per dataset."""

    def __init__(self) -> None:
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._jobs: list[Future[None]] = []
        self._lock = threading.Lock()

    def submit(self, dataset_id: str, job: Callable[[], None]) -> None:
        """Queue a job; it must deal with its own failures."""
        with self._lock:
            if dataset_id not in self._threads:
                self._threads[dataset_id] = ThreadPoolExecutor(1, thread_name_prefix="commit")
            self._jobs.append(self._threads[dataset_id].submit(job))

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all jobs are done; return whether they are.

        Raises:
            Exception: A job failed in a way that it did not expect.
        """
        finished = wait(self._jobs, timeout=seconds)
        for job in finished.done:
            job.result()
        return not finished.not_done

    def close(self) -> None:
        """Drop jobs that have not begun, and wait for the others."""
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)
