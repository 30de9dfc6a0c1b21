"""The ``items`` of rowset pages as JSON text.

A row is rendered once with a comma behind it; a page is then one piece of an Arrow string buffer. Row sets of
most of a large data extension are rendered as a whole when a client asks for a second page, so that the other
pages cost next to nothing.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa

from emulator.sfmc import wire

if TYPE_CHECKING:
    from emulator.sfmc.cursors import Cursor, Located
    from emulator.sfmc.data_extensions import Field
    from emulator.sfmc.store import Rows

_CACHE_BYTES = 1_000_000_000
_STRETCH = 50_000
_WORTH_KEEPING_ROWS = 5_000


class ItemWriter:
    """Writes pages, and keeps what was rendered of large data extensions until their next change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rendered: OrderedDict[str, tuple[Rows, pa.Array]] = OrderedDict()

    def page(self, cursor: Cursor, located: Located, *, masked: bool, reuse: bool) -> bytes:
        """The located rows as JSON objects joined by commas.

        Args:
            cursor: The row set.
            located: Rows of it, at least one.
            masked: Show encrypted values as asterisks.
            reuse: More pages will follow.
        """
        everything = cursor.fields == cursor.data_extension.fields
        large = cursor.count > max(_WORTH_KEEPING_ROWS, len(located.rows.keys) // 2)
        if reuse and everything and large and not masked:
            return _content(located.of(self._whole(cursor, located.rows)))
        return _content(_render(cursor.fields, located.table(), masked=masked))

    def _whole(self, cursor: Cursor, rows: Rows) -> pa.Array:
        name = cursor.data_extension.object_id
        with self._lock:
            kept = self._rendered.get(name)
            if kept is None or kept[0] is not rows:
                with ThreadPoolExecutor(2) as pool:
                    stretches = list(
                        pool.map(
                            lambda start: _stretch(cursor.fields, rows.table.slice(start, _STRETCH)),
                            range(0, len(rows.keys), _STRETCH),
                        )
                    )
                kept = self._rendered[name] = (rows, pa.concat_arrays(stretches))
            self._rendered.move_to_end(name)
            while len(self._rendered) > 1 and self._size() > _CACHE_BYTES:
                self._rendered.popitem(last=False)
            return kept[1]

    def _size(self) -> int:
        return sum(items.nbytes for _, items in self._rendered.values())


def _stretch(fields: tuple[Field, ...], table: pa.Table) -> pa.Array:
    """Rendered rows that may together be longer than 2 GB."""
    return _render(fields, table, masked=False).cast(pa.large_string())


def _render(fields: tuple[Field, ...], table: pa.Table, *, masked: bool) -> pa.Array:
    """Each row as ``{"keys": {...}, "values": {...}},``."""
    parts: list[pa.Array | str] = []
    keys = [each for each in fields if each.is_primary_key]
    others = [each for each in fields if not each.is_primary_key]
    for opening, group, closing in (('{"keys":{', keys, '},"values":{'), ("", others, "}},")):
        parts.append(opening)
        for number, each in enumerate(group):
            text = wire.render(wire.one_array(table.column(each.name)), each, masked=masked)
            if each.type.is_text:
                text = wire.escape_json(text)
            name = json.dumps(each.name.lower(), ensure_ascii=False)
            parts += [f'{"," * bool(number)}{name}:"', text.fill_null(""), '"']
        parts.append(closing)
    return wire.join(parts, table.num_rows)


def _content(items: pa.Array) -> bytes:
    """The texts of an array behind each other, without the last comma."""
    return wire.text_bytes(items)[:-1]
