"""A short notation for XDM resources, in which the standard library is written.

Titles are made from the field names. The paths, types and constraints are those of Adobe's published XDM; the
texts are not.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.aep.registry.xdm_types import derive

Field = dict[str, Any]

PROFILE = "https://ns.adobe.com/xdm/context/profile"
EXPERIENCE_EVENT = "https://ns.adobe.com/xdm/context/experienceevent"
RECORD = "https://ns.adobe.com/xdm/data/record"
TIME_SERIES = "https://ns.adobe.com/xdm/data/time-series"


def string(**keywords: Any) -> Field:
    """Return a string field."""
    return _field({"type": "string", **keywords})


def choice(*values: str) -> Field:
    """Return a string field that takes these values only."""
    return string(enum=list(values), **{"meta:enum": {value: value for value in values}})


def suggested(*values: str) -> Field:
    """Return a string field with suggested values."""
    return string(**{"meta:enum": {value: value for value in values}})


def date() -> Field:
    """Return a date field."""
    return string(format="date")


def date_time() -> Field:
    """Return a date-time field."""
    return string(format="date-time")


def integer(**keywords: Any) -> Field:
    """Return an integer field; an `int` unless bounds say otherwise."""
    return _field({"type": "integer", **keywords})


def long() -> Field:
    """Return an integer field of 53 bits."""
    return integer(minimum=-9_007_199_254_740_991, maximum=9_007_199_254_740_991)


def number(**keywords: Any) -> Field:
    """Return a number field."""
    return _field({"type": "number", **keywords})


def boolean() -> Field:
    """Return a boolean field."""
    return _field({"type": "boolean"})


def array(items: Field) -> Field:
    """Return an array field."""
    return _field({"type": "array", "items": items})


def mapping(values: Field) -> Field:
    """Return a map field; its keys are strings."""
    return {"type": "object", "additionalProperties": values, "meta:xdmType": "map"}


def record(required: tuple[str, ...] = (), **fields: Field) -> Field:
    """Return an object field."""
    node = _field({"type": "object", "properties": _titled(fields)})
    return {**node, "required": list(required)} if required else node


def refer(resource_id: str) -> Field:
    """Return a field of a data type."""
    return {"$ref": resource_id, "type": "object", "meta:xdmType": "object"}


def measure() -> Field:
    """Return a counted fact: `{id, value}`."""
    return refer("https://ns.adobe.com/xdm/data/measure")


def data_type(resource_id: str, title: str, required: tuple[str, ...] = (), **fields: Field) -> Field:
    """Return a data type."""
    return _resource(resource_id, "datatypes", title, record(required, **fields))


def field_group(
    resource_id: str,
    title: str,
    extends: tuple[str, ...],
    fields: dict[str, Field],
    references: tuple[str, ...] = (),
) -> Field:
    """Return a field group for the classes in `extends`, including the field groups in `references`."""
    body = record((), **fields)
    if references:
        body["allOf"] = [
            {"$ref": reference, "type": "object", "meta:xdmType": "object"} for reference in references
        ]
    return {**_resource(resource_id, "mixins", title, body), "meta:intendedToExtend": list(extends)}


def class_(
    resource_id: str, title: str, parents: tuple[str, ...], required: tuple[str, ...] = (), **fields: Field
) -> Field:
    """Return a class that includes what its parents have."""
    body = record(required, **fields)
    body["allOf"] = [{"$ref": parent, "type": "object", "meta:xdmType": "object"} for parent in parents]
    return {**_resource(resource_id, "classes", title, body), "meta:extends": list(parents)}


def behaviour(resource_id: str, title: str, required: tuple[str, ...] = (), **fields: Field) -> Field:
    """Return a behaviour: what a class is based on."""
    return _resource(resource_id, "behaviors", title, record(required, **fields))


def _resource(resource_id: str, kind: str, title: str, body: Field) -> Field:
    return {
        "$id": resource_id,
        "meta:altId": "_" + resource_id.removeprefix("https://ns.adobe.com/").replace("/", "."),
        "meta:resourceType": kind,
        "version": "1.0",
        "title": title,
        "description": title,
        **body,
        "meta:extensible": True,
        "meta:abstract": True,
        "meta:containerId": "global",
        "meta:tenantNamespace": "global",
        "meta:registryMetadata": {
            "repo:createdDate": 1_600_000_000_000,
            "repo:lastModifiedDate": 1_600_000_000_000,
        },
        "imsOrg": "global",
    }


def _field(node: Field) -> Field:
    return {**node, "meta:xdmType": derive(node)}


def _titled(fields: dict[str, Field]) -> dict[str, Field]:
    return {name: {"title": _title(name), **field} for name, field in fields.items()}


def _title(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip("_"))
    return words[:1].upper() + words[1:]
