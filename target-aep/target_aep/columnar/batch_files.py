"""BATCH files: opened as tables with the columns of the stream's SCHEMA.

Parquet files may hold dates, decimals and dictionaries; they become what the same row would have been
as a RECORD. Gzipped JSON Lines are blocks of records. A manifest may only name files below the
allowed roots. The files are deleted by their owner, which is the target once their rows are committed.
"""

from __future__ import annotations

import gzip
import posixpath
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import fsspec
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from target_aep.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from target_aep.columnar.singer_schema import SourceSchema

ROWS_PER_TABLE = 24_576
BYTES_PER_TABLE = 20 * 1024 * 1024
"""With 16,384 rows memory is 10 MB less and CPU 3 % more; with 16 MB and 300 fields, 30 MB and 10 %."""
BYTES_PER_BLOCK = 8 * 1024 * 1024
_LEAST_BYTES_PER_VALUE = 8
_SECONDS = pa.timestamp("s", "UTC")
_FIRST, _LAST = pa.scalar(-62_135_596_800, _SECONDS), pa.scalar(253_402_300_799, _SECONDS)
"""The first and the last second of the years 1 to 9999."""


class BatchFiles:
    """Opens and deletes files that BATCH messages name.

    Args:
        roots: Folders or URLs below which they may lie.
    """

    def __init__(self, roots: Sequence[str]) -> None:
        self._roots = [_located(root) for root in roots]

    def tables(
        self, url: str, schema: SourceSchema, moments: frozenset[str] = frozenset()
    ) -> Iterator[pa.Table]:
        """Iterate over a Parquet file's rows.

        Args:
            url: Where it is.
            schema: The columns to give the tables.
            moments: Of them, texts that may as well be timestamps: writing and reading a time as text is a
                third of what a row of BATCH costs.

        Raises:
            ConfigurationError: The file lies outside the allowed roots.
            DataError: It is no Parquet file, or its columns do not fit the stream's schema.
        """
        with self._open(url) as file:
            try:
                parquet = pq.ParquetFile(file)
                for groups, rows in _stretches(parquet.metadata):
                    for batch in parquet.iter_batches(rows, row_groups=groups):
                        yield _conformed(pa.Table.from_batches([batch]), schema.arrow, moments)
            except pa.ArrowException as error:
                what = f"BATCH file {url} cannot be read as the stream's schema says: {error}."
                raise DataError(what, remedy="Check the tap's batch_config and schema.") from None

    def blocks(self, url: str, compression: str | None) -> Iterator[list[bytes]]:
        """Iterate over a JSON Lines file's records in blocks.

        Raises:
            ConfigurationError: The file lies outside the allowed roots.
            DataError: It is not what its encoding says.
        """
        with self._open(url) as file:
            block: list[bytes] = []
            size = 0
            try:
                with gzip.GzipFile(fileobj=file) if compression == "gzip" else file as lines:
                    for line in lines:
                        if record := line.strip():
                            block.append(record)
                            size += len(record)
                        if size >= BYTES_PER_BLOCK:
                            yield block
                            block, size = [], 0
            except (OSError, EOFError) as error:
                what = f"BATCH file {url} cannot be read: {error}."
                raise DataError(what, remedy="Check the tap's batch_config.") from None
            if block:
                yield block

    def loan(self, url: str, holders: int = 1) -> LoanedFile:
        """Return a handle by which the file is deleted once all its holders have given it up."""
        return LoanedFile(self, url, holders)

    def delete(self, url: str) -> None:
        """Delete a file whose rows are committed."""
        filesystem, path = self._located(url)
        if filesystem.exists(path):
            filesystem.rm(path)

    def _open(self, url: str) -> BinaryIO:
        filesystem, path = self._located(url)
        try:
            return filesystem.open(path, "rb")  # type: ignore[no-any-return]
        except FileNotFoundError:
            what = f"BATCH file {url} is not there."
            remedy = "Tap and target must see the same storage; each file is loaded once, then deleted."
            raise DataError(what, remedy=remedy) from None

    def _located(self, url: str) -> tuple[Any, str]:
        protocol, path = _located(url)
        for root_protocol, root in self._roots:
            if protocol == root_protocol and (path == root or path.startswith(root.rstrip("/") + "/")):
                return fsspec.filesystem(protocol), path
        what = f"a BATCH message names {url}, which is not below any of the allowed roots."
        remedy = "Set batch_roots to the folder that the tap's batch_config writes to."
        raise ConfigurationError(what, remedy=remedy)


class LoanedFile:
    """A BATCH file in use.

    Args:
        files: Deletes it.
        url: Which one.
        holders: How many units its rows are in.
    """

    def __init__(self, files: BatchFiles, url: str, holders: int) -> None:
        self._files = files
        self._url = url
        self._holders = holders
        self._lock = threading.Lock()

    def give_up(self) -> None:
        """One unit has landed; after the last one the file is deleted."""
        with self._lock:
            self._holders -= 1
            last = self._holders == 0
        if last:
            self._files.delete(self._url)


def _located(url: str) -> tuple[str, str]:
    """Split a URL into protocol and a path without ``..``; a plain path is a local file."""
    parts = urlsplit(url)
    if parts.scheme in {"", "file"} or len(parts.scheme) == 1:
        path = unquote(parts.path) if parts.scheme == "file" else url
        return "file", str(Path(path).resolve())
    return parts.scheme, posixpath.normpath(f"{parts.netloc}{unquote(parts.path)}")


def _stretches(file: pq.FileMetaData) -> Iterator[tuple[list[int], int]]:
    """Row groups to be read together, and the rows of each table from them.

    A reader of several row groups keeps those that it has passed: with 300 columns it takes 75 MB more
    than a reader for each. Row groups of few rows are read together.
    """
    most = _rows_per_table(file)
    groups: list[int] = []
    rows = 0
    for number in range(file.num_row_groups):
        more = file.row_group(number).num_rows
        if groups and rows + more > most:
            yield groups, _even(max(rows, 1), most)
            groups, rows = [], 0
        groups.append(number)
        rows += more
    if rows:
        yield groups, _even(max(rows, 1), most)


def _even(rows: int, most: int) -> int:
    """Rows of each table, so that none is left with a few."""
    tables = -(-rows // most)
    return -(-rows // tables)


def _rows_per_table(file: pq.FileMetaData) -> int:
    """As many as are worked on at once; of wide rows fewer, so that memory does not grow with the width."""
    encoded = sum(file.row_group(number).total_byte_size for number in range(file.num_row_groups))
    bytes_per_row = max(encoded / max(file.num_rows, 1), _LEAST_BYTES_PER_VALUE * file.num_columns, 1)
    return max(1, min(ROWS_PER_TABLE, int(BYTES_PER_TABLE / bytes_per_row)))


def _conformed(table: pa.Table, schema: pa.Schema, moments: frozenset[str]) -> pa.Table:
    """Give a table the schema's columns and types; a column that is not there is null."""
    given = dict(zip(table.column_names, table.columns, strict=True))
    columns = []
    for field in schema:
        column = given.get(field.name)
        if column is None:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif field.name in moments and (plain := _plain_moments(column)) is not None:
            columns.append(plain)
        else:
            columns.append(_converted(column, field.type))
    return pa.table(columns, names=schema.names)


def _plain_moments(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Times that their texts are read as again: whole seconds of UTC, within the calendar."""
    if not pa.types.is_timestamp(column.type) or column.type.tz != "UTC":
        return None
    seconds = column.cast(_SECONDS, safe=False)
    if not _is_all(pc.equal(seconds.cast(column.type), column)):
        return None
    within = pc.and_(pc.greater_equal(seconds, _FIRST), pc.less_equal(seconds, _LAST))
    return seconds if _is_all(within) else None


def _is_all(true: pa.ChunkedArray) -> bool:
    return bool(pc.all(true, min_count=0).as_py())


def _converted(column: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(kind):
        if pa.types.is_timestamp(column.type):
            return _date_time_text(column)
        if pa.types.is_nested(column.type):
            return _json_text(column)
    if pa.types.is_decimal(column.type) and pa.types.is_floating(kind):
        # Arrow's own cast multiplies by a power of ten: 241.98 would become 241.98000000000002.
        column = column.cast(pa.string())
    return column.cast(kind)


def _date_time_text(column: Any) -> Any:
    """Write times as RFC 3339, without a fraction where the whole column has none."""
    zone = column.type.tz
    seconds = column.cast(pa.timestamp("s", zone), safe=False)
    if _is_all(pc.equal(seconds.cast(column.type), column)):
        column = seconds
    # Without a zone a time is written twenty times as fast. The cast keeps the instant: it is UTC.
    readings = pc.replace_substring(
        column.cast(pa.timestamp(column.type.unit)).cast(pa.string()), " ", "T", max_replacements=1
    )
    return readings if zone is None else pc.binary_join_element_wise(readings, "Z", "")


def _json_text(column: Any) -> pa.Array:
    encode = msgspec.json.encode
    texts = [None if value is None else encode(value).decode() for value in column.to_pylist()]
    return pa.array(texts, pa.string())
