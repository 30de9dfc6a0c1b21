"""`GET /stats`: the tenant id, counts, and what changed lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep.platform import caller_of
from emulator.aep.registry import library, standard, unions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.store import Document

BASE = "/data/foundation/schemaregistry"
_RECENT = 10


async def stats(request: Request) -> Response:
    """Return what a client needs first: `tenantId`, without the leading underscore of the namespace."""
    caller = caller_of(request)
    own = {kind: caller.platform.store.all(kind, caller.sandbox) for kind in library.TENANT_KINDS}
    everything = [resource for found in own.values() for resource in found]
    usage: dict[str, list[Document]] = {}
    for schema in own["schemas"]:
        usage.setdefault(str(schema.get("meta:class")), []).append(schema)
    return JSONResponse(
        {
            "imsOrg": caller.org_id,
            "tenantId": caller.platform.credentials.tenant_id,
            "counts": {
                **{kind: len(found) + len(standard.resources(kind)) for kind, found in own.items()},
                "unions": len(unions.all_unions(caller)),
            },
            "recentlyCreatedResources": _recent(everything, "repo:createdDate"),
            "recentlyUpdatedResources": _recent(everything, "repo:lastModifiedDate"),
            "classUsage": [
                {
                    "$id": class_id,
                    "title": (library.by_reference(caller.platform, caller.sandbox, class_id) or {}).get(
                        "title", ""
                    ),
                    "numberOfSchemas": len(schemas),
                    "schemas": [_item(schema) for schema in schemas],
                }
                for class_id, schemas in usage.items()
            ],
        }
    )


def _recent(resources: list[Document], key: str) -> list[dict[str, Any]]:
    newest = sorted(resources, key=lambda each: int(each["meta:registryMetadata"][key]), reverse=True)
    return [_item(each) for each in newest[:_RECENT]]


def _item(resource: Document) -> dict[str, Any]:
    return {key: resource.get(key, "") for key in ("title", "description", "$id", "meta:altId", "version")}


routes = [Route(f"{BASE}/stats{slash}", stats, methods=["GET"]) for slash in ("", "/")]
