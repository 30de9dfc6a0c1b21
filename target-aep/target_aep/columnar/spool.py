"""The spool: a unit's XDM rows as Parquet files, until AEP has them.

Files are named by their number, so that a repeated upload replaces and never adds. They hold
customers' values: the folder is private, and whoever opened it deletes it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from target_aep.private_folder import FILE_MODE, make_private

if TYPE_CHECKING:
    from pathlib import Path

COMPRESSION = "snappy"
ROW_GROUP_BYTES = 16 * 1024 * 1024
"""In memory. Tables of wide rows are short, and as row groups each cost a quarter more to write."""


@dataclass(frozen=True)
class SpooledFile:
    """A finished file.

    Args:
        path: Where it lies.
        name: Its name within the batch.
        rows: How many rows it has.
        size: Its bytes.
    """

    path: Path
    name: str
    rows: int
    size: int


class Spool:
    """Files of one unit, written in order.

    Args:
        folder: A folder of its own.
        file_bytes: Size at which the next file begins.
    """

    def __init__(self, folder: Path, file_bytes: int) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._files: list[SpooledFile] = []
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._waiting: list[pa.Table] = []
        self._path: Path | None = None
        self._file_rows = 0
        self.rows = 0

    def append(self, table: pa.Table) -> None:
        """Write rows. Rows of another shape, after a change of schema, begin a new file."""
        if not table.num_rows:
            return
        if self._writer is not None and table.schema != self._schema:
            self._finish_file()
        if self._writer is None:
            self._begin_file(table.schema)
        self._waiting.append(table)
        self._file_rows += table.num_rows
        self.rows += table.num_rows
        if sum(each.nbytes for each in self._waiting) >= ROW_GROUP_BYTES:
            self._write_row_group()
        if self._path is not None and self._path.stat().st_size >= self._file_bytes:
            self._finish_file()

    def finish(self) -> list[SpooledFile]:
        """Close the last file and return all of them."""
        self._finish_file()
        return list(self._files)

    def keep_only(self, keep: bytearray) -> None:
        """Write the files again without some rows.

        Args:
            keep: For each row, in order, 1 to keep it and 0 to drop it.
        """
        files = self.finish()
        again = Spool(self._folder / "kept", self._file_bytes)
        start = 0
        for file in files:
            parquet = pq.ParquetFile(file.path)
            for number in range(parquet.num_row_groups):
                table = parquet.read_row_group(number)
                mask = keep[start : start + table.num_rows]
                start += table.num_rows
                again.append(table.filter(_flags(mask)))
            file.path.unlink()
        self._files = again.finish()
        self.rows = again.rows

    def delete(self) -> None:
        """Delete the files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._waiting = []
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin_file(self, schema: pa.Schema) -> None:
        make_private(self._folder)
        self._path = self._folder / f"part-{len(self._files):05}.parquet"
        self._path.touch(FILE_MODE)
        self._schema = schema
        self._writer = pq.ParquetWriter(self._path, schema, compression=COMPRESSION, store_schema=False)
        self._file_rows = 0

    def _write_row_group(self) -> None:
        if self._writer is not None and self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting = []

    def _finish_file(self) -> None:
        if self._writer is None or self._path is None:
            return
        self._write_row_group()
        self._writer.close()
        self._writer = None
        size = self._path.stat().st_size
        self._files.append(SpooledFile(self._path, self._path.name, self._file_rows, size))


def _flags(mask: bytearray) -> pa.Array:
    return pa.Array.from_buffers(pa.uint8(), len(mask), [None, pa.py_buffer(bytes(mask))]).cast(pa.bool_())
