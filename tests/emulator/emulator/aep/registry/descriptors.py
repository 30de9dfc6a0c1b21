"""Descriptors: what a schema's fields mean beyond their type, identities above all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import errors, identifiers
from emulator.aep.platform import caller_of
from emulator.aep.registry import accept, descriptor_rules, library
from emulator.aep.requests import json_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/schemaregistry"
_PAGE = 300


async def create(request: Request) -> Response:
    """Create a descriptor."""
    caller = caller_of(request)
    body = await json_object(request)
    descriptor = _complete(caller, body, identifiers.descriptor_id(), {})
    caller.platform.store.put("descriptor", caller.sandbox, descriptor["@id"], descriptor)
    return JSONResponse(descriptor, 201)


async def replace(request: Request) -> Response:
    """Replace a descriptor."""
    caller = caller_of(request)
    existing = _existing(caller, request)
    body = await json_object(request)
    descriptor = _complete(caller, body, existing["@id"], existing["meta:registryMetadata"])
    caller.platform.store.put("descriptor", caller.sandbox, descriptor["@id"], descriptor)
    return JSONResponse(descriptor, 201)


async def delete(request: Request) -> Response:
    """Delete a descriptor, unless data rely on it."""
    caller = caller_of(request)
    existing = _existing(caller, request)
    descriptor_rules.check_removal(caller, existing)
    caller.platform.store.delete("descriptor", caller.sandbox, existing["@id"])
    return Response(status_code=204)


async def look_up(request: Request) -> Response:
    """Return one descriptor."""
    accept.check_descriptor_lookup(request.headers.get("accept"))
    return JSONResponse(_existing(caller_of(request), request))


async def list_descriptors(request: Request) -> Response:
    """List descriptors, grouped by type, or as one paged list with a `-v2` Accept header."""
    caller = caller_of(request)
    view = accept.of_descriptor_listing(request.headers.get("accept"))
    query = request.query_params
    found = [
        each
        for each in caller.platform.store.all("descriptor", caller.sandbox)
        if _matches(each, query.getlist("property"))
    ]

    def shown(descriptor: Document) -> Any:
        if view.links:
            return f"/tenant/descriptors/{descriptor['@id']}"
        return descriptor["@id"] if view.ids_only else descriptor

    if view.paged:
        return _page(caller, request, found, shown)
    grouped: dict[str, list[Any]] = {}
    for descriptor in found:
        grouped.setdefault(descriptor["@type"], []).append(shown(descriptor))
    return JSONResponse(grouped)


def _page(caller: Caller, request: Request, found: list[Document], shown: Any) -> Response:
    start = request.query_params.get("start")
    ids = [each["@id"] for each in found]
    if start is not None:
        found = found[ids.index(start) + 1 :] if start in ids else []
    limit_text = request.query_params.get("limit", str(_PAGE))
    limit = min(int(limit_text), _PAGE) if limit_text.isdigit() and int(limit_text) > 0 else _PAGE
    page, rest = found[:limit], found[limit:]
    following = page[-1]["@id"] if rest else None
    href = f"{caller.base_url}{request.url.path}?start={following}&limit={limit}" if following else None
    return JSONResponse(
        {
            "results": [shown(each) for each in page],
            "_page": {"orderby": "@id", "next": following, "count": len(page)},
            "_links": {"next": {"href": href} if href else None},
        }
    )


def _matches(descriptor: Document, filters: list[str]) -> bool:
    for text in filters:
        for part in text.split(","):
            name, operator, value = part.partition("==")
            if operator and str(descriptor.get(name.strip(), "")) != value:
                return False
    return True


def _existing(caller: Caller, request: Request) -> Document:
    wanted = request.path_params["id"].strip().rstrip("/")
    found = caller.platform.store.get("descriptor", caller.sandbox, wanted)
    if found is None:
        raise library.not_found("descriptors", wanted)
    return found


def _complete(caller: Caller, body: dict[str, Any], descriptor_id: str, metadata: dict[str, Any]) -> Document:
    descriptor_rules.check(caller, body, descriptor_id)
    now = identifiers.now_ms()
    return {
        **body,
        "@id": descriptor_id,
        "imsOrg": caller.org_id,
        "version": "1",
        "meta:containerId": "tenant",
        "meta:sandboxId": caller.sandbox_id,
        "meta:sandboxType": caller.sandbox_type,
        "meta:registryMetadata": {
            "repo:createdDate": metadata.get("repo:createdDate", now),
            "repo:lastModifiedDate": now,
            "xdm:createdClientId": caller.client_id,
            "xdm:createdUserId": caller.user_id,
            "xdm:lastModifiedClientId": caller.client_id,
            "xdm:lastModifiedUserId": caller.user_id,
            "eTag": identifiers.e_tag(),
        },
    }


async def refuse_global(_request: Request) -> Response:
    """Answer that Adobe's own descriptors are not listed here."""
    raise errors.registry(1015, 404, "Resource not found", "Descriptors are kept in the tenant container.")


routes = [
    Route(f"{BASE}/tenant/descriptors", list_descriptors, methods=["GET"]),
    Route(f"{BASE}/tenant/descriptors/", list_descriptors, methods=["GET"]),
    Route(f"{BASE}/tenant/descriptors", create, methods=["POST"]),
    Route(f"{BASE}/tenant/descriptors/", create, methods=["POST"]),
    Route(f"{BASE}/tenant/descriptors/{{id:path}}", look_up, methods=["GET"]),
    Route(f"{BASE}/tenant/descriptors/{{id:path}}", replace, methods=["PUT"]),
    Route(f"{BASE}/tenant/descriptors/{{id:path}}", delete, methods=["DELETE"]),
]
