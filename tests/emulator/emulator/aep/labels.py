"""Dataset Service: usage labels of datasets, stored and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.catalog import datasets
from emulator.aep.identifiers import uuid4
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_object

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "/data/foundation/dataset/datasets/{id}/labels"


async def look_up(request: Request) -> Response:
    """Return the labels of a dataset."""
    caller = caller_of(request)
    dataset = datasets.find(caller, request.path_params["id"])
    found = caller.platform.store.get("labels", caller.sandbox, dataset["id"])
    if found is None:
        raise errors.not_found(f"Dataset {dataset['id']} has no labels")
    return JSONResponse(found["body"], headers={"ETag": found["etag"]})


async def write(request: Request) -> Response:
    """Create or replace the labels of a dataset; `If-Match` guards a replacement."""
    caller = caller_of(request)
    dataset = datasets.find(caller, request.path_params["id"])
    body = await json_object(request)
    known = caller.platform.store.get("labels", caller.sandbox, dataset["id"])
    tag = request.headers.get("if-match")
    if known is not None and tag is not None and tag.strip('"') != known["etag"].strip('"'):
        raise errors.CatalogError(409, "The labels were changed meanwhile")
    stored = {
        "body": {**body, "imsOrg": caller.org_id, "entityId": {"id": dataset["id"]}},
        "etag": f'"{uuid4()}"',
    }
    caller.platform.store.put("labels", caller.sandbox, dataset["id"], stored)
    status = 200 if known is not None else 201
    return JSONResponse(stored["body"], status, headers={"ETag": str(stored["etag"])})


async def delete(request: Request) -> Response:
    """Take the labels of a dataset away."""
    caller = caller_of(request)
    dataset = datasets.find(caller, request.path_params["id"])
    caller.platform.store.delete("labels", caller.sandbox, dataset["id"])
    return Response(status_code=204)


routes = [
    Route(PATH, look_up, methods=["GET"]),
    Route(PATH, write, methods=["PUT", "POST"]),
    Route(PATH, delete, methods=["DELETE"]),
]
