"""The source's columns: from a stream's JSON Schema to Arrow types and to rules.

| JSON Schema | Arrow |
|---|---|
| string, of any format | string |
| integer | int64 |
| number | float64 |
| boolean | bool |
| object with properties | struct |
| array with items | list |
| object with text under any name | map |
| object without properties, array without items, several types, none | string, of JSON where it is no text |

Dates stay the texts that they are in JSON, so that a mapping sees the same value whichever way a row
came. A property that is absent and one that is null are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping

INT64 = (-(2**63), 2**63 - 1)

_XDM: dict[str, XdmType] = {
    "string": XdmType.STRING,
    "integer": XdmType.LONG,
    "number": XdmType.DOUBLE,
    "boolean": XdmType.BOOLEAN,
}
_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "any": pa.string(),
    "map": pa.map_(pa.string(), pa.string()),
}


@dataclass(frozen=True)
class SourceType:
    """The type of a property.

    Args:
        kind: ``string``, ``integer``, ``number``, ``boolean``, ``object``, ``array``,
            ``map`` or ``any``.
        rule: What the schema demands of a value beyond its type, in the validator's terms.
        fields: Properties of an object.
        items: Element of an array.
    """

    kind: str
    rule: Field
    fields: Mapping[str, SourceType] = field(default_factory=dict)
    items: SourceType | None = None

    @property
    def arrow(self) -> pa.DataType:
        """Its Arrow type."""
        if self.kind == "object":
            return pa.struct([pa.field(name, child.arrow) for name, child in self.fields.items()])
        if self.kind == "array" and self.items is not None:
            return pa.list_(self.items.arrow)
        return _ARROW[self.kind]

    @property
    def is_loose(self) -> bool:
        """Whether values of several JSON types may stand here or below."""
        if self.kind == "object":
            return any(child.is_loose for child in self.fields.values())
        return self.kind in {"any", "map"} or (self.items is not None and self.items.is_loose)


@dataclass(frozen=True)
class SourceSchema:
    """All properties of a stream.

    Args:
        root: The record, an object.
        keys: Names of the properties that identify a row.
    """

    root: SourceType
    keys: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.Schema:
        """Schema of the tables that rows become."""
        return pa.schema([pa.field(name, child.arrow) for name, child in self.root.fields.items()])


def read(schema: Mapping[str, Any], keys: tuple[str, ...] = ()) -> SourceSchema:
    """Read the ``schema`` of a SCHEMA message."""
    fields = {name: _type(node) for name, node in (schema.get("properties") or {}).items()}
    rule = _object_rule(fields, schema)
    # That a key is there is a rule of its own, whatever the schema says.
    rule = replace(rule, required=rule.required - set(keys))
    return SourceSchema(SourceType("object", rule, fields), keys)


def _type(node: Any) -> SourceType:
    node = _merged(node)
    kinds = node["kinds"]
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) != 1:
        return SourceType("any", Field(XdmType.STRING))
    kind = next(iter(kinds))
    if kind == "object" and node.get("properties"):
        fields = {name: _type(child) for name, child in node["properties"].items()}
        return SourceType("object", _object_rule(fields, node), fields)
    values = node.get("additionalProperties")
    if kind == "object" and isinstance(values, dict) and _type(values).kind == "string":
        return SourceType("map", Field(XdmType.MAP, items=Field(XdmType.STRING)))
    if kind == "array" and isinstance(node.get("items"), dict):
        items = _type(node["items"])
        return SourceType("array", Field(XdmType.ARRAY, items=items.rule), items=items)
    if kind in _XDM:
        return SourceType(kind, _scalar_rule(kind, node))
    return SourceType("any", Field(XdmType.STRING))


def _merged(node: Any) -> dict[str, Any]:
    """Fold ``anyOf`` and ``oneOf`` into one node with the set of its types, null left out."""
    if not isinstance(node, dict):
        return {"kinds": set()}
    stated = node.get("type", [])
    kinds = {stated} if isinstance(stated, str) else set(stated)
    merged = dict(node)
    choices = [_merged(choice) for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()))]
    if choices:
        kinds |= {kind for choice in choices for kind in choice["kinds"]}
        # What only one of several choices demands is no rule for all values.
        shared = choices[0] if len(choices) == 1 else {}
        merged = {**shared, **node} if len(choices) == 1 else {}
        for choice in choices:
            merged.setdefault("properties", choice.get("properties"))
            merged.setdefault("items", choice.get("items"))
    return {**merged, "kinds": kinds - {"null"}}


def _object_rule(fields: Mapping[str, SourceType], node: Mapping[str, Any]) -> Field:
    # A nullable required property that is null cannot be told from an absent one: both pass.
    required = {
        name
        for name in node.get("required", ())
        if name in fields and not _nullable(node["properties"][name])
    }
    return Field(
        XdmType.OBJECT,
        fields={name: child.rule for name, child in fields.items()},
        required=frozenset(required),
    )


def _nullable(node: Any) -> bool:
    if not isinstance(node, dict):
        return True
    stated = node.get("type", [])
    choices = (*node.get("anyOf", ()), *node.get("oneOf", ()))
    return "null" in stated or any(_nullable(choice) for choice in choices) or not (stated or choices)


def _scalar_rule(kind: str, node: Mapping[str, Any]) -> Field:
    """``multipleOf`` is left out: of binary floating-point numbers it cannot be told."""
    allowed = node.get("enum")
    low, high = node.get("minimum"), node.get("maximum")
    if kind == "integer":
        low, high = (INT64[0] if low is None else low), (INT64[1] if high is None else high)
    return Field(
        _XDM[kind],
        enum=None if not isinstance(allowed, list) else tuple(allowed),
        pattern=node.get("pattern") if kind == "string" else None,
        minimum=low if kind in {"integer", "number"} else None,
        maximum=high if kind in {"integer", "number"} else None,
        min_length=node.get("minLength") if kind == "string" else None,
        max_length=node.get("maxLength") if kind == "string" else None,
    )
