"""Permissions: what the credential's role allows in a sandbox.

It allows everything unless the switch `aep.missing_permissions` takes some away (names separated by commas).
Each service words the refusal in its own way, as reported from live organisations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors, sandboxes
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_array

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Platform

BASE = "/data/foundation/access-control"
_READS = {"GET", "HEAD"}
# Path of a service → what reading and what changing needs.
_NEEDED = (
    (re.compile(r"/data/foundation/schemaregistry/"), "view-schemas", "manage-schemas"),
    (re.compile(r"/data/foundation/catalog/"), "view-datasets", "manage-datasets"),
    (re.compile(r"/data/foundation/(import|export|dataset)/"), "view-datasets", "manage-datasets"),
    (re.compile(r"/data/core/idnamespace/"), "view-identity-namespaces", "manage-identity-namespaces"),
    (re.compile(r"/data/foundation/(flowservice|conversion)/"), "view-sources", "manage-sources"),
    (re.compile(r"/data/foundation/sandbox-management/sandboxes"), "view-sandboxes", "manage-sandboxes"),
    (
        re.compile(r"/data/infrastructure/observability/"),
        "view-monitoring-dashboard",
        "view-monitoring-dashboard",
    ),
)
PERMISSIONS = tuple(sorted({name for _, *names in _NEEDED for name in names}))


def missing(platform: Platform) -> set[str]:
    """Return the permissions that the role lacks."""
    text = platform.switches.text("aep.missing_permissions")
    return {name.strip() for name in text.split(",") if name.strip()}


def check(platform: Platform, method: str, path: str) -> None:
    """Refuse a request that the role does not allow.

    Raises:
        ApiError: in the form of the service.
    """
    lacking = missing(platform)
    if not lacking:
        return
    for pattern, view, manage in _NEEDED:
        needed = view if method in _READS else manage
        if pattern.match(path) and needed in lacking:
            raise _refusal(method, path)


def _refusal(method: str, path: str) -> errors.ApiError:
    text = f"{method} access is denied for this resource from access control."
    if "/schemaregistry/" in path:
        return errors.registry(2010, 403, "Permission management access denied", text)
    if "/sandbox-management/" in path:
        body = {"status": 403, "title": text, "type": "http://ns.adobe.com/aep/errors/SMS-2010-403"}
        return errors.ApiError(403, body)
    return errors.CatalogError(403, text, "ForbiddenError")


async def reference(_request: Request) -> Response:
    """List the permissions, and what each allows on which resource."""
    resources = sorted({name.partition("-")[2] for name in PERMISSIONS})
    return JSONResponse(
        {
            "permissions": {name: _effects(name) for name in PERMISSIONS},
            "resource-types": {name: ["read", "write", "delete"] for name in resources},
        }
    )


def _effects(name: str) -> dict[str, list[str]]:
    verb, _, resource = name.partition("-")
    return {resource: ["read", "write", "delete"] if verb == "manage" else ["read"]}


async def effective_policies(request: Request) -> Response:
    """Return what the caller may do with each of the resources in the body."""
    lacking = missing(caller_of(request).platform)
    policies: dict[str, list[str]] = {}
    for wanted in await json_array(request):
        _, _, name = str(wanted).rpartition("/")
        if str(wanted).startswith("/permissions/"):
            policies[wanted] = ["*"] if name in PERMISSIONS and name not in lacking else []
        else:
            granted = []
            if f"view-{name}" not in lacking:
                granted.append("read")
            if f"manage-{name}" not in lacking:
                granted += ["write", "delete"]
            policies[wanted] = granted
    return JSONResponse({"policies": policies})


def _role(platform: Platform) -> dict[str, Any]:
    lacking = missing(platform)
    return {
        "id": "00000000-0000-4000-8000-000000000001",
        "name": "Emulated role",
        "description": "The role of the one credential",
        "roleType": "user-defined",
        "permissionSets": [name for name in PERMISSIONS if name not in lacking],
        "sandboxes": [each["name"] for each in sandboxes.every(platform)],
        "subjectAttributes": {"labels": []},
    }


async def list_roles(request: Request) -> Response:
    """List the one role there is."""
    return JSONResponse({"items": [_role(caller_of(request).platform)], "_links": {}})


async def look_up_role(request: Request) -> Response:
    """Return the one role there is."""
    role = _role(caller_of(request).platform)
    if request.path_params["id"].strip("/") != role["id"]:
        raise errors.not_found("There is no such role")
    return JSONResponse(role)


async def list_nothing(_request: Request) -> Response:
    """List policies or products: none are kept here."""
    return JSONResponse({"items": [], "_links": {}})


routes = [
    Route(f"{BASE}/administration/roles", list_roles, methods=["GET"]),
    Route(f"{BASE}/administration/roles/{{id:path}}", look_up_role, methods=["GET"]),
    Route(f"{BASE}/administration/policies", list_nothing, methods=["GET"]),
    Route(f"{BASE}/administration/products", list_nothing, methods=["GET"]),
    Route(f"{BASE}/acl/reference", reference, methods=["GET"]),
    Route(f"{BASE}/acl/effective-policies", effective_policies, methods=["POST"]),
]
