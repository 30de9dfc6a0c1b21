"""Unions: all schemas of a class that take part in Real-Time Customer Profile, seen as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.platform import caller_of
from emulator.aep.registry import accept, library, listing
from emulator.aep.registry.resolve import resolved, without_texts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller, Platform
    from emulator.aep.store import Document

BASE = "/data/foundation/schemaregistry"
_SUFFIX = "__union"


def check_taking_part(caller: Caller, schema: Document, merged: Document) -> None:
    """Refuse a schema in a union that has no identity, or a field of another type than the union has.

    Raises:
        ApiError: XDM-1528-400, XDM-1413-400.
    """
    if "union" not in schema.get("meta:immutableTags", ()):
        return
    others = [
        each
        for each in caller.platform.store.all("schemas", caller.sandbox)
        if "union" in each.get("meta:immutableTags", ())
        and each["meta:class"] == schema["meta:class"]
        and each["$id"] != schema["$id"]
    ]
    if others:
        resolved(caller.platform, caller.sandbox, _union(caller, schema["meta:class"], [*others, schema]))
    if "identityMap" in merged.get("properties", {}):
        return
    if primary_identity(caller.platform, caller.sandbox, schema["$id"]) is None:
        detail = (
            "To participate in a union, a schema must include an identityMap fieldgroup or a primary "
            "identity descriptor."
        )
        raise errors.registry(1528, 400, "Union descriptor validation error", detail)


def primary_identity(platform: Platform, sandbox: str, schema_id: str) -> Document | None:
    """Return the primary identity descriptor of a schema."""
    for descriptor in platform.store.all("descriptor", sandbox):
        if (
            descriptor["@type"] == "xdm:descriptorIdentity"
            and descriptor["xdm:sourceSchema"] == schema_id
            and descriptor.get("xdm:isPrimary") is True
        ):
            return descriptor
    return None


def all_unions(caller: Caller) -> list[Document]:
    """Return the union of each class that has a schema in one."""
    schemas = caller.platform.store.all("schemas", caller.sandbox)
    members: dict[str, list[Document]] = {}
    for schema in schemas:
        if "union" in schema.get("meta:immutableTags", ()):
            members.setdefault(schema["meta:class"], []).append(schema)
    return [_union(caller, class_id, found) for class_id, found in members.items()]


def _union(caller: Caller, class_id: str, schemas: list[Document]) -> Document:
    class_ = library.by_reference(caller.platform, caller.sandbox, class_id) or {}
    parts: list[str] = []
    for schema in schemas:
        for part in schema["allOf"]:
            reference = part.get("$ref")
            if reference and not reference.startswith("#") and reference not in parts:
                parts.append(reference)
    union_id = class_id + _SUFFIX
    return {
        "$id": union_id,
        "meta:altId": library.alternative_id(union_id),
        "meta:resourceType": "unions",
        "version": "1.0",
        "title": class_.get("title", class_id),
        "type": "object",
        "description": class_.get("description", ""),
        "allOf": [{"$ref": reference} for reference in parts],
        "imsOrg": caller.org_id,
        "meta:extensible": False,
        "meta:abstract": False,
        "meta:extends": [
            class_id,
            *class_.get("meta:extends", ()),
            *(each for each in parts if each != class_id),
        ],
        "meta:xdmType": "object",
        "meta:class": class_id,
        "meta:registryMetadata": dict(schemas[-1]["meta:registryMetadata"]),
        "meta:containerId": "tenant",
        "meta:sandboxId": caller.sandbox_id,
        "meta:sandboxType": caller.sandbox_type,
        "meta:tenantNamespace": caller.platform.tenant_namespace,
    }


async def list_unions(request: Request) -> Response:
    """List the unions of the sandbox."""
    caller = caller_of(request)
    view = accept.of_listing(request.headers.get("accept"))
    return listing.answer(request, all_unions(caller), view, caller.base_url)


async def look_up(request: Request) -> Response:
    """Return one union, resolved where the Accept header asks for it."""
    caller = caller_of(request)
    view = accept.of_lookup(request.headers.get("accept"))
    wanted = request.path_params["id"].strip().rstrip("/")
    for union in all_unions(caller):
        if wanted in {union["$id"], union["meta:altId"]}:
            body: dict[str, Any] = (
                resolved(caller.platform, caller.sandbox, union) if view.resolved else union
            )
            return JSONResponse(body if view.texts else without_texts(body))
    raise library.not_found("unions", wanted)


routes = [
    Route(f"{BASE}/tenant/unions", list_unions, methods=["GET"]),
    Route(f"{BASE}/tenant/unions/", list_unions, methods=["GET"]),
    Route(f"{BASE}/tenant/unions/{{id:path}}", look_up, methods=["GET"]),
]
