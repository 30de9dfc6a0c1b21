"""Sandbox management: the sandboxes of the organisation, and the one that a request goes to.

Two exist from the start: `prod` (the default, production) and the development sandbox of the profile.
Creating, resetting and deleting answer with the transitional state and take effect at once.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.identifiers import uuid4
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_object
from emulator.aep.store import ORGANISATION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

DEFAULT = "prod"
BASE = "/data/foundation/sandbox-management"


def find(platform: Platform, name: str) -> Document | None:
    """Return a sandbox by name; the two that always exist are made when first asked for."""
    known = platform.store.get("sandbox", ORGANISATION, name)
    if known is None and name in {DEFAULT, platform.credentials.sandbox_name}:
        title = "Prod" if name == DEFAULT else name.replace("-", " ").title()
        known = _create(platform, name, title, "production" if name == DEFAULT else "development")
    return known


def every(platform: Platform) -> list[Document]:
    """Return all sandboxes that are not deleted."""
    find(platform, DEFAULT)
    find(platform, platform.credentials.sandbox_name)
    return [each for each in platform.store.all("sandbox", ORGANISATION) if each["state"] != "deleted"]


def access_denied(name: str) -> errors.ApiError:
    """Return the refusal of a sandbox that does not exist or that the credential has no role in."""
    return _problem(403, "SMS-2010-403", f"Access to the sandbox '{name}' is denied, or it does not exist.")


def _problem(status: int, code: str, title: str) -> errors.ApiError:
    return errors.ApiError(
        status, {"status": status, "title": title, "type": f"http://ns.adobe.com/aep/errors/{code}"}
    )


def _create(platform: Platform, name: str, title: str, kind: str) -> Document:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    sandbox = {
        "id": uuid4(),
        "name": name,
        "title": title,
        "state": "active",
        "type": kind,
        "region": "VA7",
        "isDefault": name == DEFAULT,
        "eTag": 1,
        "createdDate": now,
        "lastModifiedDate": now,
        "createdBy": "administrator@example.com",
        "lastModifiedBy": "administrator@example.com",
    }
    platform.store.put("sandbox", ORGANISATION, name, sandbox)
    return sandbox


def _existing(request: Request) -> Document:
    name = request.path_params["name"]
    sandbox = find(caller_of(request).platform, name)
    if sandbox is None or sandbox["state"] == "deleted":
        raise _problem(404, "SMS-2003-404", f"Sandbox `{name}` not found.")
    return sandbox


async def list_available(request: Request) -> Response:
    """List the sandboxes that the caller can use."""
    return _listing(every(caller_of(request).platform))


async def list_all(request: Request) -> Response:
    """List the sandboxes of the organisation."""
    return _listing(every(caller_of(request).platform))


def _listing(found: list[Document]) -> Response:
    return JSONResponse(
        {
            "sandboxes": found,
            "_page": {"limit": 200, "count": len(found)},
            "_links": {
                "page": {"href": f"{BASE}/sandboxes?limit={{limit}}&offset={{offset}}", "templated": True}
            },
        }
    )


async def list_types(_request: Request) -> Response:
    """List the two types of sandbox."""
    types = [{"id": kind, "title": kind.title()} for kind in ("production", "development")]
    return JSONResponse({"sandboxTypes": types})


async def create(request: Request) -> Response:
    """Create a sandbox; it is active by the next request."""
    platform = caller_of(request).platform
    body = await json_object(request)
    name, title, kind = body.get("name"), body.get("title"), body.get("type")
    if not isinstance(name, str) or not isinstance(title, str) or kind not in {"production", "development"}:
        raise _problem(400, "SMS-1001-400", "name, title and type (production or development) are required.")
    if not name or name != name.lower() or not name.replace("-", "").isalnum():
        raise _problem(400, "SMS-1002-400", "A sandbox name has lower-case letters, digits and hyphens only.")
    existing = find(platform, name)
    if existing is not None and existing["state"] != "deleted":
        raise _problem(400, "SMS-1003-400", f"A sandbox with the name `{name}` exists already.")
    sandbox = _create(platform, name, title, kind)
    return JSONResponse(_with_state(sandbox, "creating"), 202)


async def look_up(request: Request) -> Response:
    """Return one sandbox."""
    return JSONResponse(_existing(request))


async def change_title(request: Request) -> Response:
    """Change the display title, the only thing that can be changed."""
    platform = caller_of(request).platform
    sandbox = _existing(request)
    body = await json_object(request)
    if not isinstance(body.get("title"), str):
        raise _problem(400, "SMS-1001-400", "title is required.")
    changed = {**sandbox, "title": body["title"], "eTag": sandbox["eTag"] + 1}
    platform.store.put("sandbox", ORGANISATION, sandbox["name"], changed)
    return JSONResponse(_with_state(changed, "active"))


async def reset(request: Request) -> Response:
    """Remove everything in a sandbox, keep the sandbox."""
    platform = caller_of(request).platform
    sandbox = _existing(request)
    if (await json_object(request)).get("action") != "reset":
        raise _problem(400, "SMS-1004-400", "The only action is `reset`.")
    platform.store.clear_sandbox(sandbox["name"])
    return JSONResponse(_with_state(sandbox, "resetting"), 202)


async def delete(request: Request) -> Response:
    """Delete a sandbox with everything in it; the default one cannot be deleted."""
    platform = caller_of(request).platform
    sandbox = _existing(request)
    if sandbox["isDefault"]:
        raise _problem(400, "SMS-1005-400", "The default sandbox cannot be deleted.")
    platform.store.clear_sandbox(sandbox["name"])
    platform.store.put("sandbox", ORGANISATION, sandbox["name"], {**sandbox, "state": "deleted"})
    return JSONResponse(_with_state(sandbox, "deleted"), 202)


def _with_state(sandbox: Document, state: str) -> dict[str, Any]:
    return {**{key: sandbox[key] for key in ("id", "name", "title", "type", "region")}, "state": state}


routes = [
    Route(f"{BASE}/", list_available, methods=["GET"]),
    Route(BASE, list_available, methods=["GET"]),
    Route(f"{BASE}/sandboxTypes", list_types, methods=["GET"]),
    Route(f"{BASE}/sandboxes", list_all, methods=["GET"]),
    Route(f"{BASE}/sandboxes", create, methods=["POST"]),
    Route(f"{BASE}/sandboxes/{{name}}", look_up, methods=["GET"]),
    Route(f"{BASE}/sandboxes/{{name}}", reset, methods=["PUT"]),
    Route(f"{BASE}/sandboxes/{{name}}", change_title, methods=["PATCH"]),
    Route(f"{BASE}/sandboxes/{{name}}", delete, methods=["DELETE"]),
]
