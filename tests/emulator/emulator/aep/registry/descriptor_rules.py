"""What a descriptor must satisfy to be stored.

Documented: the fields of each type, one primary identity per schema, the rules of the relational keys. That a
second descriptor of the same meaning is refused is a choice (switch `aep.duplicate_descriptor`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.aep import errors, namespaces
from emulator.aep.registry import evolution, fields, library, refusals, unions, views

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

_MEANING = ("@type", "xdm:sourceSchema", "xdm:sourceProperty", "xdm:namespace")
_OF_THE_SCHEMA = {"xdm:descriptorTimeSeriesGranularity", "xdm:descriptorLabel"}
_KEY = {"xdm:descriptorPrimaryKey", "xdm:descriptorVersion", "xdm:descriptorTimestamp"}


def invalid(detail: str) -> errors.ApiError:
    """Return the refusal of a descriptor."""
    return errors.registry(1850, 400, "Descriptor validation error", detail)


def check(caller: Caller, body: dict[str, Any], own_id: str) -> None:
    """Refuse a descriptor that is incomplete, points at nothing or contradicts another.

    Raises:
        ApiError: 400.
    """
    kind = body.get("@type")
    if kind not in _RULES:
        raise invalid(f"@type {kind!r} is not a type of descriptor.")
    schema_id = body.get("xdm:sourceSchema")
    if not isinstance(schema_id, str):
        raise invalid("xdm:sourceSchema is required.")
    source = library.by_reference(caller.platform, caller.sandbox, schema_id)
    if source is None:
        raise invalid(f"The source schema {schema_id} does not exist.")
    if str(body.get("xdm:sourceVersion", "1")) != "1":
        raise invalid("xdm:sourceVersion must be 1.")
    merged = views.resolve(caller.platform, caller.sandbox, source)
    paths = _paths(body)
    for path in paths:
        if fields.at(merged, path) is None:
            raise invalid(f"The path {path} does not exist in {schema_id}.")
    _RULES[kind](caller, body, source, merged)
    _check_others(caller, body, own_id)


def _check_others(caller: Caller, body: dict[str, Any], own_id: str) -> None:
    others = [
        each for each in caller.platform.store.all("descriptor", caller.sandbox) if each["@id"] != own_id
    ]
    if caller.platform.switches.text("aep.duplicate_descriptor") == "refused":
        for other in others:
            if all(other.get(key) == body.get(key) for key in _MEANING):
                raise invalid(f"The descriptor {other['@id']} says the same already.")
    if body["@type"] == "xdm:descriptorIdentity" and body.get("xdm:isPrimary") is True:
        primary = unions.primary_identity(caller.platform, caller.sandbox, body["xdm:sourceSchema"])
        if primary is not None and primary["@id"] != own_id:
            raise invalid(f"The schema has a primary identity already: {primary['xdm:sourceProperty']}.")


def check_removal(caller: Caller, descriptor: Document) -> None:
    """Refuse to take away the primary identity of a schema in use."""
    primary = descriptor["@type"] == "xdm:descriptorIdentity" and descriptor.get("xdm:isPrimary") is True
    if not primary and descriptor["@type"] not in _KEY:
        return
    schema = caller.platform.store.get("schemas", caller.sandbox, descriptor["xdm:sourceSchema"])
    if schema is not None and evolution.in_use(caller.platform, caller.sandbox, schema):
        detail = f"The descriptor {descriptor['@id']} identifies rows of a schema in use; it must stay."
        raise errors.registry(1851, 403, "Descriptor in use", detail)


def _paths(body: dict[str, Any]) -> list[str]:
    written = body.get("xdm:sourceProperty")
    if written is None and body["@type"] in _OF_THE_SCHEMA:
        return []
    paths = written if isinstance(written, list) else [written]
    if not all(isinstance(path, str) and path.startswith("/") for path in paths):
        raise invalid("xdm:sourceProperty must be a path that starts with a slash.")
    return list(paths)


def _identity(caller: Caller, body: dict[str, Any], source: Document, merged: Document) -> None:
    if library.kind_of(source) != "schemas":
        raise invalid("An identity is described for a schema.")
    path = body["xdm:sourceProperty"]
    field = fields.at(merged, path) or {}
    if fields.type_of(field) != "string":
        raise invalid(f"An identity must be a string field; {path} is {fields.type_of(field)}.")
    if not isinstance(body.get("xdm:isPrimary", False), bool):
        raise invalid("xdm:isPrimary must be true or false.")
    _namespace(caller, body.get("xdm:namespace"), body.get("xdm:property", "xdm:id"))


def _reference_identity(caller: Caller, body: dict[str, Any], _source: Document, _merged: Document) -> None:
    _namespace(caller, body.get("xdm:identityNamespace"), "xdm:code")


def _namespace(caller: Caller, written: Any, by: str) -> None:
    if by not in {"xdm:code", "xdm:id"}:
        raise invalid("xdm:property must be xdm:code or xdm:id.")
    if written is None or namespaces.find(caller, written, by_code=by == "xdm:code") is None:
        raise invalid(f"The identity namespace {written!r} does not exist.")


def _relation(caller: Caller, body: dict[str, Any], _source: Document, _merged: Document) -> None:
    target = body.get("xdm:destinationSchema")
    if not isinstance(target, str) or library.by_reference(caller.platform, caller.sandbox, target) is None:
        raise invalid(f"The destination schema {target} does not exist.")


def _primary_key(_caller: Caller, body: dict[str, Any], source: Document, merged: Document) -> None:
    _relational(source)
    for path in _paths(body):
        name = path.strip("/")
        if "/" in name:
            raise invalid(f"A primary key must be at the root; {path} is not.")
        if name not in merged.get("required", ()):
            raise invalid(f"The primary key field {path} must be required.")


def _version(caller: Caller, body: dict[str, Any], source: Document, merged: Document) -> None:
    _relational(source)
    path = body["xdm:sourceProperty"]
    if not isinstance(path, str):
        raise invalid("A version is one field.")
    for other in caller.platform.store.all("descriptor", caller.sandbox):
        same_schema = other["xdm:sourceSchema"] == body["xdm:sourceSchema"]
        if same_schema and other["@type"] == "xdm:descriptorPrimaryKey" and path in _paths(other):
            detail = f"The version descriptor cannot be on the primary key field {path}."
            raise errors.registry(1855, 400, "Descriptor validation error", detail)
    kind = fields.type_of(fields.at(merged, path) or {})
    if kind not in {"int", "long", "short", "byte", "number", "double", "date-time"}:
        detail = f"The version field {path} must be a number or a date-time; it is {kind}."
        raise errors.registry(1855, 400, "Descriptor validation error", detail)


def _timestamp(_caller: Caller, body: dict[str, Any], source: Document, merged: Document) -> None:
    _relational(source)
    path = _paths(body)[0]
    if fields.type_of(fields.at(merged, path) or {}) != "date-time":
        raise invalid(f"The timestamp field {path} must be a date-time.")


def _relational(source: Document) -> None:
    if not refusals.is_relational(source):
        raise invalid("This descriptor is for relational schemas only.")


def _anything(_caller: Caller, _body: dict[str, Any], _source: Document, _merged: Document) -> None:
    return


_RULES: dict[str, Callable[[Caller, dict[str, Any], Document, Document], None]] = {
    "xdm:descriptorIdentity": _identity,
    "xdm:descriptorReferenceIdentity": _reference_identity,
    "xdm:descriptorOneToOne": _relation,
    "xdm:descriptorRelationship": _relation,
    "xdm:descriptorPrimaryKey": _primary_key,
    "xdm:descriptorVersion": _version,
    "xdm:descriptorTimestamp": _timestamp,
    "xdm:alternateDisplayInfo": _anything,
    "xdm:descriptorDeprecated": _anything,
    "xdm:descriptorLabel": _anything,
    "xdm:descriptorTimeSeriesGranularity": _anything,
}
