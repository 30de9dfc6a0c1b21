"""Mapping sets: stored as sent, read back with what the service adds.

`sourceType` is written as `ATTRIBUTE`, `EXPRESSION` or `STATIC`; the first two are read back as media types.
A PUT raises `version` and gives the mappings new ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.conversion import checks, language, preview
from emulator.aep.identifiers import now_ms, uuid4
from emulator.aep.platform import caller_of
from emulator.aep.requests import is_true, json_body, json_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Caller
    from emulator.aep.store import Document

BASE = "/data/foundation/conversion"
_READ_BACK = {"ATTRIBUTE": "text/x.schema-path", "EXPRESSION": "text/x.aep-xl"}
_ORDERS = {"createdDate", "updatedDate", "modifiedDate", "name"}


def find(caller: Caller, mapping_set_id: str, version: str | None = None) -> Document:
    """Return a mapping set, or an earlier version of it.

    Raises:
        ApiError: 404.
    """
    found = caller.platform.store.get("mappingSet", caller.sandbox, mapping_set_id)
    if found is not None and version not in {None, str(found["version"])}:
        found = caller.platform.store.get("mappingSetVersion", caller.sandbox, f"{mapping_set_id}/{version}")
    if found is None:
        raise errors.not_found(f"Mapping set {mapping_set_id} was not found")
    return found


async def list_mapping_sets(request: Request) -> Response:
    """List mapping sets, one page."""
    caller = caller_of(request)
    query = request.query_params
    limit, start = query.get("limit", "10"), query.get("start", "0")
    if not limit.isdigit() or not start.isdigit() or not int(limit):
        raise errors.bad_request("limit and start must be numbers, limit at least 1")
    found = caller.platform.store.all("mappingSet", caller.sandbox)
    if "name" in query:
        found = [each for each in found if each.get("name") == query["name"]]
    order = query.get("orderBy", "+createdDate").strip()
    name = order.lstrip("+-").strip()
    if name not in _ORDERS:
        raise errors.bad_request(f"orderBy must be one of {', '.join(sorted(_ORDERS))}")
    key = "modifiedDate" if name == "updatedDate" else name
    found = sorted(found, key=lambda each: each.get(key) or 0, reverse=order.startswith("-"))
    page = found[int(start) : int(start) + int(limit)]
    shown = [_shown(caller, each, expand=is_true(query.get("expandSchema"))) for each in page]
    return JSONResponse({"data": shown, "_page": {"count": len(shown), "limit": int(limit)}})


async def create(request: Request) -> Response:
    """Create a mapping set; `?validate=true` refuses one with a wrong mapping."""
    caller = caller_of(request)
    body = await json_object(request)
    checks.check_form(body)
    if is_true(request.query_params.get("validate")):
        problems = [each for each in checks.problems(caller, body) if each is not None]
        if problems:
            raise errors.bad_request("; ".join(each["exception"] for each in problems))
    mapping_set_id, now = uuid4().replace("-", ""), now_ms()
    stored = _stored(caller, body, mapping_set_id, 0, now)
    caller.platform.store.put("mappingSet", caller.sandbox, mapping_set_id, stored)
    return JSONResponse(_summary(stored))


async def replace(request: Request) -> Response:
    """Replace a mapping set: a new version, whose mappings have new ids."""
    caller = caller_of(request)
    existing = find(caller, request.path_params["id"])
    body = await json_object(request)
    checks.check_form(body)
    version = existing["version"]
    stored = _stored(caller, body, existing["id"], version + 1, existing["createdDate"])
    store = caller.platform.store
    store.put("mappingSetVersion", caller.sandbox, f"{existing['id']}/{version}", existing)
    store.put("mappingSet", caller.sandbox, existing["id"], stored)
    return JSONResponse(_summary(stored))


async def look_up(request: Request) -> Response:
    """Return one mapping set, the version that is asked for or the newest."""
    caller = caller_of(request)
    found = find(caller, request.path_params["id"], request.query_params.get("version"))
    return JSONResponse(_shown(caller, found, expand=is_true(request.query_params.get("expandSchema"))))


async def delete(request: Request) -> Response:
    """Delete a mapping set."""
    caller = caller_of(request)
    caller.platform.store.delete("mappingSet", caller.sandbox, find(caller, request.path_params["id"])["id"])
    return Response(status_code=204)


async def list_mappings(request: Request) -> Response:
    """List the mappings of a set."""
    caller = caller_of(request)
    found = find(caller, request.path_params["id"], request.query_params.get("version"))
    return JSONResponse([_shown_mapping(each) for each in found["mappings"]])


async def look_up_mapping(request: Request) -> Response:
    """Return one mapping of a set."""
    caller = caller_of(request)
    for mapping in find(caller, request.path_params["id"])["mappings"]:
        if mapping["id"] == request.path_params["mapping"]:
            return JSONResponse(_shown_mapping(mapping))
    raise errors.not_found(f"Mapping {request.path_params['mapping']} was not found")


async def validate(request: Request) -> Response:
    """Check a mapping set; one answer for each of its mappings."""
    caller = caller_of(request)
    body = await json_object(request)
    checks.check_form(body)
    answers = [
        {"status": "FAILED" if problem else "SUCCESS", "errors": [problem] if problem else None}
        for problem in checks.problems(caller, body)
    ]
    return JSONResponse({"validationResponse": answers})


async def preview_rows(request: Request) -> Response:
    """Map records by `ATTRIBUTE` and `STATIC` mappings; others are reported as errors."""
    caller = caller_of(request)
    body = await json_object(request)
    mapping_set, data = body.get("mappingSet"), body.get("data")
    if not isinstance(mapping_set, dict):
        raise errors.bad_request("mappingSet is required")
    checks.check_form(mapping_set)
    rows: list[Any] = data if isinstance(data, list) else [data]
    if not all(isinstance(row, dict) for row in rows):
        raise errors.bad_request("data must be an array of records")
    schema = checks.output_schema(caller, mapping_set)
    return JSONResponse([preview.mapped(row, mapping_set["mappings"], schema) for row in rows])


async def validate_expression(request: Request) -> Response:
    """Check the form of an expression: quotes and brackets that close. It is not evaluated here."""
    body = await json_body(request)
    expression = body.get("expression") if isinstance(body, dict) else None
    if not isinstance(expression, str):
        raise errors.bad_request("expression is required")
    problem = checks.expression_problem(expression)
    status = "failed" if problem else "succeeded"
    return JSONResponse({"validationStatus": status, "error": problem or "none"})


async def list_functions(_request: Request) -> Response:
    """List the functions of the language."""
    return JSONResponse(language.functions())


async def list_operators(_request: Request) -> Response:
    """List the operators of the language."""
    return JSONResponse(language.operators())


def _stored(
    caller: Caller, body: dict[str, Any], mapping_set_id: str, version: int, created: int
) -> Document:
    now = now_ms()
    mappings = [
        {
            "id": uuid4().replace("-", ""),
            "version": 0,
            "identity": False,
            "primaryIdentity": False,
            "matchScore": 0.0,
            "functionVersion": 1,
            **checks.canonical(mapping),
            "createdBy": caller.user_id,
            "createdDate": now,
            "modifiedBy": caller.user_id,
            "modifiedDate": now,
        }
        for mapping in body["mappings"]
    ]
    return {
        "status": "DRAFT",
        "supportVersion": "1.1",
        **body,
        "id": mapping_set_id,
        "version": version,
        "mappings": mappings,
        "createdBy": caller.user_id,
        "createdDate": created,
        "modifiedBy": caller.user_id,
        "modifiedDate": now,
    }


def _summary(stored: Document) -> dict[str, Any]:
    names = ("id", "version", "createdDate", "modifiedDate", "createdBy", "modifiedBy")
    return {name: stored[name] for name in names}


def _shown(caller: Caller, stored: Document, *, expand: bool) -> Document:
    shown = {**stored, "mappings": [_shown_mapping(each) for each in stored["mappings"]]}
    if expand:
        schema = checks.output_schema(caller, stored)
        shown["outputSchema"] = {**shown.get("outputSchema", {}), "jsonSchema": schema}
    return shown


def _shown_mapping(mapping: Document) -> Document:
    kind = mapping["sourceType"]
    return {
        **mapping,
        "sourceType": _READ_BACK.get(kind, kind),
        "sourceAttribute": mapping["source"],
        "destinationXdmPath": mapping["destination"],
    }


routes = [
    Route(f"{BASE}/mappingSets", list_mapping_sets, methods=["GET"]),
    Route(f"{BASE}/mappingSets", create, methods=["POST"]),
    Route(f"{BASE}/mappingSets/validate", validate, methods=["POST"]),
    Route(f"{BASE}/mappingSets/preview", preview_rows, methods=["POST"]),
    Route(f"{BASE}/mappingSets/{{id}}", look_up, methods=["GET"]),
    Route(f"{BASE}/mappingSets/{{id}}", replace, methods=["PUT"]),
    Route(f"{BASE}/mappingSets/{{id}}", delete, methods=["DELETE"]),
    Route(f"{BASE}/mappingSets/{{id}}/mappings", list_mappings, methods=["GET"]),
    Route(f"{BASE}/mappingSets/{{id}}/mappings/{{mapping}}", look_up_mapping, methods=["GET"]),
    Route(f"{BASE}/languages/el/validate", validate_expression, methods=["POST"]),
    Route(f"{BASE}/languages/el/functions", list_functions, methods=["GET"]),
    Route(f"{BASE}/languages/el/operators", list_operators, methods=["GET"]),
]
