"""The benchmark's rows in XDM: a schema that has a field for each, and the mapping to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.rows import STANDARD_FIELDS, Field, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT_ID = "bench"
DATASET_ID = "5f0000000000000000000001"
SCHEMA_ID = f"https://ns.adobe.com/{TENANT_ID}/schemas/0000000000000001"
_PROFILE = "https://ns.adobe.com/xdm/context/profile"
_TYPES: dict[str, dict[str, Any]] = {
    "Number": {"type": "integer", "meta:xdmType": "int", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Decimal": {"type": "number", "meta:xdmType": "number"},
    "Boolean": {"type": "boolean", "meta:xdmType": "boolean"},
    "Date": {"type": "string", "format": "date-time", "meta:xdmType": "date-time"},
}


def schema_document(field_count: int = STANDARD_FIELDS) -> dict[str, Any]:
    """The resolved schema as the registry gives it."""
    properties = {_name(field): _property(field) for field in fields(field_count)}
    return {
        "$id": SCHEMA_ID,
        "title": "bench",
        "type": "object",
        "meta:class": _PROFILE,
        "meta:extends": [_PROFILE, "https://ns.adobe.com/xdm/data/record"],
        "properties": {
            "_id": {"type": "string", "meta:xdmType": "string"},
            f"_{TENANT_ID}": {"type": "object", "meta:xdmType": "object", "properties": properties},
        },
    }


def mapping_set(
    field_count: int = STANDARD_FIELDS, calculated: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Every field to its place, attribute by attribute.

    Args:
        field_count: How many fields there are.
        calculated: Expressions that replace the attributes, by field name.
    """
    expressions = calculated or {}
    return {
        "mappings": [
            {
                "sourceType": "EXPRESSION" if field.name in expressions else "ATTRIBUTE",
                "source": expressions.get(field.name, field.name),
                "destination": f"_{{TENANT_ID}}.{_name(field)}",
            }
            for field in fields(field_count)
        ]
    }


def _name(field: Field) -> str:
    return field.name[0].lower() + field.name[1:]


def _property(field: Field) -> dict[str, Any]:
    base = _TYPES.get(field.type, {"type": "string", "meta:xdmType": "string"})
    limits = {} if field.type in _TYPES or not field.length else {"maxLength": field.length}
    return {"title": field.name, **base, **limits}
