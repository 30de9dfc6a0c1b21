"""From a page on the wire to a typed Arrow record batch: once, by column.

The JSON of a page is parsed by Arrow into columns of texts, without a Python object for any value;
this is the only one of the routes that were measured that gains from a second thread. It refuses
values that are not texts, so an unusual page is decoded by ``msgspec`` instead.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.json

from tap_sfmc.values import cells
from tap_sfmc.values.field_types import arrow_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from tap_sfmc.data_extensions import Field

_logger = logging.getLogger("tap-sfmc.columns")
_BLOCK_BYTES = 8 * 1024 * 1024
_decode_rows = msgspec.json.Decoder(list[dict[str, dict[str, Any]]]).decode


class Columns:
    """Types the rows of one stream. Safe to use from several threads.

    Args:
        stream: For messages.
        fields: The fields to read, in the order of the columns.
        zone_of: The clock of a field's dates.

    Attributes:
        schema: The Arrow schema of every batch.
        unreadable: How many values of each field were no value of its type, and became null.
    """

    def __init__(self, stream: str, fields: Sequence[Field], zone_of: Callable[[str], tzinfo]) -> None:
        self.stream = stream
        self.fields = tuple(fields)
        self.schema = pa.schema([pa.field(field.name, arrow_type(field)) for field in fields])
        self.unreadable: Counter[str] = Counter()
        self._zones = [zone_of(field.name) for field in fields]
        self._lock = threading.Lock()
        self._missing: set[str] = set()
        self._options = pyarrow.json.ParseOptions(
            explicit_schema=_wire_schema(self.fields), unexpected_field_behavior="ignore"
        )

    @property
    def no_rows(self) -> pa.RecordBatch:
        """A batch with no rows."""
        return pa.RecordBatch.from_pylist([], self.schema)

    def blocks(self, items: Sequence[msgspec.Raw], size: int) -> Iterator[pa.RecordBatch]:
        """Rows of a page of so many bytes; a large one in several batches: parsing takes thrice its size."""
        rows = len(items) // (size // _BLOCK_BYTES + 1) + 1
        for start in range(0, len(items) or 1, rows):
            yield self.from_items(items[start : start + rows])

    def from_items(self, items: Sequence[msgspec.Raw]) -> pa.RecordBatch:
        """Rows of a rowset page, each ``{"keys": {…}, "values": {…}}`` with lower-cased names."""
        if not items:
            return self.no_rows
        try:
            texts = self._by_arrow(items)
        except (pa.ArrowInvalid, KeyError):
            texts = self._by_msgspec(items)
        return self.from_texts(texts)

    def from_texts(self, texts: Sequence[pa.Array]) -> pa.RecordBatch:
        """Columns of wire texts in the order of the fields; null where the wire had nothing."""
        arrays = []
        for field, zone, column in zip(self.fields, self._zones, texts, strict=True):
            values = cells.read(column, field, zone)
            if len(column) and column.null_count == len(column):
                self._note_missing(field)
            elif count := cells.unreadable(column, values):
                self._note_unreadable(field, count, column, values)
            arrays.append(values)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _by_arrow(self, items: Sequence[msgspec.Raw]) -> list[pa.Array]:
        lines = b"\n".join(items)
        table = pyarrow.json.read_json(
            pa.BufferReader(lines),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=self._options,
        )
        if table.num_rows != len(items):
            raise KeyError
        # One block is one chunk: combining chunks would copy it.
        parts = {part: table[part].chunk(0) for part in table.column_names}
        columns = [parts[_part(field)].field(field.name.lower()) for field in self.fields]
        columns = [
            column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns
        ]
        if any(
            column.null_count for field, column in zip(self.fields, columns, strict=True) if field.primary_key
        ):
            raise KeyError
        return columns

    def _by_msgspec(self, items: Sequence[msgspec.Raw]) -> list[pa.Array]:
        rows = _decode_rows(b"[" + b",".join(items) + b"]")
        flat = [
            {
                name.lower(): _text(value)
                for part in ("keys", "values")
                for name, value in row.get(part, {}).items()
            }
            for row in rows
        ]
        return [
            pa.array([row.get(name) for row in flat], pa.string())
            for name in (field.name.lower() for field in self.fields)
        ]

    def _note_missing(self, field: Field) -> None:
        with self._lock:
            if field.name in self._missing:
                return
            self._missing.add(field.name)
        _logger.warning("Stream %r: the server gives no field %r; it is null.", self.stream, field.name)

    def _note_unreadable(self, field: Field, count: int, texts: pa.Array, values: pa.Array) -> None:
        with self._lock:
            first = not self.unreadable[field.name]
            self.unreadable[field.name] += count
        if first:
            _logger.warning(
                "Stream %r: field %r has values that are no %s; they become null and are counted. "
                "The first has %d characters.",
                self.stream,
                field.name,
                field.type,
                _length_of_first(texts, values),
            )


def _wire_schema(fields: Sequence[Field]) -> pa.Schema:
    parts: Mapping[str, list[pa.Field]] = {"keys": [], "values": []}
    for field in fields:
        parts[_part(field)].append(pa.field(field.name.lower(), pa.string()))
    return pa.schema([pa.field(part, pa.struct(columns)) for part, columns in parts.items() if columns])


def _part(field: Field) -> str:
    return "keys" if field.primary_key else "values"


def _text(value: Any) -> str | None:
    """A value that is no text, as the text that it would have been on the wire."""
    if value is None or isinstance(value, str):
        return value
    return "True" if value is True else "False" if value is False else str(value)


def _length_of_first(texts: pa.Array, values: pa.Array) -> int:
    """Length of the first text that became null. The text itself is a customer's and not logged."""
    for text, value in zip(texts, values, strict=True):
        if text.as_py() and not value.is_valid:
            return len(text.as_py())
    return 0
