"""Routes for people and tests, under `/_emulator/`: a query over the lake, and rows read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import query
from emulator.aep.platform import platform_of
from emulator.aep.requests import json_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def run_query(request: Request) -> Response:
    """Run `{"sql", "sandbox"?}`; answer `{"columns": [...], "rows": [{...}]}`, or 400 with `{"error"}`."""
    platform = platform_of(request)
    body = await json_object(request)
    sandbox = body.get("sandbox", platform.credentials.sandbox_name)
    try:
        answer = await run_in_threadpool(query.run, platform, sandbox, str(body.get("sql", "")))
    except query.QueryError as error:
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse(answer)


routes = [Route("/_emulator/query", run_query, methods=["POST"])]
