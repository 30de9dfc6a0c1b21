"""Data Access: files of batches and datasets, row errors, input files.

Sizes in listings are strings, links point at this server, pages hold at most 100 entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow.parquet as pq
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from emulator.aep import errors, guardrails
from emulator.aep.catalog import batches, datasets
from emulator.aep.ingestion import uploads
from emulator.aep.platform import caller_of
from emulator.aep.query import plain

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

BASE = "/data/foundation/export"
_PREVIEW_ROWS = 100


async def meta(request: Request) -> Response:
    """List or download the diagnostics of a batch: `row_errors`, `row_error_samples.json`, `input_files`."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    root = caller.platform.diagnostics / batch["id"]
    path = request.query_params.get("path", "").strip("/")
    if path == "row_errors_sample":
        path = "row_error_samples.json"
    return _serve(request, root, path, f"{BASE}/batches/{batch['id']}/meta")


async def failed_files(request: Request) -> Response:
    """List or download the files of a failed batch."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    if batch["status"] not in {"failed", "failure"}:
        raise errors.not_found(f"Batch {batch['id']} has no failed files: it is {batch['status']}")
    files = uploads.of_batch(caller.platform, caller.sandbox, batch["id"])
    wanted = request.query_params.get("path")
    if wanted is None:
        link = f"{caller.base_url}{BASE}/batches/{batch['id']}/failed?path="
        entries = [_entry(name, files[name]["size"], link + quote(name, safe="")) for name in sorted(files)]
        return _page(request, entries)
    if wanted not in files:
        raise errors.not_found(f"The batch has no file {wanted}")
    return FileResponse(
        uploads.stored(caller.platform, batch["id"], files[wanted]), media_type="application/octet-stream"
    )


async def batch_files(request: Request) -> Response:
    """List the files that a batch left in the lake; a batch that is not live has none."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    entries: list[dict[str, Any]] = []
    if batch["status"] == "success":
        view = (caller.platform.store.get("dataset", caller.sandbox, batches.dataset_id(batch)) or {}).get(
            "viewId", ""
        )
        link = f"{caller.base_url}{BASE}/files/"
        entries = [
            {
                "dataSetFileId": f"{batch['id']}-1",
                "dataSetViewId": view,
                "version": "1.0.0",
                "created": str(batch["created"]),
                "updated": str(batch["updated"]),
                "isValid": False,
                "_links": {"self": {"href": f"{link}{batch['id']}-1"}},
            }
        ]
    return _page(request, entries)


async def dataset_file(request: Request) -> Response:
    """List the parts of a dataset file, or download one (`?path=`, also in ranges)."""
    caller = caller_of(request)
    file_id = request.path_params["id"]
    batch = batches.find(caller, file_id.rsplit("-", 1)[0])
    if batch["status"] != "success" or not file_id.endswith("-1"):
        raise errors.not_found(f"The file {file_id} was not found")
    return _serve(
        request,
        caller.platform.lake / batch["id"],
        request.query_params.get("path", ""),
        f"{BASE}/files/{file_id}",
    )


async def dataset_preview(request: Request) -> Response:
    """Return the first rows of a dataset."""
    caller = caller_of(request)
    dataset = datasets.find(caller, request.path_params["id"])
    rows: list[Any] = []
    for batch in caller.platform.store.all("batch", caller.sandbox):
        if batch["status"] == "success" and batches.dataset_id(batch) == dataset["id"]:
            for path in sorted((caller.platform.lake / batch["id"]).glob("*.parquet")):
                if len(rows) < _PREVIEW_ROWS:
                    rows += pq.read_table(path).slice(0, _PREVIEW_ROWS - len(rows)).to_pylist()
    return JSONResponse({"data": plain(rows), "_page": {"limit": _PREVIEW_ROWS, "count": len(rows)}})


def _serve(request: Request, root: Path, path: str, base: str) -> Response:
    caller = caller_of(request)
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()) or not target.exists():
        raise errors.not_found(f"There is nothing at {path or 'this path'}")
    if target.is_file():
        return FileResponse(target, media_type="application/octet-stream")
    entries = []
    for each in sorted(target.iterdir()):
        relative = each.relative_to(root.resolve()).as_posix()
        size = each.stat().st_size if each.is_file() else 0
        entries.append(_entry(each.name, size, f"{caller.base_url}{base}?path={quote(relative, safe='')}"))
    return _page(request, entries)


def _entry(name: str, size: int, link: str) -> dict[str, Any]:
    return {"name": name, "length": str(size), "_links": {"self": {"href": link}}}


def _page(request: Request, entries: list[dict[str, Any]]) -> Response:
    query = request.query_params
    limit_text, start_text = query.get("limit", str(guardrails.DATA_ACCESS_PAGE)), query.get("start", "0")
    if not limit_text.isdigit() or not start_text.isdigit():
        raise errors.bad_request("limit and start must be numbers")
    limit = min(int(limit_text) or guardrails.DATA_ACCESS_PAGE, guardrails.DATA_ACCESS_PAGE)
    start = int(start_text)
    page = entries[start : start + limit]
    body: dict[str, Any] = {"data": page, "_page": {"limit": limit, "count": len(page)}}
    if start + limit < len(entries):
        following = request.url.include_query_params(start=start + limit, limit=limit)
        body["_links"] = {
            "next": {"href": str(following)},
            "page": {"href": str(following), "templated": False},
        }
    return JSONResponse(body)


routes = [
    Route(f"{BASE}/batches/{{batch}}/meta", meta, methods=["GET"]),
    Route(f"{BASE}/batches/{{batch}}/failed", failed_files, methods=["GET"]),
    Route(f"{BASE}/batches/{{batch}}/files", batch_files, methods=["GET"]),
    Route(f"{BASE}/files/{{id}}", dataset_file, methods=["GET", "HEAD"]),
    Route(f"{BASE}/datasets/{{id}}/preview", dataset_preview, methods=["GET"]),
]
