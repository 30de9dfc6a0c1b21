"""Singer's JSON Schema as XDM fields.

Types are for ever, so they are chosen wide: an integer is a long unless its bounds are those of 32
bits, text has no length, and what the source promises (lengths, values, NOT NULL) is described
rather than enforced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.provision.names import is_legal
from target_aep.xdm.types import INTEGER_RANGES, Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORMATS = {"date": XdmType.DATE, "date-time": XdmType.DATE_TIME}
_INT_LOW, _INT_HIGH = INTEGER_RANGES[XdmType.INT]
_NUMBERS = frozenset({XdmType.INT, XdmType.LONG, XdmType.DOUBLE})
DESCRIPTION_LIMIT = 1000


def field_of(schema: Mapping[str, Any], *, title: str = "", required: bool = False) -> Field:
    """Return the XDM field that holds values of a Singer property.

    Args:
        schema: The property's JSON Schema.
        title: Display name; the property's own title is preferred.
        required: Whether the source promises a value.
    """
    choices = [choice for choice in _choices(schema) if choice.get("type") != "null"]
    kinds = [_field(choice) for choice in choices] or [Field(XdmType.STRING)]
    field = kinds[0]
    for other in kinds[1:]:
        field = wider(field, other)
    return Field(
        type=field.type,
        title=str(schema.get("title") or title),
        description=_describe(schema, required=required),
        fields=field.fields,
        items=field.items,
    )


def _choices(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Split a schema that allows several types into one per type."""
    for keyword in ("anyOf", "oneOf"):
        if isinstance(schema.get(keyword), list):
            return [part for choice in schema[keyword] for part in _choices(choice)]
    types = schema.get("type", "string")
    return [{**schema, "type": kind} for kind in (types if isinstance(types, list) else [types])]


def _field(schema: Mapping[str, Any]) -> Field:
    kind = schema["type"]
    if kind == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        small = low is not None and high is not None and low >= _INT_LOW and high <= _INT_HIGH
        return Field(XdmType.INT if small else XdmType.LONG)
    if kind == "number":
        return Field(XdmType.DOUBLE)
    if kind == "boolean":
        return Field(XdmType.BOOLEAN)
    if kind == "array":
        items = schema.get("items")
        return Field(XdmType.ARRAY, items=field_of(items) if isinstance(items, dict) and items else _TEXT)
    if kind == "object":
        return _object(schema)
    return Field(_FORMATS.get(str(schema.get("format")), XdmType.STRING))


_TEXT = Field(XdmType.STRING)


def _object(schema: Mapping[str, Any]) -> Field:
    """An object of known properties, a map of text, or (free-form) its JSON as text.

    Properties whose names are not legal are left to mappings of their own.
    """
    properties = schema.get("properties") or {}
    required = schema.get("required") or []
    fields = {
        name: field_of(child, title=name, required=name in required)
        for name, child in properties.items()
        if is_legal(name)
    }
    if properties:
        return Field(XdmType.OBJECT, fields=fields)
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and values and field_of(values).type is XdmType.STRING:
        return Field(XdmType.MAP, items=_TEXT)
    return _TEXT


def names_lost_in_lists(schema: Mapping[str, Any], path: str = "", *, in_list: bool = False) -> Iterator[str]:
    """Paths of properties of objects in lists that no field can be named after.

    Elsewhere such a property gets a mapping of its own; the elements of a list are copied as they are.
    """
    for choice in _choices(schema):
        for name, child in (choice.get("properties") or {}).items() if choice.get("type") == "object" else ():
            below = f"{path}.{name}" if path else name
            if in_list and not is_legal(name):
                yield below
            else:
                yield from names_lost_in_lists(child, below, in_list=in_list)
        if choice.get("type") == "array" and isinstance(choice.get("items"), dict):
            yield from names_lost_in_lists(choice["items"], f"{path}[*]", in_list=True)


def wider(one: Field, other: Field) -> Field:
    """Return the field that holds the values of both, which is text where no other does."""
    if one == other:
        return one
    if {one.type, other.type} <= _NUMBERS:
        order = (XdmType.INT, XdmType.LONG, XdmType.DOUBLE)
        return Field(max(one.type, other.type, key=order.index))
    return _TEXT


def _describe(schema: Mapping[str, Any], *, required: bool) -> str:
    parts = [str(schema["description"]).rstrip(". ")] if schema.get("description") else []
    if schema.get("maxLength") is not None:
        parts.append(f"At most {schema['maxLength']} characters")
    if isinstance(schema.get("enum"), list):
        parts.append("One of " + ", ".join(str(value) for value in schema["enum"] if value is not None))
    if schema.get("multipleOf") is not None:
        parts.append(f"In steps of {schema['multipleOf']}")
    if required:
        parts.append("Never empty in the source")
    return (". ".join(parts) + "." if parts else "")[:DESCRIPTION_LIMIT]
