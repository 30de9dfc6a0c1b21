"""Rows as the wire has them: every value a string, a null an empty string.

Rendering works on whole Arrow columns, so that pages of large data extensions cost milliseconds. Dates
appear as ``M/d/yyyy h:mm:ss AM`` on the server's clock without milliseconds: REST drops them, SOAP rounds.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from emulator.sfmc.data_extensions import Field, FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_JSON_SPECIAL = bytes([*range(0x20), *b'"\\'])
_XML_SPECIAL = bytes([*(code for code in range(0x20) if code not in b"\t\n"), *b"&<>"])
# XML 1.0 has no way to write these.
_XML_IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HALF_SECOND_MS = 500
_ARROW_PLAIN_SCALE = 6


def render(column: pa.Array, field: Field, *, round_seconds: bool = False, masked: bool = False) -> pa.Array:
    """A column as strings; nulls stay null.

    Args:
        column: In the type of :func:`emulator.sfmc.values.arrow_type`.
        field: The data extension's field.
        round_seconds: Round dates to the nearest second, as SOAP does, instead of cutting them.
        masked: Show encrypted values as asterisks instead of cipher text.
    """
    if field.type is FieldType.DATE:
        return _dates(column, round_seconds=round_seconds)
    if field.type is FieldType.BOOLEAN:
        return pc.if_else(column, "True", "False")
    if field.type in {FieldType.ENCRYPTED, FieldType.ENCRYPTED_EMAIL}:
        return pa.array(
            [None if text is None else _cipher(text, masked) for text in column.to_pylist()], pa.string()
        )
    if field.type is FieldType.DECIMAL and field.scale > _ARROW_PLAIN_SCALE:
        # Arrow would write a small number as 1E-9.
        return pa.array([None if cell is None else f"{cell:f}" for cell in column.to_pylist()], pa.string())
    return column if field.type.is_text else column.cast(pa.string())


def escape_json(column: pa.Array) -> pa.Array:
    """The inside of JSON strings; only columns that need it pay for it."""
    return _escaped(column, _JSON_SPECIAL, lambda text: encode_basestring(text)[1:-1])


def escape_xml(column: pa.Array) -> pa.Array:
    """XML text; only columns that need it pay for it."""
    return _escaped(column, _XML_SPECIAL, escape_xml_text)


def escape_xml_text(text: str) -> str:
    return _XML_IMPOSSIBLE.sub("?", escape(text)).replace("\r", "&#13;")


def join(parts: Sequence[pa.Array | str], rows: int) -> pa.Array:
    """Row by row concatenation of columns and constants, without nulls.

    Args:
        parts: Columns of the same length, and texts that every row has.
        rows: The length, for the case that there is no column.
    """
    merged: list[pa.Array | str] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    if len(merged) == 1 and isinstance(merged[0], str):
        return pa.array([merged[0]] * rows, pa.string())
    return pc.binary_join_element_wise(*merged, "")


def is_empty(column: pa.Array) -> pa.Array:
    """Which cells of a column without nulls are empty texts."""
    return pc.equal(column, "")


def either(chosen: pa.Array, text: str, column: pa.Array) -> pa.Array:
    """A constant text where ``chosen``, the column elsewhere."""
    return pc.if_else(chosen, text, column)


def text_bytes(column: pa.Array) -> bytes:
    """All texts of a column behind each other, as UTF-8; nulls are nothing."""
    _, offsets, content = column.buffers()
    if content is None or not len(column):
        return b""
    bounds = memoryview(offsets).cast("q" if pa.types.is_large_string(column.type) else "i")
    start, end = bounds[column.offset], bounds[column.offset + len(column)]
    return bytes(content.slice(start, end - start))


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A table's column as a single array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _dates(column: pa.Array, *, round_seconds: bool) -> pa.Array:
    if round_seconds:
        half = pa.scalar(_HALF_SECOND_MS, pa.duration("ms"))
        column = pc.floor_temporal(pc.add(column, half), unit="second")
    hour = pc.hour(column)
    twelve = pc.add(pc.subtract(hour, pc.multiply(pc.divide(pc.add(hour, 11), 12), 12)), 12)
    return pc.binary_join_element_wise(
        _whole(pc.month(column)),
        "/",
        _whole(pc.day(column)),
        "/",
        _whole(pc.year(column)),
        " ",
        _whole(twelve),
        ":",
        _two_digits(pc.minute(column)),
        ":",
        _two_digits(pc.second(column)),
        pc.if_else(pc.less(hour, 12), " AM", " PM"),
        "",
    )


def _whole(numbers: pa.Array) -> pa.Array:
    return numbers.cast(pa.string())


_TWO_DIGITS = pa.array([f"{number:02d}" for number in range(60)])


def _two_digits(numbers: pa.Array) -> pa.Array:
    return _TWO_DIGITS.take(numbers)


def _cipher(text: str, masked: bool) -> str:
    if masked:
        return "*" * 8
    return text.encode()[::-1].hex().upper()


def _escaped(column: pa.Array, special: bytes, escape_text: Callable[[str], str]) -> pa.Array:
    text = text_bytes(column)
    # Nearly all columns have nothing to escape, and this look at the whole buffer is cheap.
    if len(text.translate(None, special)) == len(text):
        return column
    return pa.array([None if cell is None else escape_text(cell) for cell in column.to_pylist()], pa.string())
