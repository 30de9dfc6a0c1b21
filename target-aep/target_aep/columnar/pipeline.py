"""Mapping and writing beside the reading.

The reader hands over blocks; worker threads map them (Arrow frees the interpreter meanwhile) and one
thread per run writes results in the order in which the blocks came. A few blocks may be under way;
then the reader waits, which bounds memory.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_aep.columnar.row_mapper import MappedRows

MAPPERS = 2
BLOCKS_UNDER_WAY = 4


class Workshop:
    """The threads, shared by all streams of a run."""

    def __init__(self) -> None:
        self.mappers = ThreadPoolExecutor(MAPPERS, thread_name_prefix="map")
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self.room = threading.BoundedSemaphore(BLOCKS_UNDER_WAY)

    def close(self) -> None:
        """End the threads; what has not begun is dropped."""
        self.mappers.shutdown(cancel_futures=True)
        self.writer.shutdown(cancel_futures=True)


class Pipeline:
    """The blocks of one unit.

    Args:
        workshop: The threads.
        write: Takes what each block became, in order.
    """

    def __init__(self, workshop: Workshop, write: Callable[[MappedRows], None]) -> None:
        self._workshop = workshop
        self._write = write
        self._written: list[Future[None]] = []
        self._dropped = False

    def submit(self, map_block: Callable[[], MappedRows]) -> None:
        """Hand over a block; waits while too many are under way.

        Raises:
            Exception: Whatever an earlier block failed with.
        """
        self._raise_failure()
        self._workshop.room.acquire()
        try:
            mapped = self._workshop.mappers.submit(map_block)
            written = self._workshop.writer.submit(self._take, mapped)
        except BaseException:
            self._workshop.room.release()
            raise
        written.add_done_callback(lambda _: self._workshop.room.release())
        self._written.append(written)

    def drain(self) -> None:
        """Wait until all blocks are written.

        Raises:
            Exception: Whatever a block failed with.
        """
        written, self._written = self._written, []
        for each in written:
            each.result()

    def drop(self) -> None:
        """Wait for what is under way and forget it, failures included."""
        self._dropped = True
        written, self._written = self._written, []
        for each in written:
            each.cancel()
            each.exception() if not each.cancelled() else None

    def _take(self, mapped: Future[MappedRows]) -> None:
        result = mapped.result()
        if not self._dropped:
            self._write(result)

    def _raise_failure(self) -> None:
        while self._written and self._written[0].done():
            self._written.pop(0).result()
