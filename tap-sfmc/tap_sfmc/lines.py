"""From an Arrow record batch to RECORD messages: all lines of a batch in one pass over columns.

Each column becomes a column of JSON texts, and one kernel joins them row by row with the constant
parts of the message. No Python object is made for any value.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datetime import datetime

_NEEDS_ESCAPE = r'[\x00-\x1f"\\]'
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_CONTROLS = [chr(code) for code in range(0x20)]


def record_lines(
    batch: pa.RecordBatch, stream: str, extracted: datetime, version: int | None = None
) -> memoryview:
    """RECORD messages, one line each.

    Args:
        batch: The rows; strings, integers, decimals, booleans and UTC timestamps.
        stream: The stream's name.
        extracted: When the rows were read, with a time zone.
        version: For targets that process ACTIVATE_VERSION.

    Returns:
        UTF-8, each line ended by a line feed.
    """
    moment = extracted.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    version_part = "" if version is None else f',"version":{version}'
    start = f'{{"type":"RECORD","stream":{_dump(stream)},"record":'
    return _join(batch, start, f'{version_part},"time_extracted":"{moment}"}}')


def json_lines(batch: pa.RecordBatch) -> memoryview:
    """The rows as JSON objects, UTF-8, each ended by a line feed."""
    return _join(batch, "", "")


def _join(batch: pa.RecordBatch, before: str, after: str) -> memoryview:
    if not batch.num_rows:
        return memoryview(b"")
    parts: list[pa.Array | pa.Scalar] = []
    glue = before + "{"
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        parts += [pa.scalar(f"{glue}{_dump(name)}:"), json_column(column)]
        glue = ","
    end = pa.scalar("}" + after + "\n")
    lines = pc.binary_join_element_wise(
        *parts, end, pa.scalar(""), null_handling="replace", null_replacement="null"
    )
    return _contiguous(lines)


def json_column(column: pa.Array) -> pa.Array:
    """The column's values as JSON texts; null stays null."""
    kind = column.type
    if pa.types.is_string(kind):
        return pc.binary_join_element_wise('"', _escape(column), '"', "")
    if pa.types.is_timestamp(kind):
        return pc.binary_join_element_wise('"', _date_texts(column), '"', "")
    return pc.cast(column, pa.string())


def _escape(texts: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(texts, _NEEDS_ESCAPE)).as_py():
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    texts = pc.replace_substring(texts, '"', '\\"')
    for control in _CONTROLS:
        if pc.any(pc.match_substring(texts, control)).as_py():
            texts = pc.replace_substring(
                texts, control, _SHORT_ESCAPES.get(control, f"\\u{ord(control):04x}")
            )
    return texts


def _contiguous(lines: pa.Array) -> memoryview:
    """The lines' own buffer: in an Arrow array of strings they already lie one behind the other."""
    offsets = memoryview(lines.buffers()[1]).cast("q" if pa.types.is_large_string(lines.type) else "i")
    first, last = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[first:last]


def _dump(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def with_texts_for_dates(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its timestamps as the texts that a message has."""
    columns = [
        _date_texts(column) if pa.types.is_timestamp(column.type) else column for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _date_texts(column: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.cast(pc.cast(column, pa.timestamp("s", "UTC")), pa.string()), " ", "T")
