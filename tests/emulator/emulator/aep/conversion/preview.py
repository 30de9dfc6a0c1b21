"""What a mapping set makes of a record, for attributes and constants; expressions are not evaluated here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.aep.conversion.checks import canonical, field_at
from emulator.aep.registry import fields

if TYPE_CHECKING:
    from emulator.aep.store import Document


def mapped(row: dict[str, Any], mappings: list[dict[str, Any]], schema: Document | None) -> dict[str, Any]:
    """Return `{"data": XDM record, "errors": None | [...]}` for one record."""
    data: dict[str, Any] = {}
    problems = []
    for mapping in map(canonical, mappings):
        if mapping["sourceType"] == "EXPRESSION":
            problems.append(_problem(mapping, "Expressions are not evaluated by this preview"))
            continue
        value = mapping["source"] if mapping["sourceType"] == "STATIC" else _at(row, mapping["source"])
        field = field_at(schema, mapping["destination"]) if schema is not None else None
        if schema is not None and field is None:
            problems.append(_problem(mapping, "The destination does not exist in the schema"))
        elif value is not None:
            _put(data, mapping["destination"], _converted(value, field))
    return {"data": data, "errors": problems or None}


def _problem(mapping: dict[str, Any], text: str) -> dict[str, Any]:
    names = {key: mapping[key] for key in ("destination", "source", "sourceType")}
    return {**names, "exception": text, "columnName": mapping["destination"]}


def _at(row: Any, path: str) -> Any:
    """Return the value at a path; a key that contains the dots itself wins."""
    if isinstance(row, dict) and path in row:
        return row[path]
    first, _, rest = path.partition(".")
    if not isinstance(row, dict) or first not in row or not rest:
        return None
    return _at(row[first], rest)


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        data = data.setdefault(name, {})
    data[last] = value


def _converted(value: Any, field: Document | None) -> Any:
    """Return a number as text where the field is a string; Adobe's documented preview does that."""
    if field is None or isinstance(value, (str, bool)) or fields.type_of(field) != "string":
        return value
    return str(value)
