"""The files that a batch leaves in the lake: Parquet, with two columns of the system's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

BATCH_COLUMN = "_batch_id"
ROW_COLUMN = "_row"


@dataclass(frozen=True)
class Written:
    """What a batch left in the lake."""

    rows: int
    bytes: int
    files: int


class LakeWriter:
    """Writes tables one after the other; a table with other columns than the last one begins a new file."""

    def __init__(self, directory: Path) -> None:
        """Write below `directory`, which must not exist yet."""
        directory.mkdir(parents=True)
        self._directory = directory
        self._writer: pq.ParquetWriter | None = None
        self._files = 0
        self._rows = 0

    def close(self) -> None:
        """Finish the last file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def write(self, table: pa.Table) -> None:
        """Append a table."""
        if self._writer is not None and not self._writer.schema.equals(table.schema):
            self.close()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._directory / f"part-{self._files:05d}.parquet", table.schema)
            self._files += 1
        self._writer.write_table(table)
        self._rows += table.num_rows

    def written(self) -> Written:
        """Return what there is now, measured on the files."""
        self.close()
        sizes = [each.stat().st_size for each in self._directory.iterdir()]
        return Written(self._rows, sum(sizes), len(sizes))
