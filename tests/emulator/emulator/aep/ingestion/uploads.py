"""The files of a batch until it is promoted: whole files, and large files in chunks."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from emulator.aep import errors, guardrails
from emulator.aep.catalog import batches
from emulator.aep.identifiers import now_ms, uuid4
from emulator.aep.platform import caller_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from emulator.aep.platform import Caller, Platform
    from emulator.aep.store import Document

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)(?:/(?:\d+|\*))?$")


def of_batch(platform: Platform, sandbox: str, batch_id: str) -> dict[str, Document]:
    """Return the complete files of a batch, by path."""
    found = platform.store.all(f"file:{batch_id}", sandbox)
    return {each["path"]: each for each in found if "ranges" not in each}


def stored(platform: Platform, batch_id: str, upload: Document) -> Path:
    """Return where the bytes of an uploaded file are."""
    return platform.stage / batch_id / str(upload["stored"])


def discard(platform: Platform, sandbox: str, batch_id: str) -> None:
    """Forget the uploaded files of a batch."""
    platform.store.delete_all(f"file:{batch_id}", sandbox)
    shutil.rmtree(platform.stage / batch_id, ignore_errors=True)


def _loading_batch(caller: Caller, request: Request) -> tuple[Document, str]:
    """Return the batch and the file path that a request names.

    Raises:
        ApiError: 404 for an unknown batch or a dataset that is not the batch's; 400 for a batch that takes no
            more files, or a path that leaves the batch.
    """
    batch = batches.find(caller, request.path_params["batch"])
    if batches.dataset_id(batch) != request.path_params["dataset"]:
        raise errors.not_found(f"Batch {batch['id']} is not for dataset {request.path_params['dataset']}")
    if batch["status"] != "loading":
        detail = f"Batch {batch['id']} is {batch['status']}; files are taken while it is loading"
        raise errors.bad_request(detail)
    path = request.path_params["path"]
    if not path or path.endswith("/") or ".." in path.split("/") or path.startswith("/"):
        raise errors.bad_request(f"{path!r} is not a path of a file")
    return batch, path


def _check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/octet-stream":
        raise errors.CatalogError(415, "The content type of a file must be application/octet-stream")


async def put_file(request: Request) -> Response:
    """Store a whole file; the same path again replaces it."""
    caller = caller_of(request)
    batch, path = _loading_batch(caller, request)
    _check_content_type(request)
    _refuse_size(request, guardrails.FILE_BYTES)
    directory = caller.platform.stage / batch["id"]
    directory.mkdir(parents=True, exist_ok=True)
    name = uuid4()
    try:
        size = await _receive(request, directory / name)
        # The batch may have been completed while the bytes came in.
        _loading_batch(caller, request)
    except BaseException:
        (directory / name).unlink(missing_ok=True)
        raise
    old = caller.platform.store.get(f"file:{batch['id']}", caller.sandbox, path)
    entry = {"path": path, "stored": name, "size": size, "created": now_ms()}
    caller.platform.store.put(f"file:{batch['id']}", caller.sandbox, path, entry)
    if old is not None:
        stored(caller.platform, batch["id"], old).unlink(missing_ok=True)
    return Response(status_code=200)


def _too_large(most: int) -> errors.CatalogError:
    error = errors.CatalogError(413, f"The body is larger than {most} bytes")
    error.headers["Connection"] = "close"  # the rest of the body is not read
    return error


async def _receive(request: Request, target: Path) -> int:
    size = 0
    with target.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > guardrails.FILE_BYTES:
                raise _too_large(guardrails.FILE_BYTES)
            file.write(chunk)
    return size


def _refuse_size(request: Request, most: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)


async def act_on_file(request: Request) -> Response:
    """Begin (`INITIALIZE`) or end (`COMPLETE`) the upload of a large file."""
    caller = caller_of(request)
    batch, path = _loading_batch(caller, request)
    action = request.query_params.get("action", "").upper()
    kind = f"file:{batch['id']}"
    if action == "INITIALIZE":
        directory = caller.platform.stage / batch["id"]
        directory.mkdir(parents=True, exist_ok=True)
        name = uuid4()
        (directory / name).touch()
        caller.platform.store.put(
            kind,
            caller.sandbox,
            path,
            {"path": path, "stored": name, "size": 0, "ranges": [], "created": now_ms()},
        )
        return Response(status_code=201)
    if action != "COMPLETE":
        raise errors.bad_request("action must be INITIALIZE or COMPLETE")
    upload = _begun(caller, batch, path)
    expected = 0
    for first, last in sorted(tuple(each) for each in upload["ranges"]):
        if first != expected:
            problem = "overlap" if first < expected else "are missing"
            raise errors.bad_request(f"Chunks of {path} {problem} at byte {min(first, expected)}")
        expected = last + 1
    entry = {key: value for key, value in upload.items() if key != "ranges"}
    caller.platform.store.put(kind, caller.sandbox, path, {**entry, "size": expected})
    return Response(status_code=201)


def _begun(caller: Caller, batch: Document, path: str) -> Document:
    upload = caller.platform.store.get(f"file:{batch['id']}", caller.sandbox, path)
    if upload is None or "ranges" not in upload:
        raise errors.not_found(f"No upload of {path} was initialized")
    return upload


async def patch_file(request: Request) -> Response:
    """Store one chunk of a large file; overlaps and gaps are found at its COMPLETE."""
    caller = caller_of(request)
    batch, path = _loading_batch(caller, request)
    _check_content_type(request)
    upload = _begun(caller, batch, path)
    found = _CONTENT_RANGE.match(request.headers.get("content-range", ""))
    if found is None or int(found[1]) > int(found[2]):
        raise errors.bad_request("Content-Range must be `bytes {first}-{last}`")
    first, last = int(found[1]), int(found[2])
    _refuse_size(request, guardrails.CHUNK_BYTES)
    size = 0
    descriptor = os.open(stored(caller.platform, batch["id"], upload), os.O_WRONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.seek(first)
        async for chunk in request.stream():
            size += len(chunk)
            if size > last - first + 1:
                break
            file.write(chunk)
    if size != last - first + 1:
        raise errors.bad_request(f"Content-Range says {last - first + 1} bytes, the body has {size}")
    upload = _begun(caller, batch, path)
    ranges = [*upload["ranges"], [first, last]]
    caller.platform.store.put(
        f"file:{batch['id']}",
        caller.sandbox,
        path,
        {**upload, "ranges": ranges, "size": max(upload["size"], last + 1)},
    )
    return JSONResponse({"name": path, "sizeInBytes": size}, headers={"Range": _range_header(ranges)})


async def head_file(request: Request) -> Response:
    """Answer which bytes of a large file have arrived."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    upload = caller.platform.store.get(f"file:{batch['id']}", caller.sandbox, request.path_params["path"])
    if upload is None:
        raise errors.not_found("No such file was uploaded")
    ranges = upload.get("ranges", [[0, upload["size"] - 1]] if upload["size"] else [])
    return Response(status_code=200, headers={"Range": _range_header(ranges)})


def _range_header(ranges: list[list[int]]) -> str:
    joined: list[list[int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return "bytes=" + ",".join(f"{first}-{last}" for first, last in joined)
