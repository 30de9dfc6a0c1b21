"""Flow Service, as far as clients of batch ingestion meet it: its objects are stored, not executed.

A run exists for each batch whose tag `flowId` names a flow, with the metrics of that batch, and for each run
that was created.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import errors, json_patch
from emulator.aep.identifiers import now_ms, uuid4
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_array, json_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/flowservice"
_KINDS = ("connections", "sourceConnections", "targetConnections", "flows", "runs")
_REQUIRED = {
    "connections": ("name", "connectionSpec"),
    "sourceConnections": ("name", "data", "connectionSpec"),
    "targetConnections": ("name", "data", "connectionSpec"),
    "flows": ("name", "flowSpec", "sourceConnectionIds", "targetConnectionIds"),
    "runs": ("flowId",),
}
_RUN_STATUS = {"success": "success", "failed": "failed"}
_FILTER = re.compile(r"(?P<path>[^=!<>]+)(?P<operator>==|!=)(?P<value>.*)$")

# Ids and names that Adobe's tutorials and client print.
_DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
_STREAMING = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb"
_MARKETING_CLOUD = "ea1c2a08-b722-11eb-8529-0242ac130003"
_LANDING_ZONE = "26f526f2-58f4-4712-961d-e41bf1ccc0e8"
_PROFILE = "8a9c3494-9708-43d7-ae3f-cda01e5030e1"


def _flow_spec(spec_id: str, name: str, source: str) -> Document:
    ends = {"sourceConnectionSpecIds": [source], "targetConnectionSpecIds": [_DATA_LAKE]}
    return {"id": spec_id, "name": name, "version": "1.0", **ends}


CONNECTION_SPECS = (
    {"id": _DATA_LAKE, "name": "datalake", "version": "1.0"},
    {"id": _STREAMING, "name": "Streaming Connection", "version": "1.0"},
    {"id": _MARKETING_CLOUD, "name": "salesforce-marketing-cloud", "version": "1.0"},
    {"id": _LANDING_ZONE, "name": "landing-zone", "version": "1.0"},
    {"id": _PROFILE, "name": "Profile", "version": "1.0"},
)
FLOW_SPECS = (
    _flow_spec("14518937-270c-4525-bdec-c2ba7cce3860", "CRMToAEP", _MARKETING_CLOUD),
    _flow_spec("9753525b-82c7-4dce-8a9b-5ccfce2b9876", "CloudStorageToAEP", _LANDING_ZONE),
    _flow_spec(
        "d8a6f005-7eaf-4153-983e-e8574508b877", "Stream data with optional transformation", _STREAMING
    ),
)


def _problem(status: int, message: str) -> errors.ApiError:
    return errors.ApiError(status, {"errorMessage": message})


async def create(request: Request) -> Response:
    """Create an object; the answer has only its id and entity tag."""
    caller = caller_of(request)
    kind = _kind(request)
    body = await json_object(request)
    missing = [name for name in _REQUIRED[kind] if body.get(name) is None]
    if missing:
        raise _problem(400, f"Missing required properties: {', '.join(missing)}")
    for name in {"connectionSpec", "flowSpec"} & set(body):
        if not isinstance(body[name], dict) or not isinstance(body[name].get("id"), str):
            raise _problem(400, f"{name} must be an object with an id")
    _check_references(caller, kind, body)
    if kind == "flows":
        body = {**body, "inheritedAttributes": _inherited(caller, body)}
    stored = _with_metadata(caller, {"state": "enabled", **body, "id": uuid4()}, None)
    caller.platform.store.put(f"flow:{kind}", caller.sandbox, stored["id"], stored)
    location = f"{caller.base_url}{BASE}/{kind}/{stored['id']}"
    return JSONResponse({"id": stored["id"], "etag": stored["etag"]}, 201, headers={"Location": location})


def _check_references(caller: Caller, kind: str, body: dict[str, Any]) -> None:
    references = {
        "sourceConnections": [("connections", body.get("baseConnectionId"))],
        "targetConnections": [("connections", body.get("baseConnectionId"))],
        "flows": [
            *(("sourceConnections", each) for each in body.get("sourceConnectionIds", ())),
            *(("targetConnections", each) for each in body.get("targetConnectionIds", ())),
        ],
        "runs": [("flows", body.get("flowId"))],
    }
    for other, wanted in references.get(kind, ()):
        if (
            wanted is not None
            and caller.platform.store.get(f"flow:{other}", caller.sandbox, str(wanted)) is None
        ):
            raise _problem(400, f"There is no {other.removesuffix('s')} {wanted}")


def _inherited(caller: Caller, flow: dict[str, Any]) -> dict[str, Any]:
    """Return what a flow takes over from its connections."""
    result: dict[str, Any] = {"properties": {"isSourceFlow": True, "isDestinationFlow": False}}
    for kind, ids in (
        ("sourceConnections", "sourceConnectionIds"),
        ("targetConnections", "targetConnectionIds"),
    ):
        found = [
            caller.platform.store.get(f"flow:{kind}", caller.sandbox, str(each)) or {} for each in flow[ids]
        ]
        result[kind] = [{"id": each["id"], "connectionSpec": each["connectionSpec"]} for each in found]
    return result


async def list_objects(request: Request) -> Response:
    """List objects; `_links.next.href` leads to the next page by a continuation token."""
    caller = caller_of(request)
    kind = _kind(request)
    found = [each for each in _all(caller, kind) if _matches(each, request.query_params.getlist("property"))]
    return _page(request, kind, found)


async def look_up(request: Request) -> Response:
    """Return one object, in a list of one."""
    found = _find(caller_of(request), _kind(request), request.path_params["id"])
    return JSONResponse({"items": [found]}, headers={"ETag": found["etag"]})


async def change(request: Request) -> Response:
    """Change an object by JSON Patch; `If-Match` must hold its entity tag."""
    caller = caller_of(request)
    kind = _kind(request)
    existing = _find(caller, kind, request.path_params["id"])
    tag = request.headers.get("if-match", "")
    if not tag:
        raise _problem(400, "If-Match header is required")
    if tag.strip('"') != existing["etag"].strip('"'):
        text = f"Supplied version=[{tag}] does not match the current version on entity=[{existing['etag']}]"
        raise _problem(412, text)
    try:
        changed = json_patch.apply(existing, await json_array(request))
    except json_patch.PatchError as error:
        raise _problem(400, f"The patch cannot be applied: {error}") from None
    stored = _with_metadata(caller, {**changed, "id": existing["id"]}, existing)
    caller.platform.store.put(f"flow:{kind}", caller.sandbox, stored["id"], stored)
    return JSONResponse({"id": stored["id"], "etag": stored["etag"]})


async def delete(request: Request) -> Response:
    """Delete an object."""
    caller = caller_of(request)
    kind = _kind(request)
    existing = _find(caller, kind, request.path_params["id"])
    caller.platform.store.delete(f"flow:{kind}", caller.sandbox, existing["id"])
    return Response(status_code=204)


async def test_connection(request: Request) -> Response:
    """Answer that a stored connection is active."""
    _find(caller_of(request), "connections", request.path_params["id"])
    return JSONResponse({"status": "OK"})


async def flow_action(request: Request) -> Response:
    """Enable or disable a flow."""
    caller = caller_of(request)
    existing = _find(caller, "flows", request.path_params["id"])
    operation = request.query_params.get("op", "")
    if operation not in {"enable", "disable"}:
        raise _problem(400, "op must be enable or disable")
    stored = _with_metadata(caller, {**existing, "state": f"{operation}d"}, existing)
    caller.platform.store.put("flow:flows", caller.sandbox, stored["id"], stored)
    return JSONResponse({"id": stored["id"], "etag": stored["etag"]})


async def list_specs(request: Request) -> Response:
    """List the specifications that are known here."""
    known = CONNECTION_SPECS if "/connectionSpecs" in request.url.path else FLOW_SPECS
    found = [dict(each) for each in known if _matches(each, request.query_params.getlist("property"))]
    wanted = request.path_params.get("id")
    if wanted is not None:
        found = [each for each in found if each["id"] == wanted]
        if not found:
            raise _problem(404, f"There is no specification {wanted}")
    return JSONResponse({"items": found, "_links": {}})


def _kind(request: Request) -> str:
    return request.url.path.removeprefix(f"{BASE}/").split("/")[0]


def _all(caller: Caller, kind: str) -> list[Document]:
    stored = caller.platform.store.all(f"flow:{kind}", caller.sandbox)
    return stored if kind != "runs" else [*stored, *_runs_of_batches(caller)]


def _find(caller: Caller, kind: str, wanted: str) -> Document:
    for each in _all(caller, kind):
        if each["id"] == wanted.strip("/"):
            return each
    raise _problem(404, f"There is no {kind.removesuffix('s')} {wanted}")


def _with_metadata(caller: Caller, body: dict[str, Any], before: Document | None) -> Document:
    now = now_ms()
    return {
        **body,
        "createdAt": before["createdAt"] if before else now,
        "updatedAt": now,
        "createdBy": caller.user_id,
        "updatedBy": caller.user_id,
        "createdClient": caller.client_id,
        "updatedClient": caller.client_id,
        "sandboxId": caller.sandbox_id,
        "sandboxName": caller.sandbox,
        "imsOrgId": caller.org_id,
        "etag": f'"{uuid4()}"',
    }


def _runs_of_batches(caller: Caller) -> list[Document]:
    return [
        _run(caller, batch, str(batch["tags"]["flowId"][0]))
        for batch in caller.platform.store.all("batch", caller.sandbox)
        if batch["tags"].get("flowId")
    ]


def _run(caller: Caller, batch: Document, flow_id: str) -> Document:
    metrics = batch.get("metrics", {})
    failures = [{"code": each["code"], "message": each["description"]} for each in batch.get("errors", ())]
    return {
        "id": f"run-{batch['id']}",
        "flowId": flow_id,
        "createdAt": batch["created"],
        "updatedAt": batch["updated"],
        "createdBy": batch["createdUser"],
        "updatedBy": batch["updatedUser"],
        "createdClient": batch["createdClient"],
        "updatedClient": batch["createdClient"],
        "sandboxId": batch["sandboxId"],
        "sandboxName": caller.sandbox,
        "imsOrgId": batch["imsOrg"],
        "etag": f'"{batch["id"]}-{batch["version"]}"',
        "metrics": {
            "durationSummary": {
                "startedAtUTC": batch.get("started"),
                "completedAtUTC": batch.get("completed"),
            },
            "sizeSummary": {
                "inputBytes": metrics.get("inputByteSize", 0),
                "outputBytes": metrics.get("outputByteSize", 0),
            },
            "recordSummary": {
                name: metrics.get(name, 0)
                for name in ("inputRecordCount", "outputRecordCount", "failedRecordCount")
            },
            "fileSummary": {
                "inputFileCount": metrics.get("inputFileCount", 0),
                "outputFileCount": metrics.get("outputFileCount", 0),
                "activityRefs": ["promotionActivity"],
            },
            "statusSummary": {"status": _RUN_STATUS.get(batch["status"], "inProgress"), "errors": failures},
        },
        "activities": [],
    }


def _matches(document: Any, filters: list[str]) -> bool:
    for text in filters:
        found = _FILTER.match(text)
        if found is None:
            continue
        node = document
        for name in found["path"].strip().split("."):
            node = node.get(name) if isinstance(node, dict) else None
        value = str(node).lower() if isinstance(node, bool) else str(node)
        same = value in found["value"].strip('"').split(",")
        if same != (found["operator"] == "=="):
            return False
    return True


def _page(request: Request, kind: str, found: list[Document]) -> Response:
    query = request.query_params
    limit_text, token = query.get("limit", "20"), query.get("continuationToken", "0")
    if not limit_text.isdigit() or not token.isdigit() or not int(limit_text):
        raise _problem(400, "limit must be a number from 1, continuationToken one that was given out")
    if query.get("count", "").lower() == "true":
        return JSONResponse({"totalCount": len(found), "items": [], "_links": {}})
    start, limit = int(token), int(limit_text)
    rest = start + limit < len(found)
    links = {"next": {"href": f"/{kind}?continuationToken={start + limit}"}} if rest else {}
    return JSONResponse({"items": found[start : start + limit], "_links": links})


def _kind_routes(kind: str) -> list[Route]:
    item = f"{BASE}/{kind}/{{id}}"
    return [
        Route(f"{BASE}/{kind}", list_objects, methods=["GET"]),
        Route(f"{BASE}/{kind}", create, methods=["POST"]),
        *(Route(item + slash, look_up, methods=["GET"]) for slash in ("", "/")),
        *(Route(item + slash, change, methods=["PATCH"]) for slash in ("", "/")),
        *(Route(item + slash, delete, methods=["DELETE"]) for slash in ("", "/")),
    ]


routes = [
    *(Route(f"{BASE}/{specs}", list_specs, methods=["GET"]) for specs in ("connectionSpecs", "flowSpecs")),
    *(
        Route(f"{BASE}/{specs}/{{id}}", list_specs, methods=["GET"])
        for specs in ("connectionSpecs", "flowSpecs")
    ),
    *(route for kind in _KINDS for route in _kind_routes(kind)),
    Route(f"{BASE}/connections/{{id}}/test", test_connection, methods=["GET"]),
    Route(f"{BASE}/flows/{{id}}/action", flow_action, methods=["POST"]),
]
