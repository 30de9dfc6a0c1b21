"""The fields of a schema as the loader sees them, and their form in the lake (Arrow, Parquet)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

INTEGERS: dict[str, tuple[pa.DataType, int, int]] = {
    "byte": (pa.int8(), -128, 127),
    "short": (pa.int16(), -32_768, 32_767),
    "int": (pa.int32(), -2_147_483_648, 2_147_483_647),
    "long": (pa.int64(), -9_007_199_254_740_992, 9_007_199_254_740_992),
}
_SCALARS: dict[str, pa.DataType] = {
    "string": pa.string(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "date-time": pa.timestamp("ms", "UTC"),
    **{name: arrow for name, (arrow, _, _) in INTEGERS.items()},
}
_ALIASES = {"number": "double", "integer": "int"}


@dataclass(frozen=True)
class XdmField:
    """One field of a resolved schema.

    Attributes:
        kind: string, double, long, int, short, byte, boolean, date, date-time, object, array or map.
        fields: Children of an object.
        items: Items of an array, values of a map.
        required: Names of children that an object must have.
    """

    kind: str
    fields: Mapping[str, XdmField] = field(default_factory=dict)
    items: XdmField | None = None
    required: tuple[str, ...] = ()
    enum: tuple[Any, ...] = ()
    pattern: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None


def parse(node: dict[str, Any]) -> XdmField:
    """Read a resolved schema (or one of its fields)."""
    kind = str(node.get("meta:xdmType") or node.get("type") or "object")
    kind = _ALIASES.get(kind, kind)
    if kind == "object" and not node.get("properties") and isinstance(node.get("additionalProperties"), dict):
        kind = "map"
    if kind == "object":
        children = {
            name: parse(child)
            for name, child in (node.get("properties") or {}).items()
            if isinstance(child, dict)
        }
        # An object without fields can hold nothing, so whatever a row has there is unknown.
        fields = {name: child for name, child in children.items() if not _is_empty(child)}
        required = tuple(name for name in node.get("required", ()) if name in fields)
        return XdmField("object", fields=fields, required=required)
    if kind in {"array", "map"}:
        inner = node.get("items" if kind == "array" else "additionalProperties")
        return XdmField(kind, items=parse(inner) if isinstance(inner, dict) else XdmField("string"))
    if kind not in _SCALARS:
        kind = "string"
    return XdmField(
        kind,
        enum=tuple(node.get("enum", ())),
        pattern=node.get("pattern"),
        format=node.get("format"),
        minimum=node.get("minimum"),
        maximum=node.get("maximum"),
        min_length=node.get("minLength"),
        max_length=node.get("maxLength"),
    )


def _is_empty(node: XdmField) -> bool:
    if node.kind == "object":
        return not node.fields
    return node.items is not None and _is_empty(node.items)


def arrow_type(node: XdmField) -> pa.DataType:
    """Return a field's type in the lake."""
    if node.kind == "object":
        return pa.struct([pa.field(name, arrow_type(child)) for name, child in node.fields.items()])
    if node.kind in {"array", "map"}:
        assert node.items is not None
        inner = arrow_type(node.items)
        return pa.list_(inner) if node.kind == "array" else pa.map_(pa.string(), inner)
    return _SCALARS[node.kind]


def arrow_schema(root: XdmField) -> pa.Schema:
    """Return the columns that a dataset's rows may have."""
    return pa.schema([pa.field(name, arrow_type(child)) for name, child in root.fields.items()])


def count_fields(node: XdmField) -> int:
    """Return the number of leaf fields."""
    if node.kind == "object":
        return sum(count_fields(child) for child in node.fields.values())
    if node.items is not None:
        return count_fields(node.items)
    return 1
