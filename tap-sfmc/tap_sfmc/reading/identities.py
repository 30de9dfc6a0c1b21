"""Which rows were read, eight bytes a row: to prove a reading complete, or to repair one.

A row is known by a hash of its primary key, a version of a row by a hash that takes in the
replication key too. Beyond a million, the hashes go to a file.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left, bisect_right
from itertools import compress, product
from typing import TYPE_CHECKING, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from tap_sfmc.reading.digest import digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IN_MEMORY = 1 << 20
_BYTES = 8
_MOST_DATES = 6
"""Dates of a row that are tried with and without rounding; each one more takes twice the time."""


class Identities:
    """The identities of rows, in the order they came.

    Args:
        names: Fields that identify a row; none for the whole row.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._recent = array("q")
        self._file: BinaryIO | None = None
        self._in_file = 0

    def __len__(self) -> int:
        return self._in_file + len(self._recent)

    def of(self, rows: pa.RecordBatch) -> list[int]:
        """One number per row. The same only within this process, since Python's hash is salted."""
        if not self.names:
            return [hash(digest) for digest in digests(rows)]
        columns = [rows.column(name) for name in self.names]
        lists = [
            (pc.cast(column, pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
            for column in columns
        ]
        return list(map(hash, lists[0] if len(lists) == 1 else zip(*lists, strict=True)))

    def add(self, rows: pa.RecordBatch, identities: Sequence[int] | None = None) -> Sequence[int]:
        """Note rows, and return their identities, which need not be found out if they are given."""
        found = self.of(rows) if identities is None else identities
        self._recent.extend(found)
        if len(self._recent) >= _IN_MEMORY:
            if self._file is None:
                self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as this
            self._file.seek(self._in_file * _BYTES)
            self._recent.tofile(self._file)
            self._in_file += len(self._recent)
            self._recent = array("q")
        return found

    def repeated(self) -> int:
        """How many rows have the identity of another one."""
        parts = 1
        while parts * _IN_MEMORY < len(self):
            parts *= 2
        return len(self) - sum(self._distinct(part, parts) for part in range(parts))

    def blocks(self) -> Iterator[pa.Array]:
        """All of them, in blocks of bounded size."""
        for start in range(0, self._in_file, _IN_MEMORY):
            file = cast("BinaryIO", self._file)
            file.seek(start * _BYTES)
            content = file.read(min(_IN_MEMORY, self._in_file - start) * _BYTES)
            yield pa.Array.from_buffers(pa.int64(), len(content) // _BYTES, [None, pa.py_buffer(content)])
        content = self._recent.tobytes()
        yield pa.Array.from_buffers(pa.int64(), len(self._recent), [None, pa.py_buffer(content)])

    def close(self) -> None:
        """Drop the file."""
        if self._file:
            self._file.close()

    def _distinct(self, part: int, parts: int) -> int:
        """Distinct ones among those that fall to one of so many parts, a power of two.

        Neighbours in order are compared: a million take 17 MB so, and 430 MB by ``count_distinct``.
        """
        blocks = [
            block if parts == 1 else block.filter(pc.equal(pc.bit_wise_and(block, parts - 1), part))
            for block in self.blocks()
        ]
        values = pa.chunked_array(blocks, pa.int64()).combine_chunks()
        ordered = values.take(pc.sort_indices(values))
        changes = int(pc.not_equal(ordered[1:], ordered[:-1]).true_count)
        return changes + 1 if len(ordered) else 0


class Known:
    """Tells the rows that former readings of this run gave from those that are new.

    Args:
        former: What they gave.
        seconds: How many seconds a date of a former reading may be off, or 0: SOAP rounds to the
            second, and REST drops the rest, so by SOAP a date may be one second later.
    """

    def __init__(self, former: Identities, seconds: int = 0) -> None:
        self._identities = former
        self._seconds = seconds
        values = pa.chunked_array(list(former.blocks()), pa.int64()).combine_chunks()
        ordered = values.take(pc.sort_indices(values))
        self._values = memoryview(ordered.buffers()[1]).cast("q")[: len(ordered)]
        self._taken = None if former.names else array("q", bytes(_BYTES * len(ordered)))

    def new(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that are new."""
        unknown = list(range(rows.num_rows))
        for form in self._forms(rows):
            identities = self._identities.of(form)
            unknown = [place for place in unknown if not self._has(identities[place])]
            if not unknown:
                break
        return rows if len(unknown) == rows.num_rows else rows.take(pa.array(unknown, pa.int64()))

    def _forms(self, rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The rows as they are, and with each choice of their dates as the other interface has them."""
        names = self._identities.names or rows.schema.names
        dates = [name for name in names if pa.types.is_timestamp(rows.schema.field(name).type)]
        dates = dates[:_MOST_DATES] if self._seconds else []
        for choice in product((False, True), repeat=len(dates)):
            form = rows
            for name in compress(dates, choice):
                form = _shifted(form, name, self._seconds)
            yield form

    def _has(self, value: int) -> bool:
        first = bisect_left(self._values, value)
        if first == len(self._values) or self._values[first] != value:
            return False
        if self._taken is None:
            return True
        # Rows without primary key may be alike: as many are known as there were.
        self._taken[first] += 1
        return self._taken[first] <= bisect_right(self._values, value, lo=first) - first


def _shifted(rows: pa.RecordBatch, name: str, seconds: int) -> pa.RecordBatch:
    column = rows.column(name)
    moved = pc.cast(pc.add(pc.cast(column, pa.int64()), seconds), column.type)
    return rows.set_column(rows.schema.get_field_index(name), name, moved)
