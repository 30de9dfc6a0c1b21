"""Rows as the SFMC rowset gives them: all texts, lower-cased names, ``""`` for null."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

import msgspec

from bench.rows import (
    BLOCK_MARKER,
    DAY_MARKER,
    ROWS_PER_BLOCK,
    TimeOfDay,
    Value,
    block,
    block_day,
    block_digits,
    fields,
)

PAGE_SIZE = 2500
_CACHED_BYTES = 512 * 2**20


def text(value: Value) -> str:
    """A value on the wire: ``True``, ``6/23/2024 1:02:03 PM``, ``12.50``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, datetime):
        return f"{_day(value)} {_time(value.time())}"
    if isinstance(value, TimeOfDay):
        return f"{DAY_MARKER} {_time(value.as_time)}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _day(value: date) -> str:
    return f"{value.month}/{value.day}/{value.year}"


def _time(value: time) -> str:
    return f"{value.hour % 12 or 12}:{value:%M:%S} {'AM' if value.hour < 12 else 'PM'}"


class Pages:
    """The ``items`` of pages, rendered once and kept up to half a gigabyte.

    Every data extension has the same rows, more or fewer of them, so all share the pages.

    Args:
        field_count: How many fields the rows have.
    """

    def __init__(self, field_count: int) -> None:
        self._items = _items_of_block(field_count)
        self._templates: dict[int, bytes] = {}
        self._cache: dict[int, bytes] = {}
        self._cached_bytes = 0

    def prepare(self, rows: int) -> None:
        """Make the pages of so many rows before a client waits for them, as far as they are kept."""
        for page in range(rows // PAGE_SIZE):
            if self._cached_bytes >= _CACHED_BYTES:
                return
            self._whole_page(page)

    def items(self, rows: range, page: int, size: int, *, descending: bool = False) -> bytes:
        """Items of a page, from 1, of these rows, joined by commas; empty past the end."""
        numbers = (rows[::-1] if descending else rows)[(page - 1) * size : page * size]
        if len(numbers) == PAGE_SIZE and numbers.step == 1 and numbers.start % PAGE_SIZE == 0:
            return self._whole_page(numbers.start // PAGE_SIZE)
        return b",".join(self._item(number) for number in numbers)

    def _item(self, number: int) -> bytes:
        block_number, index = divmod(number, ROWS_PER_BLOCK)
        return _rendered(self._items[index], block_number)

    def _whole_page(self, page: int) -> bytes:
        found = self._cache.get(page)
        if found is None:
            block_number, quarter = divmod(page, ROWS_PER_BLOCK // PAGE_SIZE)
            template = self._templates.get(quarter)
            if template is None:
                template = b",".join(self._items[quarter * PAGE_SIZE : (quarter + 1) * PAGE_SIZE])
                self._templates[quarter] = template
            found = _rendered(template, block_number)
            if self._cached_bytes < _CACHED_BYTES:
                self._cache[page] = found
                self._cached_bytes += len(found)
        return found


def _rendered(template: bytes, block_number: int) -> bytes:
    day = _day(block_day(block_number)).encode()
    return template.replace(DAY_MARKER.encode(), day).replace(
        BLOCK_MARKER.encode(), block_digits(block_number).encode()
    )


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
