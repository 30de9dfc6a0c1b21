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

# The backslash comes first, since the others bring new ones.
_ESCAPES = {character: json.dumps(character)[1:-1] for character in ["\\", '"', *map(chr, range(0x20))]}
_NO_ESCAPE = bytes(set(range(0x100)) - {ord(character) for character in _ESCAPES})


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
        return pc.binary_join_element_wise('"', _readings(column), 'Z"', "")
    return pc.cast(column, pa.string())


def with_texts_for_dates(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its timestamps as the texts that a message has."""
    columns = [
        pc.binary_join_element_wise(_readings(column), "Z", "")
        if pa.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _readings(moments: pa.Array) -> pa.Array:
    """``2024-01-15T21:04:05`` in UTC. As a naive timestamp it is written ten times as fast."""
    naive = pc.cast(pc.cast(moments, pa.timestamp("s", "UTC")), pa.timestamp("s"))
    return pc.replace_substring(pc.cast(naive, pa.string()), " ", "T")


def _escape(texts: pa.Array) -> pa.Array:
    """What JSON has no place for in a string, as escapes. Few columns have any of it."""
    present = bytes(_contiguous(texts)).translate(None, _NO_ESCAPE).decode()
    for character, escape in _ESCAPES.items() if present else ():
        if character in present:
            texts = pc.replace_substring(texts, character, escape)
    return texts


def _contiguous(texts: pa.Array) -> memoryview:
    """All of a column's texts: in an Arrow array of strings they lie one behind the other."""
    if not len(texts) or texts.buffers()[2] is None:
        return memoryview(b"")
    offsets = memoryview(texts.buffers()[1]).cast("q" if pa.types.is_large_string(texts.type) else "i")
    first, last = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return memoryview(texts.buffers()[2])[first:last]


def _dump(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
