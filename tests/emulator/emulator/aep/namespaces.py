"""Identity namespaces: Adobe's standard ones and the organisation's own.

Whether a custom namespace belongs to a sandbox or to the organisation is not documented; here it belongs to
the organisation.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.identifiers import now_ms
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_object
from emulator.aep.store import ORGANISATION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/core/idnamespace/identities"
_FIRST_CUSTOM_ID = 10_000_000
_ID_TYPES = {"COOKIE", "CROSS_DEVICE", "DEVICE", "EMAIL", "MOBILE", "NON_PEOPLE", "PHONE"}
_CODE = re.compile(r"[A-Za-z0-9]+$")


def _standard(namespace_id: int, code: str, name: str, id_type: str) -> Document:
    return {
        "id": namespace_id,
        "code": code,
        "name": name,
        "description": name,
        "idType": id_type,
        "status": "ACTIVE",
        "custom": False,
        "updateTime": 1_551_688_425_455,
        "createTime": 1_551_688_425_455,
    }


STANDARD = (
    _standard(0, "CORE", "CORE", "COOKIE"),
    _standard(4, "ECID", "ECID", "COOKIE"),
    _standard(6, "Email", "Email", "EMAIL"),
    _standard(7, "Phone", "Phone", "PHONE"),
    _standard(8, "WAID", "Windows AID", "DEVICE"),
    _standard(9, "AdCloud", "AdCloud", "COOKIE"),
    _standard(10, "AAID", "Adobe Analytics (Legacy ID)", "COOKIE"),
    _standard(11, "Email_LC_SHA256", "Emails (SHA256, lowercased)", "EMAIL"),
    _standard(12, "Phone_SHA256", "Phone (SHA256)", "PHONE"),
    _standard(13, "Phone_E.164", "Phone (E.164)", "PHONE"),
    _standard(20914, "GAID", "Google Ad ID (GAID)", "DEVICE"),
    _standard(20915, "IDFA", "Apple IDFA (ID for Advertisers)", "DEVICE"),
)


def every(caller: Caller) -> list[Document]:
    """Return the namespaces of the organisation."""
    return [*STANDARD, *caller.platform.store.all("namespace", ORGANISATION)]


def find(caller: Caller, wanted: Any, *, by_code: bool) -> Document | None:
    """Return a namespace by its code (in any letter case) or its number."""
    for namespace in every(caller):
        if by_code and str(namespace["code"]).lower() == str(wanted).lower():
            return namespace
        if not by_code and str(namespace["id"]) == str(wanted):
            return namespace
    return None


def _problem(status: int, title: str, description: str, code: str) -> errors.ApiError:
    return errors.ApiError(
        status,
        {
            "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "type": "http://ns.adobe.com/adobecloud/problem/namespacevalidation",
            "status": status,
            "title": title,
            "description": description,
            "report": {"code": code},
        },
    )


async def list_namespaces(request: Request) -> Response:
    """List the namespaces of the organisation."""
    return JSONResponse(every(caller_of(request)))


async def look_up(request: Request) -> Response:
    """Return one namespace by its number."""
    wanted = request.path_params["id"].strip()
    found = find(caller_of(request), wanted, by_code=False)
    if found is None:
        raise _problem(404, "NAMESPACE_NOT_FOUND", f"Namespace {wanted} was not found", "NAMESPACE_NOT_FOUND")
    return JSONResponse(found)


async def create(request: Request) -> Response:
    """Create a namespace; its code must be new, and never changes."""
    caller = caller_of(request)
    body = await json_object(request)
    name, code, id_type = body.get("name"), body.get("code"), str(body.get("idType", "")).upper()
    if not isinstance(name, str) or not name or not isinstance(code, str) or not _CODE.match(code):
        raise _problem(
            400,
            "Namespace validation",
            "name and an alphanumeric code are required",
            "INVALID_REQUEST_PARAMS",
        )
    id_type = "CROSS_DEVICE" if id_type == "CROSSDEVICE" else id_type
    if id_type not in _ID_TYPES:
        raise _problem(
            400,
            "Namespace validation",
            f"idType {body.get('idType')!r} is not valid",
            "INVALID_REQUEST_PARAMS",
        )
    if find(caller, code, by_code=True) is not None:
        raise _problem(
            409,
            "NAMESPACE_CODE_CONFLICT",
            "Namespace code already exists. Please use a different code",
            "INTEGRATION_CODE_EXISTS",
        )
    now = now_ms()
    namespace = {
        **_standard(_FIRST_CUSTOM_ID + caller.platform.store.take("namespace"), code, name, id_type),
        "description": body.get("description", ""),
        "custom": True,
        "createTime": now,
        "updateTime": now,
    }
    caller.platform.store.put("namespace", ORGANISATION, str(namespace["id"]), namespace)
    return JSONResponse(namespace)


async def change(request: Request) -> Response:
    """Change name or description of a custom namespace."""
    caller = caller_of(request)
    found = find(caller, request.path_params["id"].strip(), by_code=False)
    if found is None:
        raise _problem(404, "NAMESPACE_NOT_FOUND", "Namespace was not found", "NAMESPACE_NOT_FOUND")
    body = await json_object(request)
    if not found["custom"] or body.get("code", found["code"]) != found["code"]:
        raise _problem(400, "Namespace validation", "This cannot be changed", "INVALID_REQUEST_PARAMS")
    kept = {key: body[key] for key in ("name", "description") if isinstance(body.get(key), str)}
    changed = {**found, **kept, "updateTime": now_ms()}
    caller.platform.store.put("namespace", ORGANISATION, str(found["id"]), changed)
    return JSONResponse([changed])


# Some clients end the path of the listing with a blank.
routes = [
    *(Route(f"{BASE}{ending}", list_namespaces, methods=["GET"]) for ending in ("", "/", " ")),
    *(Route(f"{BASE}{ending}", create, methods=["POST"]) for ending in ("", "/", " ")),
    Route(f"{BASE}/{{id}}", look_up, methods=["GET"]),
    Route(f"{BASE}/{{id}}", change, methods=["PUT"]),
]
