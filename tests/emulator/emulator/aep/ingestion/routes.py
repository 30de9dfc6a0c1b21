"""The batch ingestion API: create a batch, upload files, signal what is to become of it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import errors, guardrails, identifiers
from emulator.aep.catalog import batches
from emulator.aep.ingestion import actions, preview, uploads
from emulator.aep.platform import caller_of, fault_of
from emulator.aep.requests import json_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulator.aep.platform import Caller

BASE = "/data/foundation/import"
_FORMATS = {"json", "parquet", "csv"}
_EXTERNAL_ID = re.compile(r"\S{1,255}$")


async def create(request: Request) -> Response:
    """Create a batch; every call makes a new one."""
    caller = caller_of(request)
    body = await json_object(request)
    dataset = _dataset(caller, body)
    _check_rate(caller)
    batch_id = identifiers.ulid()
    external_id = body.get("externalId", batch_id)
    if not isinstance(external_id, str) or not _EXTERNAL_ID.match(external_id):
        raise errors.bad_request("externalId must be a string without blanks")
    known = [
        each
        for each in caller.platform.store.all("batch", caller.sandbox)
        if each["externalId"] == external_id
    ]
    if known and caller.platform.switches.text("aep.duplicate_external_id") == "refused":
        raise errors.CatalogError(
            409, f"A batch with the externalId {external_id} exists already: {known[0]['id']}"
        )
    now = identifiers.now_ms()
    replay = _replay(caller, body, dataset["id"])
    batch = {
        "id": batch_id,
        "externalId": external_id,
        "imsOrg": caller.org_id,
        "sandboxId": caller.sandbox_id,
        "created": now,
        "updated": now,
        "createdClient": caller.client_id,
        "createdUser": caller.user_id,
        "updatedUser": caller.user_id,
        "version": "1.0.0",
        "status": "loading",
        "relatedObjects": [{"type": "dataSet", "id": dataset["id"]}],
        "inputFormat": _input_format(body),
        **({"replay": replay} if replay else {}),
        "tags": {
            **_tags(body),
            **_diagnostics(body, enabled=dataset["enableErrorDiagnostics"]),
            "acp_producer": [caller.client_id],
            "acp_stagePath": [f"acp_foundation_push/stage/{batch_id}"],
        },
    }
    caller.platform.store.put("batch", caller.sandbox, batch_id, batch)
    if "batch_state" in (fate := fault_of(request)):
        caller.platform.fates[batch_id] = fate
    return JSONResponse(batch, 201)


def _check_rate(caller: Caller) -> None:
    minute_ago = identifiers.now_ms() - 60_000
    made = reversed(caller.platform.store.all("batch", caller.sandbox))
    recent = sum(1 for _ in itertools.takewhile(lambda each: each["created"] > minute_ago, made))
    if recent >= guardrails.BATCHES_PER_MINUTE:
        raise errors.gateway("429050", "Too many requests")


def _dataset(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    dataset_id = body.get("datasetId")
    if not isinstance(dataset_id, str):
        raise errors.bad_request("datasetId is required")
    found = caller.platform.store.get("dataset", caller.sandbox, dataset_id)
    if found is None:
        raise errors.bad_request(f"The dataset {dataset_id} does not exist in this sandbox")
    return found


def _input_format(body: dict[str, Any]) -> dict[str, Any]:
    written = body.get("inputFormat")
    if not isinstance(written, dict) or str(written.get("format", "")).lower() not in _FORMATS:
        raise errors.bad_request("inputFormat.format must be json, parquet or csv")
    result = {**written, "format": str(written["format"]).lower()}
    multi_line = written.get("isMultiLineJson", False)
    if str(multi_line).lower() not in {"true", "false"}:
        raise errors.bad_request("inputFormat.isMultiLineJson must be true or false")
    if "isMultiLineJson" in written:
        result["isMultiLineJson"] = str(multi_line).lower() == "true"
    return result


def _replay(caller: Caller, body: dict[str, Any], dataset_id: str) -> dict[str, Any]:
    """Return the batches that this one replaces, by id; clients may write ids with a leading `$`."""
    written = body.get("replay")
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise errors.bad_request("replay must be an object")
    known = [
        each
        for each in caller.platform.store.all("batch", caller.sandbox)
        if batches.dataset_id(each) == dataset_id
    ]
    predecessors: list[str] = []
    for key, name in (("predecessors", "id"), ("predecessorsByExternalId", "externalId")):
        ids = written.get(key, [])
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise errors.bad_request(f"replay.{key} must be an array of strings")
        for wanted in (each.removeprefix("$") for each in ids):
            matching = [each["id"] for each in known if each[name] == wanted]
            if not matching:
                raise errors.bad_request(f"replay.{key}: there is no batch {wanted} of dataset {dataset_id}")
            predecessors += [each for each in matching if each not in predecessors]
    return {"predecessors": predecessors, "reason": str(written.get("reason", "replace"))}


def _tags(body: dict[str, Any]) -> dict[str, Any]:
    tags = body.get("tags", {})
    if not isinstance(tags, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values)
        for values in tags.values()
    ):
        raise errors.bad_request("tags must be an object of arrays of strings")
    return dict(tags)


def _diagnostics(body: dict[str, Any], *, enabled: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    diagnostics = body.get("enableErrorDiagnostics", enabled)
    if not isinstance(diagnostics, bool):
        raise errors.bad_request("enableErrorDiagnostics must be true or false")
    result["acp_enableErrorDiagnostics"] = diagnostics
    percent = body.get("partialIngestionPercentage")
    if percent is None:
        percent = body.get("partialIngestionPercent")
    if percent is not None:
        if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not 0 <= percent <= 100:
            raise errors.bad_request("partialIngestionPercentage must be a number from 0 to 100")
        result["acp_partialIngestionPercent"] = percent
    return result


async def replay(request: Request) -> Response:
    """Create a batch that replaces others; Adobe's own Python client sends this as PATCH."""
    if not (await json_object(request)).get("replay"):
        raise errors.bad_request("replay is required")
    return await create(request)


async def act(request: Request) -> Response:
    """Carry out `?action=COMPLETE|ABORT|FAIL|REVERT` (in any letter case); the answer has no body."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    action = request.query_params.get("action", "").upper()
    if action not in actions.ACTIONS:
        raise errors.bad_request(f"action must be one of {', '.join(actions.ACTIONS)}")
    if "batch_state" in (fate := fault_of(request)):
        caller.platform.fates[batch["id"]] = fate
    actions.ACTIONS[action](caller, batch)
    return Response(status_code=200)


_FILE = f"{BASE}/batches/{{batch}}/datasets/{{dataset}}/files/{{path:path}}"
routes = [
    Route(f"{BASE}/batches", create, methods=["POST"]),
    Route(f"{BASE}/batches/", create, methods=["POST"]),
    Route(f"{BASE}/batches", replay, methods=["PATCH"]),
    Route(f"{BASE}/batches/{{batch}}", act, methods=["POST"]),
    Route(f"{BASE}/batches/{{batch}}/datasets/{{dataset}}/preview", preview.preview, methods=["GET"]),
    Route(_FILE, uploads.put_file, methods=["PUT"]),
    Route(_FILE, uploads.act_on_file, methods=["POST"]),
    Route(_FILE, uploads.patch_file, methods=["PATCH"]),
    Route(_FILE, uploads.head_file, methods=["HEAD"]),
]
