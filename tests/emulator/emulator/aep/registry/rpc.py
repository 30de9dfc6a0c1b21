"""Sample data, export, import and the audit log of resources."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep.identifiers import now_ms, uuid4
from emulator.aep.platform import caller_of
from emulator.aep.registry import fields, library, refusals, resources, views
from emulator.aep.requests import json_body

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/schemaregistry/rpc"
_SAMPLES: dict[str, Any] = {
    "string": "sample",
    "double": 1.5,
    "number": 1.5,
    "long": 1000,
    "int": 10,
    "short": 5,
    "byte": 1,
    "boolean": True,
    "date": "2018-11-12",
    "date-time": "2018-11-12T20:20:39+00:00",
}
_FORMATS = {
    "email": "sample@example.com",
    "uri": "https://ns.adobe.com/sample",
    "uri-reference": "/sample",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "json-pointer": "/sample",
}


def _any_resource(caller: Caller, wanted: str, kinds: tuple[str, ...] = library.TENANT_KINDS) -> Document:
    wanted = unquote(wanted).strip("/ ")
    for kind in kinds:
        for resource in library.listed(caller.platform, caller.sandbox, "tenant", kind):
            if wanted in {resource["$id"], resource["meta:altId"]}:
                return resource
    raise library.not_found("", wanted)


async def sample_data(request: Request) -> Response:
    """Return an object that fits a schema."""
    caller = caller_of(request)
    schema = _any_resource(caller, request.path_params["id"], ("schemas",))
    return JSONResponse(_sample(views.resolve(caller.platform, caller.sandbox, schema)))


def _sample(node: dict[str, Any]) -> Any:
    kind = fields.type_of(node)
    if kind == "object":
        return {name: _sample(child) for name, child in (node.get("properties") or {}).items()}
    if kind == "array":
        return [_sample(node.get("items") or {"type": "string"})]
    if kind == "map":
        return {"key": _sample(node.get("additionalProperties") or {"type": "string"})}
    if node.get("enum"):
        return node["enum"][0]
    if kind == "string" and node.get("format") in _FORMATS:
        return _FORMATS[node["format"]]
    value = _SAMPLES.get(kind, "sample")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = max(node.get("minimum", value), min(node.get("maximum", value), value))
    return value


async def export(request: Request) -> Response:
    """Return a resource and the tenant's resources that it refers to, in an order that can be imported."""
    caller = caller_of(request)
    found: list[Document] = []

    def collect(resource: Document) -> None:
        for reference in _references(resource):
            other = library.by_reference(caller.platform, caller.sandbox, reference)
            if other is not None and other.get("meta:containerId") == "tenant" and other not in found:
                collect(other)
        if resource not in found:
            found.append(resource)

    collect(_any_resource(caller, request.path_params["id"]))
    return JSONResponse(found)


async def import_resources(request: Request) -> Response:
    """Store exported resources in this sandbox; those that are here already are left alone."""
    caller = caller_of(request)
    body = await json_body(request)
    stored = [_imported(caller, item) for item in (body if isinstance(body, list) else [body])]
    return JSONResponse(stored)


def _imported(caller: Caller, item: Any) -> Document:
    kind = str(item.get("meta:resourceType")) if isinstance(item, dict) else ""
    if kind not in library.TENANT_KINDS or not isinstance(item.get("$id"), str):
        raise refusals.invalid("An imported resource needs its $id and meta:resourceType.")
    known = caller.platform.store.get(kind, caller.sandbox, item["$id"])
    if known is None:
        made = {"repo:createdDate": now_ms(), "xdm:createdClientId": caller.client_id}
        metadata = {**made, "xdm:createdUserId": caller.user_id}
        known = resources.checked(
            caller, kind, item, resource_id=item["$id"], version="1.0", metadata=metadata
        )
        caller.platform.store.put(kind, caller.sandbox, item["$id"], known)
    return known


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for item in node for each in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return [*own, *(each for value in node.values() for each in _references(value))]


async def audit_log(request: Request) -> Response:
    """Return the last change of a resource; earlier ones are not kept here."""
    caller = caller_of(request)
    resource = _any_resource(caller, request.path_params["id"])
    metadata = resource["meta:registryMetadata"]
    changed = datetime.fromtimestamp(metadata["repo:lastModifiedDate"] / 1000, timezone.utc)
    action = "add" if resource["version"] == "1.0" else "replace"
    return JSONResponse(
        [
            {
                "id": resource["$id"],
                "updatedUser": metadata["xdm:lastModifiedUserId"],
                "imsOrg": caller.org_id,
                "updatedTime": changed.strftime("%m-%d-%Y %H:%M:%S"),
                "requestId": uuid4(),
                "clientId": metadata["xdm:lastModifiedClientId"],
                "sandBoxId": resource["meta:sandboxId"],
                "updates": [
                    {
                        "id": resource["$id"],
                        "xdmType": library.kind_of(resource),
                        "action": action,
                        "path": "/version",
                        "value": resource["version"],
                    }
                ],
            }
        ]
    )


routes = [
    Route(f"{BASE}/sampledata/{{id:path}}", sample_data, methods=["GET"]),
    Route(f"{BASE}/export/{{id:path}}", export, methods=["GET"]),
    Route(f"{BASE}/import", import_resources, methods=["POST"]),
    Route(f"{BASE}/import/", import_resources, methods=["POST"]),
    Route(f"{BASE}/auditlog/{{id:path}}", audit_log, methods=["GET"]),
]
