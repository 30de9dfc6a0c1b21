"""What is known about source fields before there are rows: names and types of a JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.dataprep import paths
from target_aep.dataprep.errors import ExpressionError
from target_aep.xdm.types import XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.dataprep.paths import Step

_TYPES = {
    "string": XdmType.STRING,
    "integer": XdmType.LONG,
    "number": XdmType.DOUBLE,
    "boolean": XdmType.BOOLEAN,
    "object": XdmType.OBJECT,
    "array": XdmType.ARRAY,
}
_FORMATS = {"date-time": XdmType.DATE_TIME, "date": XdmType.DATE}


def type_of(schema: Mapping[str, Any]) -> XdmType | None:
    """The XDM type nearest to a JSON Schema; ``None`` if it names no type or several."""
    named = schema.get("type")
    names = [name for name in ([named] if isinstance(named, str) else named or ()) if name != "null"]
    if len(names) != 1:
        return None
    found = _TYPES.get(names[0])
    return _FORMATS.get(str(schema.get("format")), found) if found is XdmType.STRING else found


def find(properties: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The JSON Schema of a source path: one column of that name, or a way down into objects and arrays."""
    if path in properties:
        schema: Mapping[str, Any] = properties[path]
        return schema
    try:
        steps = paths.parse(path)
    except ExpressionError:
        return None
    return find_steps(properties, steps)


def find_steps(properties: Mapping[str, Any], steps: Sequence[Step]) -> Mapping[str, Any] | None:
    """``find`` for a path that is parsed; beyond what the schema describes, anything may be."""
    leading = [step for step in steps if isinstance(step, str)]
    for end in range(len(leading), 0, -1):
        schema = properties.get(".".join(leading[:end]))
        if isinstance(schema, dict):
            return _below(schema, steps[end:])
    return None


def _below(schema: Mapping[str, Any], steps: Sequence[Step]) -> Mapping[str, Any] | None:
    for step in steps:
        inner = (schema.get("properties") or {}).get(step) if isinstance(step, str) else schema.get("items")
        if inner is None:
            described = schema.get("properties") if isinstance(step, str) else schema.get("items")
            return None if described else {}
        schema = inner
    return schema
