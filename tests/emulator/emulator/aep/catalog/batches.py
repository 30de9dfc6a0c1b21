"""Batches as Catalog shows them, and the one place where a batch document is made and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors, identifiers
from emulator.aep.catalog import listing
from emulator.aep.platform import caller_of, fault_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller, Platform
    from emulator.aep.store import Document

BASE = "/data/foundation/catalog"
_UNDER_WAY = frozenset({"loaded", "staging", "processing", "queued", "retrying", "stalled"})
_UNIQUE_FIELDS = {"status", "externalId", "createdClient", "createdUser", "updatedUser", "version"}


def dataset_id(batch: Document) -> str:
    """Return the dataset that a batch is for."""
    return str(batch["relatedObjects"][0]["id"])


def find(caller: Caller, batch_id: str) -> Document:
    """Return a batch.

    Raises:
        ApiError: 404.
    """
    found = caller.platform.store.get("batch", caller.sandbox, batch_id)
    if found is None:
        raise errors.not_found(f"Batch {batch_id} was not found")
    return found


def update(platform: Platform, sandbox: str, batch: Document, **changes: Any) -> Document:
    """Store a changed batch: its version and time of change move on."""
    major, minor, patch = (int(part) for part in batch["version"].split("."))
    changed = {
        **batch,
        **changes,
        "version": f"{major}.{minor}.{patch + 1}",
        "updated": max(identifiers.now_ms(), batch["updated"]),
    }
    platform.store.put("batch", sandbox, batch["id"], changed)
    return changed


def divert(platform: Platform, sandbox: str, batch_id: str) -> None:
    """Hold a completed batch in the status that a fault rule has in store for it, or end it there."""
    batch = platform.store.get("batch", sandbox, batch_id)
    if batch is None or batch["status"] not in _UNDER_WAY:
        return
    fate = platform.fates[batch_id]
    status = fate["batch_state"]
    if status in _UNDER_WAY:
        stalled = {"acp_stallDetail": ["held by a fault rule"]} if status == "stalled" else {}
        update(platform, sandbox, batch, status=status, tags={**batch["tags"], **stalled})
        return
    error = {"code": "CONNECTOR-2001-500", "description": "Error occurred at promotion activity."}
    errors = fate.get("batch_errors", [error])
    end = {"errors": errors, "metrics": {"failedRecordCount": 0}, "completed": identifiers.now_ms()}
    update(platform, sandbox, batch, status=status, **end)


def _listable(caller: Caller) -> list[Document]:
    """Return what a listing has seen so far; a new batch may appear late (`aep.catalog_lag_seconds`)."""
    seen_until = identifiers.now_ms() - 1000 * caller.platform.switches.number("aep.catalog_lag_seconds")
    return [
        each for each in caller.platform.store.all("batch", caller.sandbox) if each["created"] <= seen_until
    ]


async def list_batches(request: Request) -> Response:
    """List batches, keyed by id."""
    caller = caller_of(request)
    page = listing.selected(
        _listable(caller),
        request.query_params,
        {
            "dataSet": lambda each, value: any(item["id"] == value for item in each["relatedObjects"]),
            "batch": lambda each, value: bool(each["id"] == value),
        },
    )
    return JSONResponse(page)


async def look_up(request: Request) -> Response:
    """Return one batch, keyed by its id."""
    caller = caller_of(request)
    batch = find(caller, request.path_params["id"])
    if "batch_state" in (fate := fault_of(request)):
        caller.platform.fates[batch["id"]] = fate
        divert(caller.platform, caller.sandbox, batch["id"])
        batch = find(caller, batch["id"])
    return JSONResponse({batch["id"]: listing.projected(batch, request.query_params.get("properties"))})


async def uniques(request: Request) -> Response:
    """Return the distinct values of a property."""
    caller = caller_of(request)
    field = request.path_params["field"]
    if field not in _UNIQUE_FIELDS:
        raise errors.bad_request(f"There are no unique values of {field}")
    return JSONResponse(sorted({str(each[field]) for each in _listable(caller)}))


async def last_batches(request: Request) -> Response:
    """Return the last batch of each dataset in `dataSetId`."""
    caller = caller_of(request)
    wanted = [each for each in request.query_params.get("dataSetId", "").split(",") if each]
    answer: dict[str, Any] = {}
    batches = _listable(caller)
    for each in wanted or {dataset_id(batch) for batch in batches}:
        own = [batch for batch in batches if dataset_id(batch) == each]
        if own:
            success = [batch["id"] for batch in own if batch["status"] == "success"]
            failed = [batch["id"] for batch in own if batch["status"] == "failed"]
            answer[each] = {
                "lastBatchId": own[-1]["id"],
                "lastBatchStatus": own[-1]["status"],
                **({"lastSuccessfulBatchId": success[-1]} if success else {}),
                **({"lastFailedBatchId": failed[-1]} if failed else {}),
                "imsOrg": caller.org_id,
                "created": own[-1]["created"],
                "updated": own[-1]["updated"],
            }
    return JSONResponse(answer)


async def refuse_change(_request: Request) -> Response:
    """Refuse to change batches here: that is what the import API's actions are for."""
    raise errors.CatalogError(403, "Batches are changed through the batch ingestion API", "ForbiddenError")


routes = [
    Route(f"{BASE}/batches", list_batches, methods=["GET"]),
    Route(f"{BASE}/batches/", list_batches, methods=["GET"]),
    Route(f"{BASE}/batches", refuse_change, methods=["POST"]),
    Route(f"{BASE}/batches/uniques/{{field}}", uniques, methods=["GET"]),
    Route(f"{BASE}/batches/{{id}}", look_up, methods=["GET"]),
    Route(f"{BASE}/batches/{{id}}", refuse_change, methods=["PUT", "PATCH", "DELETE"]),
    Route(f"{BASE}/lastBatches", last_batches, methods=["GET"]),
]
