"""From the JSON of records to a table.

A block of records is parsed as a whole by Arrow, which needs no Python object per value and lets other
threads run. It refuses a block with a value of another type than the schema says; then, and for
schemas that leave the type open, the block is read record by record, with the same result for the
records that fit and a reason for those that do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.json

from target_aep.columnar.singer_schema import INT64
from target_aep.xdm.validation import Rejection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.columnar.singer_schema import SourceSchema, SourceType

_LARGEST_BLOCK = 2**31 - 2
"""Arrow's bytes in one block."""


@dataclass(frozen=True)
class Parsed:
    """A block of records as a table.

    Args:
        table: The records that fit the schema, with its columns.
        positions: Where each row of the table stood in the block; None when all did, in order.
        rejections: Why the others do not fit; ``row`` is the position in the block.
    """

    table: pa.Table
    positions: list[int] | None = None
    rejections: list[Rejection] = field(default_factory=list)


class Mismatch(ValueError):  # noqa: N818 - what it is
    """A value is not of the type that the schema says."""

    def __init__(self, path: str, value: object, expected: str) -> None:
        super().__init__(f"expected {expected}")
        self.path = path
        self.value = value
        self.expected = expected


def parse(records: Sequence[bytes | msgspec.Raw], schema: SourceSchema) -> Parsed:
    """Parse records, each the JSON of an object, into a table with the schema's columns."""
    if not schema.root.is_loose and schema.root.fields:
        table = _parse_block(records, schema.arrow)
        if table is not None:
            return Parsed(table)
    return _parse_each(records, schema)


def unknown_fields(record: bytes | msgspec.Raw, schema: SourceSchema) -> set[str]:
    """Names in a record that the schema does not have."""
    try:
        value = msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
    return set(value) - set(schema.root.fields) if isinstance(value, dict) else set()


def _parse_block(records: Sequence[bytes | msgspec.Raw], schema: pa.Schema) -> pa.Table | None:
    block = b"\n".join(records)
    # Arrow ends the process at a line that is ``null``, so each must be an object before it sees them.
    objects = block.startswith(b"{") and block.count(b"\n{") == len(records) - 1
    if not objects or len(block) > _LARGEST_BLOCK:
        return None
    try:
        table = pa.json.read_json(
            pa.BufferReader(block),
            read_options=pa.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        ).cast(schema)
        # Neither Arrow's parser nor the reader of messages looks at the bytes of a text.
        table.validate(full=True)
    except (pa.ArrowInvalid, ValueError):
        return None
    if table.num_rows != len(records):
        return None
    return None if _has_nan(table) else table


def _has_nan(table: pa.Table) -> bool:
    """Arrow takes the words NaN and Infinity for numbers, which JSON does not have."""
    return any(
        not pa.compute.all(pa.compute.is_finite(column), min_count=0).as_py()
        for column in table.columns
        if pa.types.is_floating(column.type)
    )


def _parse_each(records: Sequence[bytes | msgspec.Raw], schema: SourceSchema) -> Parsed:
    rows: list[dict[str, Any]] = []
    positions: list[int] = []
    rejections: list[Rejection] = []
    for position, record in enumerate(records):
        row = _parse_one(record, schema)
        if isinstance(row, Mismatch):
            rejections.append(Rejection(position, row.path, row.value, "type", str(row)))
        else:
            rows.append(row)
            positions.append(position)
    table = pa.Table.from_pylist(rows, schema=schema.arrow)
    return Parsed(table, positions if rejections else None, rejections)


def _parse_one(record: bytes | msgspec.Raw, schema: SourceSchema) -> dict[str, Any] | Mismatch:
    try:
        return _conform_object(msgspec.json.decode(record), schema.root, "")
    except Mismatch as mismatch:
        return mismatch
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = bytes(record).decode("utf-8", "replace")
        return Mismatch(path="", value=text, expected=f"JSON in UTF-8 ({error})")


def _conform(value: Any, kind: SourceType, path: str) -> Any:
    if value is None:
        return None
    if kind.kind == "any":
        return _as_text(value)
    if kind.kind == "object":
        return _conform_object(value, kind, path)
    if kind.kind == "map":
        if not isinstance(value, dict):
            raise Mismatch(path, value, "an object")
        return [(name, None if item is None else _as_text(item)) for name, item in value.items()]
    if kind.kind == "array" and kind.items is not None:
        if not isinstance(value, list):
            raise Mismatch(path, value, "an array")
        items = kind.items
        return [_conform(item, items, f"{path}[{at}]") for at, item in enumerate(value)]
    return _conform_scalar(value, kind.kind, path)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _conform_object(value: Any, kind: SourceType, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Mismatch(path, value, "an object")
    prefix = f"{path}." if path else ""
    return {
        name: _conform(value[name], child, prefix + name)
        for name, child in kind.fields.items()
        if name in value
    }


def _conform_scalar(value: Any, kind: str, path: str) -> Any:
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if kind == "integer" and isinstance(value, (int, float)) and not isinstance(value, bool):
        # JSON Schema counts 1.0 among the integers.
        if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
            raise Mismatch(path, value, "an integer")
        if not INT64[0] <= value <= INT64[1]:
            raise Mismatch(path, value, "an integer of 64 bits")
        return int(value)
    article = "an" if kind == "integer" else "a"
    raise Mismatch(path, value, f"{article} {kind}")
