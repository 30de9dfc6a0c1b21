"""What the registry refuses when a resource is created or changed.

Codes 1020 to 1024, 1413 and 1521 are documented. The others have no published code; they are chosen here
and a client must not depend on them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulator.aep import errors
from emulator.aep.registry import library, standard, xdm_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.aep.platform import Caller

_NAMESPACE_CODES = {"schemas": 1020, "classes": 1021, "mixins": 1022, "datatypes": 1023}
_FIELD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*$")
_JSON_TYPES = {"string", "number", "integer", "boolean", "object", "array"}
RELATIONAL = "https://ns.adobe.com/xdm/data/adhoc-v2"
AD_HOC = "https://ns.adobe.com/xdm/data/adhoc"


def invalid(detail: str) -> errors.ApiError:
    """Return the refusal of a body that is not well formed."""
    return errors.registry(1040, 400, "Schema validation error", detail)


def check_basics(body: dict[str, Any], kind: str) -> None:
    """Refuse a body without what every resource needs."""
    if not isinstance(body.get("title"), str) or not body["title"].strip():
        raise invalid("A title is required.")
    # Clients in use create schemas without a type, field groups and classes never.
    if kind != "datatypes" and body.get("type", "object" if kind == "schemas" else None) != "object":
        raise invalid("type must be object.")
    if kind != "datatypes" and not isinstance(body.get("allOf"), list) and "properties" not in body:
        raise invalid("allOf is required.")
    if kind == "mixins":
        intended = body.get("meta:intendedToExtend")
        if not isinstance(intended, list) or not intended:
            raise invalid("meta:intendedToExtend must list the classes that the field group is for.")


def check_title(caller: Caller, body: dict[str, Any], own_id: str | None) -> None:
    """Refuse a title that another resource of any kind has in this sandbox."""
    for kind in library.TENANT_KINDS:
        for other in caller.platform.store.all(kind, caller.sandbox):
            if other["title"] == body["title"] and other["$id"] != own_id:
                known = other["$id"]
                detail = f"Object titles must be unique. An object {known} already exists with the same title"
                raise errors.registry(1521, 400, "Title not unique", detail)


def check_namespace(caller: Caller, body: dict[str, Any], kind: str) -> None:
    """Refuse custom fields that are not below `_{TENANT_ID}`."""
    if kind == "datatypes" or is_relational(body):
        return
    allowed = {caller.platform.tenant_namespace}
    if kind == "classes" and AD_HOC in references(body):
        allowed.add("_adhoc")
    if "meta:datasetNamespace" in body:
        allowed.add(body["meta:datasetNamespace"])
    if set(_own_top_level(body, body.get("definitions", {}))) - allowed:
        detail = (
            "A custom field is defined under an invalid namespace. All custom fields must be defined under a "
            f"top-level field named {caller.platform.tenant_namespace}."
        )
        raise errors.registry(_NAMESPACE_CODES[kind], 400, "Namespace validation error", detail)


def check_fields(body: dict[str, Any], namespace: str) -> None:
    """Refuse names, types and explicit XDM types that are not valid."""
    for name, node, parent in _fields(body):
        if not (
            _FIELD_NAME.match(name)
            or (parent is None and name in {namespace, "_adhoc"})
            or name.startswith("_")
        ):
            raise invalid(
                f"The field name {name!r} is not valid: letters, digits, underscore, not starting with one."
            )
        if parent == namespace and name.startswith("_"):
            raise invalid(f"The field name {name!r} starts with an underscore, which is reserved.")
        if "$ref" in node or "allOf" in node:
            continue
        if node.get("type") not in _JSON_TYPES:
            raise invalid(f"The field {name!r} has no valid type: {node.get('type')!r}.")
        if node["type"] == "array" and not isinstance(node.get("items"), dict):
            raise invalid(f"The array {name!r} has no items.")
        written, derived = node.get("meta:xdmType"), xdm_types.derive(node)
        if written is not None and derived is not None and not xdm_types.agree(written, derived):
            raise invalid(f"The field {name!r} says meta:xdmType {written}, its keywords say {derived}.")


def check_class(caller: Caller, body: dict[str, Any]) -> str | None:
    """Return the class of a schema, None for a relational one.

    Raises:
        ApiError: where there is not exactly one class, or a field group is not made for it.
    """
    if is_relational(body):
        return None
    targets = {}
    for reference in references(body):
        target = library.by_reference(caller.platform, caller.sandbox, reference)
        if target is None:
            raise library.not_found("", reference)
        targets[reference] = target
    classes = [reference for reference, target in targets.items() if library.kind_of(target) == "classes"]
    if len(classes) != 1:
        raise invalid(f"A schema must refer to exactly one class; this one refers to {len(classes)}.")
    lineage = {classes[0], *targets[classes[0]].get("meta:extends", ())}
    for reference, target in targets.items():
        if library.kind_of(target) == "schemas":
            raise invalid(f"A schema cannot extend another schema ({reference}).")
        intended = target.get("meta:intendedToExtend")
        if library.kind_of(target) == "mixins" and intended and not lineage & set(intended):
            raise invalid(f"The field group {reference} is not made for the class {classes[0]}.")
    return classes[0]


def check_behaviour(body: dict[str, Any]) -> None:
    """Refuse a class that does not extend exactly one behaviour (or another class)."""
    behaviours = [each for each in references(body) if each in standard.BEHAVIOURS]
    if len(behaviours) != 1:
        raise invalid(
            "A class must refer to exactly one behaviour: data/record, data/time-series or data/adhoc."
        )


def is_relational(body: dict[str, Any]) -> bool:
    """Tell whether a schema is relational: fields at the root, no class."""
    return RELATIONAL in body.get("meta:extends", ())


def references(body: dict[str, Any]) -> list[str]:
    """Return the resources that a body's `allOf` refers to, without those of its own definitions."""
    parts = [part for part in body.get("allOf", ()) if isinstance(part, dict)]
    found = [part.get("$ref") for part in parts]
    return [each for each in found if isinstance(each, str) and not each.startswith("#")]


def _own_top_level(node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    yield from node.get("properties", {})
    for part in node.get("allOf", ()):
        if not isinstance(part, dict):
            continue
        reference = part.get("$ref", "")
        if reference.startswith("#/definitions/"):
            yield from _own_top_level(
                definitions.get(reference.removeprefix("#/definitions/"), {}), definitions
            )
        elif not reference:
            yield from _own_top_level(part, definitions)


def _fields(
    node: dict[str, Any], parent: str | None = None
) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Yield name, definition and parent's name of every field that a body itself defines."""
    for name, child in node.get("properties", {}).items():
        if not isinstance(child, dict):
            raise invalid(f"The field {name!r} is not an object.")
        yield name, child, parent
        yield from _fields(child, name)
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield from _fields(node[keyword], parent)
    for part in (*node.get("definitions", {}).values(), *node.get("allOf", ())):
        if isinstance(part, dict):
            yield from _fields(part, parent)
