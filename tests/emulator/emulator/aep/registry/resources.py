"""Schemas, field groups, classes and data types: list, look up, create, change, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import identifiers, json_patch
from emulator.aep.platform import caller_of
from emulator.aep.registry import (
    accept,
    evolution,
    library,
    listing,
    refusals,
    unions,
    views,
    xdm_types,
)
from emulator.aep.registry.resolve import resolved
from emulator.aep.requests import json_array, json_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/schemaregistry"
_LIBRARY_VERSION = "1.60.0"


async def list_resources(request: Request) -> Response:
    """List a container's resources of a kind."""
    caller = caller_of(request)
    kind, container = library.addressed(request)
    view = accept.of_listing(request.headers.get("accept"))
    found = library.listed(caller.platform, caller.sandbox, container, kind)
    return listing.answer(request, found, view, caller.base_url)


async def look_up(request: Request) -> Response:
    """Return one resource in the view that the Accept header asks for."""
    caller = caller_of(request)
    kind, container = library.addressed(request)
    header = request.headers.get("accept")
    view = accept.of_lookup(header)
    resource = library.find(caller.platform, caller.sandbox, container, kind, request.path_params["id"])
    if accept.version_of(header).split(".")[0] != "1":
        raise library.not_found(kind, resource["$id"])
    body = views.shown(caller.platform, caller.sandbox, resource, view)
    return JSONResponse(body, headers={"Content-Type": "application/json"})


async def create(request: Request) -> Response:
    """Create a resource in the tenant container."""
    caller = caller_of(request)
    kind, _container = library.addressed(request, writable=True)
    body = await json_object(request)
    resource_id = (
        f"https://ns.adobe.com/{caller.platform.credentials.tenant_id}/{kind}/{identifiers.resource_hash()}"
    )
    now = identifiers.now_ms()
    metadata = {
        "repo:createdDate": now,
        "xdm:createdClientId": caller.client_id,
        "xdm:createdUserId": caller.user_id,
    }
    resource = checked(caller, kind, body, resource_id=resource_id, version="1.0", metadata=metadata)
    caller.platform.store.put(kind, caller.sandbox, resource_id, resource)
    return JSONResponse(resource, 201)


async def replace(request: Request) -> Response:
    """Replace the whole definition of a resource."""
    caller = caller_of(request)
    existing = _tenant_resource(caller, request)
    return _changed(caller, existing, await json_object(request))


async def patch(request: Request) -> Response:
    """Change parts of a resource with a JSON Patch."""
    caller = caller_of(request)
    existing = _tenant_resource(caller, request)
    operations = await json_array(request)
    try:
        body = json_patch.apply(existing, operations)
    except json_patch.PatchError as error:
        raise refusals.invalid(f"The patch cannot be applied: {error}") from None
    if not isinstance(body, dict):
        raise refusals.invalid("The patch leaves no object.")
    return _changed(caller, existing, body)


async def delete(request: Request) -> Response:
    """Delete a resource that nothing uses."""
    caller = caller_of(request)
    existing = _tenant_resource(caller, request)
    kind = library.kind_of(existing)
    if kind == "schemas" and evolution.in_use(caller.platform, caller.sandbox, existing):
        raise refusals.invalid(f"The schema {existing['$id']} is in use and cannot be deleted.")
    users = [each["$id"] for each in _users(caller, existing["$id"])]
    if users:
        raise refusals.invalid(f"The resource {existing['$id']} is used by {', '.join(users)}.")
    caller.platform.store.delete(kind, caller.sandbox, existing["$id"])
    for descriptor in caller.platform.store.all("descriptor", caller.sandbox):
        if descriptor.get("xdm:sourceSchema") == existing["$id"]:
            caller.platform.store.delete("descriptor", caller.sandbox, descriptor["@id"])
    return Response(status_code=204)


def _tenant_resource(caller: Caller, request: Request) -> Document:
    kind, _container = library.addressed(request, writable=True)
    return library.find(
        caller.platform, caller.sandbox, "tenant", kind, request.path_params["id"], own_only=True
    )


def _changed(caller: Caller, existing: Document, body: dict[str, Any]) -> Response:
    """Store a changed resource, after seeing what it does to every schema in use that contains it."""
    platform, sandbox = caller.platform, caller.sandbox
    kind, resource_id = library.kind_of(existing), existing["$id"]
    major, minor = existing["version"].split(".")
    metadata = {
        key: value for key, value in existing["meta:registryMetadata"].items() if key in _KEPT_METADATA
    }
    resource = checked(
        caller, kind, body, resource_id=resource_id, version=f"{major}.{int(minor) + 1}", metadata=metadata
    )
    removed = set(existing.get("meta:immutableTags", ())) - set(resource.get("meta:immutableTags", ()))
    if removed:
        raise refusals.invalid(f"Immutable tags cannot be removed: {', '.join(sorted(removed))}.")
    affected = [existing] if kind == "schemas" else _schemas_with(caller, resource_id)
    before = [(schema, views.resolve(platform, sandbox, schema)) for schema in affected]
    platform.store.put(kind, sandbox, resource_id, resource)
    try:
        for schema, old in before:
            now = resource if schema["$id"] == resource_id else schema
            new = resolved(platform, sandbox, now)
            if evolution.in_use(platform, sandbox, schema):
                evolution.refuse_breaking(old, new)
    except Exception:
        platform.store.put(kind, sandbox, resource_id, existing)
        raise
    for schema, _ in before:
        if schema["$id"] != resource_id:
            _touch(caller, schema)
    return JSONResponse(resource)


_KEPT_METADATA = ("repo:createdDate", "xdm:createdClientId", "xdm:createdUserId")


def checked(
    caller: Caller,
    kind: str,
    body: dict[str, Any],
    *,
    resource_id: str,
    version: str,
    metadata: dict[str, Any],
) -> Document:
    """Return the document to store, after every refusal that applies to its kind.

    Raises:
        ApiError: for a body that the registry does not take.
    """
    refusals.check_basics(body, kind)
    refusals.check_title(caller, body, resource_id)
    refusals.check_namespace(caller, body, kind)
    refusals.check_fields(body, caller.platform.tenant_namespace)
    extends: list[str] = []
    for reference in refusals.references(body):
        target = library.by_reference(caller.platform, caller.sandbox, reference)
        if target is None:
            raise library.not_found("", reference)
        for each in (reference, *target.get("meta:extends", ())):
            if each not in extends:
                extends.append(each)
    document: dict[str, Any] = {
        **{key: value for key, value in body.items() if not key.startswith("meta:") or key in _WRITABLE_META},
        "$id": resource_id,
        "meta:altId": library.alternative_id(resource_id),
        "meta:resourceType": kind,
        "version": version,
        "imsOrg": caller.org_id,
        "meta:extensible": kind != "schemas",
        "meta:abstract": kind != "schemas",
        "type": body.get("type", "object"),
        "meta:xdmType": body.get("type", "object"),
        "meta:registryMetadata": {
            **metadata,
            "repo:lastModifiedDate": identifiers.now_ms(),
            "xdm:lastModifiedClientId": caller.client_id,
            "xdm:lastModifiedUserId": caller.user_id,
            "eTag": identifiers.e_tag(),
            "meta:globalLibVersion": _LIBRARY_VERSION,
        },
        "meta:containerId": "tenant",
        "meta:sandboxId": caller.sandbox_id,
        "meta:sandboxType": caller.sandbox_type,
        "meta:tenantNamespace": caller.platform.tenant_namespace,
    }
    if kind == "schemas":
        _complete_schema(caller, body, document, extends)
    elif kind == "classes":
        refusals.check_behaviour(body)
        document["meta:extends"] = extends
        _name_ad_hoc(body, document)
    elif extends:
        document["meta:extends"] = extends
    annotated: Document = _annotated(document)
    merged = resolved(caller.platform, caller.sandbox, annotated)
    unions.check_taking_part(caller, annotated, merged)
    return annotated


_WRITABLE_META = frozenset(
    {
        "meta:intendedToExtend",
        "meta:immutableTags",
        "meta:behaviorType",
        "meta:datasetNamespace",
        "meta:status",
    }
)


def _complete_schema(caller: Caller, body: dict[str, Any], document: Document, extends: list[str]) -> None:
    class_id = refusals.check_class(caller, body)
    if class_id is None:
        document["meta:extends"] = [refusals.RELATIONAL, *extends]
        document["meta:behaviorType"] = body.get("meta:behaviorType", "record")
        document["meta:class"] = refusals.RELATIONAL
        return
    document["meta:class"] = class_id
    document["meta:extends"] = extends
    written = body.get("meta:extends")
    if isinstance(written, list):
        unknown = [each for each in written if each not in extends]
        if unknown:
            raise refusals.invalid(f"meta:extends names {unknown[0]}, which allOf does not refer to.")


def _name_ad_hoc(body: dict[str, Any], document: Document) -> None:
    """Rename `_adhoc`, the placeholder in an ad-hoc class, to the namespace of its datasets."""
    if refusals.AD_HOC not in refusals.references(body):
        return
    namespace = "_" + document["$id"].rsplit("/", 1)[1]
    document["meta:datasetNamespace"] = namespace

    def renamed(part: Any) -> Any:
        if not isinstance(part, dict) or "_adhoc" not in part.get("properties", {}):
            return part
        properties = {
            namespace if name == "_adhoc" else name: node for name, node in part["properties"].items()
        }
        return {**part, "properties": properties}

    document["allOf"] = [renamed(part) for part in document["allOf"]]


def _annotated(node: Any) -> Any:
    """Return a copy in which every field says its `meta:xdmType`."""
    if isinstance(node, list):
        return [_annotated(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: {name: _annotated(child) for name, child in value.items()}
        if key in {"properties", "definitions"} and isinstance(value, dict)
        else _annotated(value)
        if key in {"items", "additionalProperties", "allOf"}
        else value
        for key, value in node.items()
    }
    derived = xdm_types.derive(result)
    if derived is not None and "meta:xdmType" not in result:
        result["meta:xdmType"] = derived
    return result


def _schemas_with(caller: Caller, resource_id: str) -> list[Document]:
    """Return the schemas that contain a resource, directly or through another."""
    wanted = {resource_id}
    while True:
        more = {each["$id"] for each in _users_of_any(caller, wanted)} - wanted
        if not more:
            break
        wanted |= more
    schemas = caller.platform.store.all("schemas", caller.sandbox)
    return [schema for schema in schemas if schema["$id"] in wanted]


def _users(caller: Caller, resource_id: str) -> list[Document]:
    return [each for each in _users_of_any(caller, {resource_id}) if each["$id"] != resource_id]


def _users_of_any(caller: Caller, wanted: set[str]) -> list[Document]:
    return [
        resource
        for kind in library.TENANT_KINDS
        for resource in caller.platform.store.all(kind, caller.sandbox)
        if wanted & set(_all_references(resource))
    ]


def _all_references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for item in node for each in _all_references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return [*own, *(each for value in node.values() for each in _all_references(value))]


def _touch(caller: Caller, schema: Document) -> None:
    """Count the change of a part as a change of the schema that contains it."""
    major, minor = schema["version"].split(".")
    metadata = {**schema["meta:registryMetadata"], "repo:lastModifiedDate": identifiers.now_ms()}
    changed = {**schema, "version": f"{major}.{int(minor) + 1}", "meta:registryMetadata": metadata}
    caller.platform.store.put("schemas", caller.sandbox, schema["$id"], changed)


routes = [
    route
    for suffix in ("", "/")
    for route in (
        Route(f"{BASE}/{{container}}/{{kind}}{suffix}", list_resources, methods=["GET"]),
        Route(f"{BASE}/tenant/{{kind}}{suffix}", create, methods=["POST"]),
    )
] + [
    Route(f"{BASE}/tenant/{{kind}}/{{id:path}}", replace, methods=["PUT"]),
    Route(f"{BASE}/tenant/{{kind}}/{{id:path}}", patch, methods=["PATCH"]),
    Route(f"{BASE}/tenant/{{kind}}/{{id:path}}", delete, methods=["DELETE"]),
    Route(f"{BASE}/{{container}}/{{kind}}/{{id:path}}", look_up, methods=["GET"]),
]
