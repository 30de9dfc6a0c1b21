"""Rows as the SFMC rowset gives them: all texts, lower-cased names, ``""`` for null."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import msgspec

from bench.rows import BLOCK_MARKER, ROWS_PER_BLOCK, Value, block, block_digits, fields

PAGE_SIZE = 2500
_CACHED_BYTES = 512 * 2**20


def text(value: Value) -> str:
    """A value on the wire: ``True``, ``6/23/2024 1:02:03 PM``, ``12.50``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, datetime):
        hour = value.hour % 12 or 12
        half = "AM" if value.hour < 12 else "PM"
        return f"{value.month}/{value.day}/{value.year} {hour}:{value:%M:%S} {half}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


class Pages:
    """The ``items`` of pages, rendered once and kept up to half a gigabyte.

    Every data extension has the same rows, more or fewer of them, so all share the pages.

    Args:
        field_count: How many fields the rows have.
    """

    def __init__(self, field_count: int) -> None:
        self._items = _items_of_block(field_count)
        self._templates: dict[int, list[bytes]] = {}
        self._cache: dict[int, bytes] = {}
        self._cached_bytes = 0

    def items(self, rows: int, page: int, size: int, *, descending: bool = False) -> bytes:
        """Items of a page, from 1, of so many rows, joined by commas; empty past the end."""
        first = (page - 1) * size
        if size == PAGE_SIZE and not descending and first + size <= rows:
            return self._whole_page(page)
        numbers = range(first, min(first + size, rows))
        if descending:
            numbers = range(rows - 1 - first, max(rows - 1 - first - size, -1), -1)
        return b",".join(self._item(number) for number in numbers)

    def _item(self, number: int) -> bytes:
        block_number, index = divmod(number, ROWS_PER_BLOCK)
        return self._items[index].replace(_MARKER, block_digits(block_number).encode())

    def _whole_page(self, page: int) -> bytes:
        found = self._cache.get(page)
        if found is None:
            block_number, quarter = divmod(page - 1, ROWS_PER_BLOCK // PAGE_SIZE)
            template = self._templates.get(quarter)
            if template is None:
                joined = b",".join(self._items[quarter * PAGE_SIZE : (quarter + 1) * PAGE_SIZE])
                self._templates[quarter] = template = joined.split(_MARKER)
            found = block_digits(block_number).encode().join(template)
            if self._cached_bytes < _CACHED_BYTES:
                self._cache[page] = found
                self._cached_bytes += len(found)
        return found


_MARKER = BLOCK_MARKER.encode()


@lru_cache(maxsize=4)
def _items_of_block(field_count: int) -> list[bytes]:
    chosen = fields(field_count)
    keys = [(field.name.lower(), i) for i, field in enumerate(chosen) if field.primary_key]
    values = [(field.name.lower(), i) for i, field in enumerate(chosen) if not field.primary_key]
    return [
        msgspec.json.encode(
            {
                "keys": {name: text(row[i]) for name, i in keys},
                "values": {name: text(row[i]) for name, i in values},
            }
        )
        for row in block(field_count)
    ]
