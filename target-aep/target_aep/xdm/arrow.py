"""The Arrow form of XDM types, which is also what is written to Parquet.

| XDM | Arrow | Parquet |
|---|---|---|
| string | string | BYTE_ARRAY (UTF8) |
| double | float64 | DOUBLE |
| long, int, short, byte | int64, int32, int16, int8 | INT64, INT32, INT_16, INT_8 |
| boolean | bool | BOOLEAN |
| date | date32 | INT32 (DATE) |
| date-time | timestamp[ms, UTC] | INT64 (TIMESTAMP_MILLIS) |
| object, array, map | struct, list, map | groups |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Collection

_SCALARS: dict[XdmType, pa.DataType] = {
    XdmType.STRING: pa.string(),
    XdmType.DOUBLE: pa.float64(),
    XdmType.LONG: pa.int64(),
    XdmType.INT: pa.int32(),
    XdmType.SHORT: pa.int16(),
    XdmType.BYTE: pa.int8(),
    XdmType.BOOLEAN: pa.bool_(),
    XdmType.DATE: pa.date32(),
    XdmType.DATE_TIME: pa.timestamp("ms", tz="UTC"),
}
_STRING = Field(XdmType.STRING)


def arrow_type(field: Field) -> pa.DataType:
    """Return the Arrow type of a field."""
    if field.type is XdmType.OBJECT:
        return pa.struct([pa.field(name, arrow_type(child)) for name, child in _writable(field)])
    if field.type is XdmType.ARRAY:
        return pa.list_(arrow_type(field.items or _STRING))
    if field.type is XdmType.MAP:
        return pa.map_(pa.string(), arrow_type(field.items or _STRING))
    return _SCALARS[field.type]


def arrow_schema(root: Field, names: Collection[str] | None = None) -> pa.Schema:
    """Return the Arrow schema of a root object.

    Args:
        root: The schema.
        names: Top-level fields to keep; all by default.
    """
    return pa.schema([
        pa.field(name, arrow_type(child)) for name, child in _writable(root) if names is None or name in names
    ])  # fmt: skip


def _writable(field: Field) -> list[tuple[str, Field]]:
    """Leave out objects without any field below: Parquet cannot hold an empty group."""
    return [(name, child) for name, child in field.fields.items() if not _is_empty(child)]


def _is_empty(field: Field) -> bool:
    if field.type is XdmType.OBJECT:
        return all(_is_empty(child) for child in field.fields.values())
    if field.type in {XdmType.ARRAY, XdmType.MAP}:
        return field.items is not None and _is_empty(field.items)
    return False
