"""Is a mapping set well formed, and does it map to fields that exist?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.aep import errors
from emulator.aep.conversion import language
from emulator.aep.registry import fields, views

if TYPE_CHECKING:
    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

SOURCE_TYPES = {
    "ATTRIBUTE": "ATTRIBUTE",
    "text/x.schema-path": "ATTRIBUTE",
    "EXPRESSION": "EXPRESSION",
    "text/x.aep-xl": "EXPRESSION",
    "STATIC": "STATIC",
}
_STRING = re.compile(r"""("|')(?:\\.|(?!\1).)*\1""", re.DOTALL)
_CALL = re.compile(r"(?<![\w.$])([A-Za-z_]\w*)\s*\(")  # methods, behind a dot, are Java's
_CLOSING = {")": "(", "]": "[", "}": "{"}


def canonical(mapping: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping under its present names; older ones are `sourceAttribute`, `destinationXdmPath`."""
    known = {
        key: value for key, value in mapping.items() if key not in {"sourceAttribute", "destinationXdmPath"}
    }
    kind = mapping.get("sourceType", "ATTRIBUTE")
    return {
        **known,
        "sourceType": SOURCE_TYPES.get(str(kind), str(kind)),
        "source": mapping.get("source", mapping.get("sourceAttribute")),
        "destination": mapping.get("destination", mapping.get("destinationXdmPath")),
    }


def check_form(body: dict[str, Any]) -> None:
    """Refuse a body that is no mapping set.

    Raises:
        ApiError: 400.
    """
    mappings = body.get("mappings")
    if not isinstance(mappings, list) or not all(isinstance(each, dict) for each in mappings):
        raise errors.bad_request("mappings must be an array of mappings")
    seen = set()
    for mapping in map(canonical, mappings):
        if not isinstance(mapping["source"], str) or not isinstance(mapping["destination"], str):
            raise errors.bad_request("A mapping needs a source and a destination")
        if mapping["sourceType"] not in SOURCE_TYPES:
            raise errors.bad_request(
                f"sourceType {mapping['sourceType']} is not ATTRIBUTE, EXPRESSION or STATIC"
            )
        if mapping["destination"] in seen:
            raise errors.bad_request(f"The destination {mapping['destination']} is mapped twice")
        seen.add(mapping["destination"])


def output_schema(caller: Caller, mapping_set: dict[str, Any]) -> Document | None:
    """Return the resolved schema that a mapping set maps to, None where it names none.

    Raises:
        ApiError: 400 for a schema that does not exist.
    """
    reference = (mapping_set.get("outputSchema") or {}).get("schemaRef") or mapping_set.get("schemaRef") or {}
    schema_id = reference.get("id") or mapping_set.get("xdmSchema")
    if schema_id is None:
        return None
    schema = views.resolved_schema(caller.platform, caller.sandbox, str(schema_id))
    if schema is None:
        raise errors.bad_request(f"The schema {schema_id} does not exist in this sandbox")
    return schema


def problems(caller: Caller, mapping_set: dict[str, Any]) -> list[dict[str, str] | None]:
    """Return, for each mapping, what is wrong with it, or None."""
    schema = output_schema(caller, mapping_set)
    return [_problem(canonical(mapping), schema) for mapping in mapping_set["mappings"]]


def _problem(mapping: dict[str, Any], schema: Document | None) -> dict[str, str] | None:
    complaint = None
    if mapping["sourceType"] == "EXPRESSION":
        complaint = expression_problem(mapping["source"])
    if complaint is None and schema is not None and field_at(schema, mapping["destination"]) is None:
        complaint = f"The destination {mapping['destination']} does not exist in the schema"
    if complaint is None:
        return None
    return {
        "destination": mapping["destination"],
        "exception": complaint,
        "source": mapping["source"],
        "columnName": mapping["destination"],
        "sourceType": mapping["sourceType"],
    }


def field_at(schema: Document, destination: str) -> Document | None:
    """Return the field at a dotted destination such as `person.name.firstName` or `items[*].sku`."""
    path = destination.replace("[*]", "").replace("[]", "")
    return fields.at(schema, "/" + path.replace(".", "/"))


def expression_problem(text: str) -> str | None:
    """Return what is visibly wrong with an expression: its quotes, its brackets, the functions it calls."""
    if not text.strip():
        return "The expression is empty"
    quote, opened, previous = "", [], ""
    for position, character in enumerate(text):
        if quote:
            if character == quote and previous != "\\":
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "([{":
            opened.append(character)
        elif character in _CLOSING and (not opened or opened.pop() != _CLOSING[character]):
            return f"Unexpected '{character}' at position {position}"
        previous = character
    if quote:
        return f"The string that begins with {quote} does not end"
    if opened:
        return f"'{opened[-1]}' is not closed"
    called = _CALL.findall(_STRING.sub("''", text))
    unknown = next((name for name in called if name not in language.CALLABLE), None)
    return f"The function {unknown} does not exist" if unknown else None
