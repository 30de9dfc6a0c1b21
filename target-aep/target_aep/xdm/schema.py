"""Schemas between the Schema Registry's JSON and :class:`Field`.

Facts: XDM field constraints. The integer types are told apart by their bounds: the narrowest
type that holds ``minimum`` and ``maximum``, and ``int`` when there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.xdm.types import INTEGER_RANGES, Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping

_DECLARED: dict[str, XdmType] = {member.value: member for member in XdmType} | {
    "number": XdmType.DOUBLE,
    "integer": XdmType.INT,
}
_KEYWORDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "properties": ((dict,), "an object"),
    "definitions": ((dict,), "an object"),
    "items": ((dict,), "an object"),
    "allOf": ((list,), "an array"),
    "minimum": ((int, float), "a number"),
    "maximum": ((int, float), "a number"),
    "minLength": ((int,), "an integer"),
    "maxLength": ((int,), "an integer"),
    "pattern": ((str,), "a text"),
    "format": ((str,), "a text"),
}
_STRING_FORMATS = {"date": XdmType.DATE, "date-time": XdmType.DATE_TIME}


def parse(resolved: Mapping[str, Any]) -> Field:
    """Read a schema, resolved or with references to its own ``definitions``.

    Raises:
        ValueError: A field's type cannot be told, or the document is no JSON schema; with the place.
    """
    try:
        _check(resolved, "schema")
        return _parse(resolved, resolved.get("definitions") or {}, "schema")
    except RecursionError:
        message = "the schema is nested without end: a definition refers to itself"
        raise ValueError(message) from None


def to_json_schema(field: Field) -> dict[str, Any]:
    """Write a field as the Schema Registry wants it in a field group."""
    document: dict[str, Any] = {}
    if field.title:
        document["title"] = field.title
    if field.description:
        document["description"] = field.description
    document |= _type_of(field)
    if field.type.is_integer:
        low, high = INTEGER_RANGES[field.type]
        document["minimum"] = int(field.minimum if field.minimum is not None else low)
        document["maximum"] = int(field.maximum if field.maximum is not None else high)
        document["meta:xdmType"] = field.type.value
    else:
        document |= _present(minimum=field.minimum, maximum=field.maximum)
    document |= _present(
        pattern=field.pattern,
        minLength=field.min_length,
        maxLength=field.max_length,
        enum=list(field.enum) if field.enum is not None else None,
        required=sorted(field.required) or None,
    )
    if field.format:
        document["format"] = field.format
    return document


def _type_of(field: Field) -> dict[str, Any]:
    if field.type is XdmType.OBJECT:
        return {
            "type": "object",
            "properties": {name: to_json_schema(child) for name, child in field.fields.items()},
        }
    if field.type is XdmType.ARRAY:
        return {"type": "array", "items": to_json_schema(field.items or Field(XdmType.STRING))}
    if field.type is XdmType.MAP:
        values = to_json_schema(field.items or Field(XdmType.STRING))
        return {"type": "object", "meta:xdmType": "map", "additionalProperties": values}
    if field.type in {XdmType.DATE, XdmType.DATE_TIME}:
        return {"type": "string", "format": field.type.value}
    if field.type.is_integer:
        return {"type": "integer"}
    return {"type": "number" if field.type is XdmType.DOUBLE else field.type.value}


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _check(document: object, where: str) -> None:
    """See that each keyword that is read has the form that a JSON schema gives it."""
    if not isinstance(document, dict):
        message = f"{where} is {document!r:.60} instead of a JSON schema"
        raise ValueError(message)  # noqa: TRY004  # what callers catch
    for keyword, (kinds, wanted) in _KEYWORDS.items():
        value = document.get(keyword)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            message = f"{keyword} of {where} is {value!r:.60} instead of {wanted}"
            raise ValueError(message)
    inner = [(f"{where}.{name}", child) for name, child in (document.get("properties") or {}).items()]
    inner += [(f"{where}, {name}", child) for name, child in (document.get("definitions") or {}).items()]
    inner += [(where, part) for part in document.get("allOf") or ()]
    inner += [(f"{where}[]", document["items"])] if document.get("items") else []
    values = document.get("additionalProperties")
    inner += [(f"{where}{{}}", values)] if isinstance(values, dict) else []
    for place, child in inner:
        _check(child, place)


def _parse(document: Mapping[str, Any], definitions: Mapping[str, Any], where: str) -> Field:
    document = _merged(document, definitions)
    xdm_type = _read_type(document, where)
    fields: dict[str, Field] = {}
    items: Field | None = None
    if xdm_type is XdmType.OBJECT:
        properties = document.get("properties") or {}
        fields = {name: _parse(child, definitions, f"{where}.{name}") for name, child in properties.items()}
    elif xdm_type is XdmType.ARRAY:
        items = _parse(document.get("items") or {"type": "string"}, definitions, f"{where}[]")
    elif xdm_type is XdmType.MAP:
        values = document.get("additionalProperties")
        values = values if isinstance(values, dict) and values else {"type": "string"}
        items = _parse(values, definitions, f"{where}{{}}")
    enum = document.get("enum")
    required = document.get("required")
    bounds = _bounds(document, xdm_type)
    text_format = document.get("format")
    return Field(
        type=xdm_type,
        title=str(document.get("title") or ""),
        description=str(document.get("description") or ""),
        fields=fields,
        items=items,
        required=frozenset(name for name in required if isinstance(name, str) and name in fields)
        if isinstance(required, list)
        else frozenset(),
        enum=tuple(enum) if isinstance(enum, list) else None,
        pattern=document.get("pattern"),
        format=text_format if xdm_type is XdmType.STRING else None,
        minimum=bounds[0],
        maximum=bounds[1],
        min_length=document.get("minLength"),
        max_length=document.get("maxLength"),
    )


def _merged(document: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Fold ``allOf`` and references within the document into one object."""
    reference = document.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/definitions/"):
        target = definitions.get(reference.removeprefix("#/definitions/")) or {}
        document = {**target, **{key: value for key, value in document.items() if key != "$ref"}}
    parts = document.get("allOf")
    if not isinstance(parts, list):
        return dict(document)
    merged: dict[str, Any] = {}
    for part in [*(_merged(part, definitions) for part in parts), document]:
        for key, value in part.items():
            if key == "properties":
                merged["properties"] = _merged_properties(merged.get("properties") or {}, value)
            elif key == "required" and isinstance(value, list):
                merged["required"] = [*merged.get("required", []), *value]
            elif key not in {"allOf", "$ref"}:
                merged[key] = value
    return merged


def _merged_properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Unite two sets of properties; objects that both have are united in turn."""
    united = dict(one)
    for name, child in other.items():
        both = isinstance(united.get(name), dict) and "properties" in united[name] and "properties" in child
        united[name] = {"allOf": [united[name], child]} if both else child
    return united


def _read_type(document: Mapping[str, Any], where: str) -> XdmType:
    declared = _DECLARED.get(str(document.get("meta:xdmType") or ""))
    if declared is not None and declared is not XdmType.INT:
        return declared
    json_type = document.get("type")
    if isinstance(json_type, list):
        json_type = next((name for name in json_type if name != "null"), None)
    if json_type == "integer" or declared is XdmType.INT:
        narrowest = _narrowest(document)
        # Bounds beyond 32 bits say more than a type that was left at its default.
        return declared if declared is not None and narrowest is not XdmType.LONG else narrowest
    if json_type == "string":
        return _STRING_FORMATS.get(str(document.get("format")), XdmType.STRING)
    if json_type == "object" and "properties" not in document and document.get("additionalProperties"):
        return XdmType.MAP
    found = _DECLARED.get(str(json_type)) or (XdmType.OBJECT if "properties" in document else None)
    if found is None:
        message = f"the type of {where} cannot be told from {json_type!r}"
        raise ValueError(message)
    return found


def _narrowest(document: Mapping[str, Any]) -> XdmType:
    low, high = document.get("minimum"), document.get("maximum")
    if low is None and high is None:
        return XdmType.INT
    for xdm_type, (lowest, highest) in INTEGER_RANGES.items():
        # Adobe prints some of the upper bounds one too high (128, 9007199254740992).
        if (lowest - 1 <= low if low is not None else True) and (
            high <= highest + 1 if high is not None else True
        ):
            return xdm_type
    return XdmType.LONG


def _bounds(document: Mapping[str, Any], xdm_type: XdmType) -> tuple[float | None, float | None]:
    """Read the bounds; those that only say which integer type it is are left out."""
    low, high = document.get("minimum"), document.get("maximum")
    if xdm_type.is_integer:
        lowest, highest = INTEGER_RANGES[xdm_type]
        low = None if low is None or low <= lowest else low
        high = None if high is None or high >= highest else high
    return low, high
