"""The benchmark's rows in XDM: a schema that has a field for each, and the mapping to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.rows import STANDARD_FIELDS, Field, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANT_ID = "bench"
DATASET_ID = "5f0000000000000000000001"
PROFILE_DATASET_ID = "5f0000000000000000000002"
SCHEMA_ID = f"https://ns.adobe.com/{TENANT_ID}/schemas/0000000000000001"
PROFILE_SCHEMA_ID = f"https://ns.adobe.com/{TENANT_ID}/schemas/0000000000000002"
NAMESPACE = "BenchRow"
UPSERT: dict[str, Any] = {
    "dataset_id": PROFILE_DATASET_ID,
    "profile": True,
    "load_method": "upsert",
    "identities": [{"path": f"_{TENANT_ID}.rowID", "namespace": NAMESPACE, "primary": True}],
}
"""Settings of a stream of which only the last version of each key is sent."""

_PROFILE = "https://ns.adobe.com/xdm/context/profile"
_TYPES: dict[str, dict[str, Any]] = {
    "Number": {"type": "integer", "meta:xdmType": "int", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Decimal": {"type": "number", "meta:xdmType": "number"},
    "Boolean": {"type": "boolean", "meta:xdmType": "boolean"},
    "Date": {"type": "string", "format": "date-time", "meta:xdmType": "date-time"},
}


def dataset(schema_id: str) -> dict[str, Any]:
    """A dataset as Catalog gives it; that of the Profile schema feeds Profile, by upsert."""
    on = {"unifiedProfile": ["enabled:true", "isUpsert:true"], "unifiedIdentity": ["enabled:true"]}
    return {
        "name": "bench" if schema_id == SCHEMA_ID else "bench profiles",
        "schemaRef": {"id": schema_id, "contentType": "application/vnd.adobe.xed+json;version=1"},
        "tags": on if schema_id == PROFILE_SCHEMA_ID else {},
    }


def descriptors() -> dict[str, Any]:
    """The Profile schema's primary identity."""
    kind = "xdm:descriptorIdentity"
    identity = {
        "@id": "0000000000000003",
        "@type": kind,
        "xdm:sourceSchema": PROFILE_SCHEMA_ID,
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": f"/_{TENANT_ID}/rowID",
        "xdm:namespace": NAMESPACE,
        "xdm:property": "xdm:code",
        "xdm:isPrimary": True,
    }
    return {kind: [identity]}


def schema_document(schema_id: str, field_count: int = STANDARD_FIELDS) -> dict[str, Any]:
    """A resolved schema as the registry gives it."""
    properties = {name_of(field): _property(field) for field in fields(field_count)}
    return {
        "$id": schema_id,
        "meta:immutableTags": ["union"] if schema_id == PROFILE_SCHEMA_ID else [],
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
                "destination": f"_{{TENANT_ID}}.{name_of(field)}",
            }
            for field in fields(field_count)
        ]
    }


def name_of(field: Field) -> str:
    """A field's name in XDM."""
    return field.name[0].lower() + field.name[1:]


def _property(field: Field) -> dict[str, Any]:
    base = _TYPES.get(field.type, {"type": "string", "meta:xdmType": "string"})
    limits = {} if field.type in _TYPES or not field.length else {"maxLength": field.length}
    return {"title": field.name, **base, **limits}
