"""Several Catalog calls in one request, where later ones may name what earlier ones made (`<<id>>`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.catalog import datasets
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_array

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Caller

BASE = "/data/foundation/catalog"


async def run(request: Request) -> Response:
    """Carry out creations and look-ups of datasets, one after the other; each has its own status."""
    caller = caller_of(request)
    made: dict[str, str] = {}
    answers = []
    for item in await json_array(request):
        if not isinstance(item, dict):
            raise errors.bad_request("Each request of a bundle is an object")
        text = json.dumps(item)
        for name, value in made.items():
            text = text.replace(f"<<{name}>>", value)
        try:
            answers.append(_one(caller, json.loads(text), made))
        except errors.ApiError as error:
            answers.append({"id": item.get("id"), "code": error.status, "body": error.body})
    return JSONResponse(answers)


def _one(caller: Caller, item: dict[str, Any], made: dict[str, str]) -> dict[str, Any]:
    resource, method = str(item.get("resource", "")).rstrip("/"), str(item.get("method", "")).upper()
    if resource == "/dataSets" and method == "POST":
        body = item.get("body") or item.get("payload")
        if not isinstance(body, dict):
            raise errors.bad_request("The request has no body")
        dataset = datasets.new_dataset(caller, body)
        made[str(item.get("id"))] = dataset["id"]
        return {"id": item.get("id"), "code": 201, "body": [f"@/dataSets/{dataset['id']}"]}
    if resource.startswith("/dataSets/") and method == "GET":
        dataset = datasets.find(caller, resource.removeprefix("/dataSets/"))
        return {"id": item.get("id"), "code": 200, "body": {dataset["id"]: datasets.public(caller, dataset)}}
    raise errors.bad_request(f"{method} {resource} cannot be part of a bundle here")


async def list_bundles(_request: Request) -> Response:
    """Answer that no bundle is kept."""
    return JSONResponse({})


routes = [
    *(Route(path, run, methods=["POST"]) for path in (BASE, f"{BASE}/")),
    *(Route(path, list_bundles, methods=["GET"]) for path in (BASE, f"{BASE}/")),
]
