"""All pages of a query, fetched concurrently and given in order.

Page 1 tells how many rows match and gives a token; pages 2 to N are fetched with it, a few ahead
of the one that is wanted. Nothing is taken on trust: what does not fit is fetched again, and what
still does not fit is a doubt that the caller must settle.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

import pyarrow as pa

from tap_sfmc.api.rowset import RowsetError
from tap_sfmc.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future, ThreadPoolExecutor
    from datetime import datetime

    from tap_sfmc.api.rowset import Page, Query, Rowset
    from tap_sfmc.values.columns import Columns

_logger = logging.getLogger("tap-sfmc.reader")
_ATTEMPTS = 3
_BYTES_AHEAD = 48 * 1024 * 1024
"""How much may be fetched before it is wanted: 2,500 rows of 300 fields are 22 MB of JSON."""
_LARGE_PAGE = 8 * 1024 * 1024


class Reading:
    """One pass over the rows of a query.

    Args:
        rowset: Where the pages are.
        query: Which rows.
        columns: Types them.
        pool: Fetches the pages.
        ahead: How many pages may be fetched before they are wanted; of large pages it is fewer.

    Attributes:
        count: Rows that match, as the server says; known after the first batch.
        rows: Rows given so far.
        server_time: The server's clock at the first page.
        doubts: Why the rows may not be those that match.
    """

    def __init__(
        self, rowset: Rowset, query: Query, columns: Columns, pool: ThreadPoolExecutor, ahead: int
    ) -> None:
        self.query = query
        self.count = 0
        self.rows = 0
        self.server_time: datetime | None = None
        self.doubts: list[str] = []
        self._rowset = rowset
        self._columns = columns
        self._pool = pool
        self._ahead = ahead
        self._token = ""
        self._size = 0
        self._page_bytes = 1
        self._last = 1
        self._lock = threading.Lock()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in the order of the pages: each page is a batch, a large one several.

        Raises:
            TapError: A page cannot be had.
        """
        yield from self._counted(self._typed(self._first_page()))
        pending: deque[Future[list[pa.RecordBatch]]] = deque()
        numbers = iter(range(2, self._last + 1))
        try:
            while True:
                while len(pending) < self._pages_ahead and (number := next(numbers, None)):
                    pending.append(self._pool.submit(self._fetch, number))
                if not pending:
                    break
                yield from self._counted(pending.popleft().result())
        finally:
            for future in pending:
                future.cancel()
        if self.rows != self.count:
            self._doubt(f"{self.rows} rows came, where the server counted {self.count}")

    def _counted(self, blocks: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        blocks.reverse()
        while blocks:
            block = blocks.pop()
            self.rows += block.num_rows
            yield block

    @property
    def _pages_ahead(self) -> int:
        """One at least, so that the network is not idle while rows are written."""
        return max(1, min(self._ahead, _BYTES_AHEAD // self._page_bytes))

    def _first_page(self) -> Page:
        for _ in range(_ATTEMPTS):
            page = self._rowset.first_page(self.query)
            if page.count == 0 or (page.items and page.count > 0):
                break
        else:
            message = (
                "The server does not say how many rows match."
                if page.count < 0
                else f"{page.count} rows are said to match, but the first page has none."
            )
            raise DataError(message)
        self.count, self._token, self._size = page.count, page.token, len(page.items)
        self._last = -(-page.count // self._size) if self._size else 1
        if self._last > 1 and self._size < self.query.page_size:
            _logger.info("%s: the server gives pages of %d rows.", self._columns.stream, self._size)
        self.server_time = page.server_time
        return page

    def _fetch(self, number: int) -> list[pa.RecordBatch]:
        """A page that has as many rows as it should, or a doubt."""
        expected = self._size if number < self._last else self.count - self._size * (self._last - 1)
        for _ in range(_ATTEMPTS):
            page = self._page(number)
            if len(page.items) == expected:
                break
            _logger.info(
                "%s: page %d has %d rows instead of %d.",
                self._columns.stream,
                number,
                len(page.items),
                expected,
            )
        else:
            self._doubt(f"page {number} has {len(page.items)} rows instead of {expected}")
        if page.count not in {self.count, -1}:
            self._doubt(f"the number of rows changed from {self.count} to {page.count}")
        return self._typed(page)

    def _page(self, number: int) -> Page:
        token = self._token
        try:
            return self._rowset.page(self.query, token, number)
        except RowsetError as error:
            _logger.info("%s: asking for a new request token, since: %s", self._columns.stream, error.what)
            self._renew(token)
            return self._rowset.page(self.query, self._token, number)

    def _renew(self, expired: str) -> None:
        """Replace a request token that is no longer accepted, unless another thread just did."""
        with self._lock:
            if self._token != expired:
                return
            page = self._rowset.first_page(self.query)
            self._token = page.token
        if not self.query.order_by:
            self._doubt("the request token expired, and without an order pages may have shifted")
        if page.count != self.count or len(page.items) != self._size:
            self._doubt(f"the request token expired, and {page.count} rows match instead of {self.count}")

    def _typed(self, page: Page) -> list[pa.RecordBatch]:
        self._page_bytes = max(self._page_bytes, page.size)
        blocks = list(self._columns.blocks(page.items, page.size))
        if page.size > _LARGE_PAGE:
            # The allocator keeps what the parser had, in pieces too small for the next page.
            page.items.clear()
            pa.default_memory_pool().release_unused()
        return blocks

    def _doubt(self, why: str) -> None:
        with self._lock:
            if why not in self.doubts:
                self.doubts.append(why)
