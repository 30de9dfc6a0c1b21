"""Reading an uploaded Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from emulator.aep.ingestion.constraints import Checker
from emulator.aep.ingestion.conversion import Converter
from emulator.aep.ingestion.problems import BatchFailure, RowErrors
from emulator.aep.ingestion.rows import FileRows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.aep.ingestion.rows import LoadRules
    from emulator.aep.ingestion.xdm import XdmField

_MAGIC = b"PAR1"
_GROUP_ROWS = 200_000


def read(path: Path, name: str, root: XdmField, rules: LoadRules) -> Iterator[FileRows]:
    """Yield the rows of a Parquet file, some row groups at a time.

    Raises:
        BatchFailure: for a file that is not Parquet, for a column that the schema does not have, and for one
            whose type cannot become the field's.
    """
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid:
        raise not_parquet(path, name) from None
    number = 0
    with file:
        try:
            for batch in file.iter_batches(batch_size=_GROUP_ROWS):
                table = pa.Table.from_batches([batch])
                yield _checked(table, root, rules, number)
                number += table.num_rows
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            text = f"{name} cannot be read: {error}"
            raise BatchFailure("INGEST-1401-400", text) from None
        if number == 0:
            yield _checked(file.schema_arrow.empty_table(), root, rules, 0)


def not_parquet(path: Path, name: str) -> BatchFailure:
    """Return the failure of a file that does not end as Parquet does."""
    with path.open("rb") as file:
        tail = file.read()[-len(_MAGIC) :]
    text = (
        f"{name} is not a Parquet file. expected magic number at tail {list(_MAGIC)} but found "
        f"{[byte - 256 if byte > 127 else byte for byte in tail]}"
    )
    return BatchFailure("200", text)


def _checked(table: pa.Table, root: XdmField, rules: LoadRules, first: int) -> FileRows:
    rules.count_columns(table.schema)
    errors = RowErrors()
    rows = np.arange(first, first + table.num_rows)
    converted = Converter(errors, local_timestamps=rules.local_timestamps).table(table, root, rows)
    if converted.num_columns == 0:
        converted = pa.table({}).select([])
    Checker(errors).table(converted, root, rows)
    bad = errors.rows() - first
    good = np.setdiff1d(np.arange(table.num_rows), bad, assume_unique=True)
    loaded = converted if not len(bad) else converted.take(pa.array(good))
    originals = (
        dict(zip((bad + first).tolist(), table.take(pa.array(bad)).to_pylist(), strict=True))
        if len(bad)
        else {}
    )
    return FileRows(loaded, table.num_rows, errors, originals)
