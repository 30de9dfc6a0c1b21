"""Additions of custom fields to a class, field group or schema, as JSON Patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.xdm import Field, XdmType, to_json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CUSTOM_FIELDS = ("definitions", "customFields", "properties")
"""Where a resource made through the API, as Adobe documents it, keeps its own fields."""


def additions(document: Mapping[str, Any], lacking: Field) -> Iterator[dict[str, Any]]:
    """Return the operations that add to a raw resource what it lacks, each at the highest place."""
    pointer, properties = _custom_properties(document)
    yield from _additions(pointer, properties, lacking)


def _custom_properties(document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Where a resource keeps its custom fields, as a JSON pointer, and what is there."""
    found: Any = document
    for key in CUSTOM_FIELDS:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict):
        return f"/{'/'.join(CUSTOM_FIELDS)}", found
    for index, part in enumerate(document.get("allOf") or []):
        if isinstance(part.get("properties"), dict):
            return f"/allOf/{index}/properties", part["properties"]
    return "/properties", document.get("properties") or {}


def _additions(pointer: str, properties: Mapping[str, Any], lacking: Field) -> Iterator[dict[str, Any]]:
    for name, field in lacking.fields.items():
        yield from _addition(f"{pointer}/{name}", properties.get(name), field)


def _addition(pointer: str, present: object, lacking: Field) -> Iterator[dict[str, Any]]:
    """Add a field where there is none, or what it lacks where there is one."""
    if isinstance(present, dict):
        if lacking.type is XdmType.ARRAY and lacking.items is not None and "items" in present:
            yield from _addition(f"{pointer}/items", present["items"], lacking.items)
            return
        if lacking.type is XdmType.OBJECT and isinstance(present.get("properties"), dict):
            yield from _additions(f"{pointer}/properties", present["properties"], lacking)
            return
    yield {"op": "add", "path": pointer, "value": to_json_schema(lacking)}
