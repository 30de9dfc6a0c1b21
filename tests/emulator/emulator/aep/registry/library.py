"""Where a resource is found: Adobe's own in the `global` container, the organisation's in `tenant`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.exceptions import HTTPException

from emulator.aep import errors
from emulator.aep.registry import standard

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

# The name in a path → the kind under which documents are stored (and the part of the `$id`).
KINDS = {
    "schemas": "schemas",
    "fieldgroups": "mixins",
    "mixins": "mixins",
    "classes": "classes",
    "datatypes": "datatypes",
    "behaviors": "behaviors",
}
TENANT_KINDS = ("schemas", "mixins", "classes", "datatypes")
_NOT_FOUND = {
    "schemas": 1010,
    "classes": 1011,
    "mixins": 1012,
    "datatypes": 1013,
    "unions": 1014,
    "descriptors": 1015,
}


def not_found(kind: str, resource_id: str) -> errors.ApiError:
    """Return the registry's 404."""
    detail = f"Requested resource {resource_id} with version 1 is not found"
    return errors.registry(_NOT_FOUND.get(kind, 1016), 404, "Resource not found", detail)


def alternative_id(resource_id: str) -> str:
    """Return the `meta:altId` of a `$id`: `https://ns.adobe.com/acme/mixins/x` → `_acme.mixins.x`."""
    return "_" + resource_id.removeprefix("https://ns.adobe.com/").replace("/", ".")


def addressed(request: Request, *, writable: bool = False) -> tuple[str, str]:
    """Return the kind and the container that a path names.

    Raises:
        HTTPException: 404 for a path that the registry does not have.
    """
    kind = KINDS.get(request.path_params["kind"])
    container = request.path_params.get("container", "tenant")
    if kind is None or container not in {"global", "tenant"} or (writable and kind == "behaviors"):
        raise HTTPException(404)
    return kind, container


def listed(platform: Platform, sandbox: str, container: str, kind: str) -> list[Document]:
    """Return every resource of a kind in a container."""
    if container == "global":
        return standard.resources(kind)
    return platform.store.all(kind, sandbox)


def find(
    platform: Platform, sandbox: str, container: str, kind: str, resource_id: str, *, own_only: bool = False
) -> Document:
    """Return a resource by `$id` (plain or url-encoded) or `meta:altId`.

    Adobe's own client looks global resources up in the tenant container as well, so they are found there too.

    Raises:
        ApiError: 404 when there is none.
    """
    wanted = unquote(resource_id).strip().rstrip("/")
    if container == "tenant":
        known = platform.store.get(kind, sandbox, wanted)
        if known is not None:
            return known
    for resource in listed(platform, sandbox, container, kind):
        if wanted in {resource["$id"], resource["meta:altId"]}:
            return resource
    if container == "tenant" and not own_only:
        return find(platform, sandbox, "global", kind, resource_id)
    raise not_found(kind, wanted)


def by_reference(platform: Platform, sandbox: str, reference: str) -> Document | None:
    """Return whatever a `$ref` points at, of any kind and container."""
    found = standard.BY_ID.get(reference)
    if found is not None:
        return found
    for kind in TENANT_KINDS:
        known = platform.store.get(kind, sandbox, reference)
        if known is not None:
            return known
    return None


def kind_of(resource: Document) -> str:
    """Return `schemas`, `mixins`, `classes`, `datatypes` or `behaviors`."""
    return str(resource["meta:resourceType"])
