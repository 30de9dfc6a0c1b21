"""Keeping only the last version of each key of a unit, on disk.

Which of several versions of a record in one batch wins is not defined for Profile and relational data,
so only the last one is sent: the greatest replication key, then the last to come. History keeps all.

Keys are noted beside the spool, spread over partitions by a checksum, so that a pass over them holds one
partition in memory at a time. Then the spool is written again without the rows that lost.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.private_folder import FILE_MODE, make_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PARTITIONS = 32
SEPARATOR = "\x1f"
NULL = "\x00"
COMPARABLE = (pa.int64(), pa.float64(), pa.timestamp("us", "UTC"), pa.timestamp("us"))


class LastVersions:
    """Notes the keys of rows as they come, and tells at the end which rows are not the last of theirs.

    Args:
        folder: A folder of its own.
        key_paths: Dotted paths of the fields that identify a row, in the tables that come.
    """

    def __init__(self, folder: Path, key_paths: Sequence[str]) -> None:
        self._folder = folder
        self._paths = [path.split(".") for path in key_paths]
        self._writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self._rows = 0

    def note(self, table: pa.Table, order: pa.ChunkedArray | None) -> None:
        """Note rows.

        Args:
            table: Valid XDM rows, in the order in which they came.
            order: Their replication keys; None where the stream has none.
        """
        if not table.num_rows:
            return
        keys = _keys(table, self._paths)
        place = pa.array(range(self._rows, self._rows + table.num_rows), pa.int64())
        order = pa.nulls(table.num_rows, pa.string()) if order is None else order.cast(pa.string())
        noted = pa.table({"key": keys, "order": order, "place": place})
        checksums = [zlib.crc32(key.encode()) % PARTITIONS for key in keys.to_pylist()]
        self._rows += table.num_rows
        partition = pa.array(checksums, pa.uint8())
        for number in set(checksums):
            self._writer(number, noted.schema).write_table(noted.filter(pc.equal(partition, number)))

    def losers(self) -> tuple[int, bytearray]:
        """Return how many rows are superseded, and for each row a byte: 1 to keep it, 0 to drop it."""
        keep = bytearray(b"\x01") * self._rows
        dropped = 0
        for number, writer in self._writers.items():
            writer.close()
            with pa.OSFile(str(self._path(number))) as file:
                noted = pa.ipc.open_stream(file).read_all()
            for place in _superseded(noted).to_pylist():
                keep[place] = 0
                dropped += 1
        self._writers = {}
        return dropped, keep

    def close(self) -> None:
        """Close the files; whoever owns the folder deletes them."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _writer(self, number: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        if number not in self._writers:
            make_private(self._folder)
            path = self._path(number)
            path.touch(FILE_MODE)
            self._writers[number] = pa.ipc.new_stream(pa.OSFile(str(path), "wb"), schema)
        return self._writers[number]

    def _path(self, number: int) -> Path:
        return self._folder / f"keys-{number:02}.arrow"


def _keys(table: pa.Table, paths: Sequence[Sequence[str]]) -> pa.ChunkedArray:
    """One text per row from all parts of its key. A part that is missing is a value as any other."""
    parts = [pc.fill_null(_column(table, path).cast(pa.string()), NULL) for path in paths]
    return pc.binary_join_element_wise(*parts, SEPARATOR)


def _column(table: pa.Table, path: Sequence[str]) -> pa.ChunkedArray:
    column = table.column(path[0])
    for name in path[1:]:
        column = pc.struct_field(column, name)
    return column


def _superseded(noted: pa.Table) -> pa.Array:
    """Places of the rows of a partition that a later version of their key supersedes.

    In the order of keys and versions such a row is followed by one of its key. (Grouping by key tells
    the same, and takes 180 MB for a partition of ten million rows instead of 60.)
    """
    order = _comparable(noted["order"])
    # Rows without a replication key come first, whatever Arrow does with nulls by default.
    ranked = noted.set_column(1, "order", order).append_column("ordered", pc.is_valid(order))
    by = [(name, "ascending") for name in ("key", "ordered", "order", "place")]
    ranked = ranked.select(["key", "place"]).take(pc.sort_indices(ranked, by)).combine_chunks()
    keys, places = ranked["key"], ranked["place"]
    return places[:-1].filter(pc.equal(keys[1:], keys[:-1]))


def _comparable(order: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts of numbers or of times as such, so that they compare by value; other texts as they are."""
    casts = (_cast(order, kind) for kind in COMPARABLE)
    return next((column for column in casts if column is not None), order)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return None
