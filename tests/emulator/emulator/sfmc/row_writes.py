"""Writing rows by REST: asynchronous (``/data/v1/async``) and synchronous (``/hub/v1/dataevents``)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from emulator.sfmc import clock, rest_errors, values
from emulator.sfmc.bodies import an_object, json_body, json_object, objects
from emulator.sfmc.cursors import new_token
from emulator.sfmc.routing import GatewayRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.requests import Request

    from emulator.sfmc.data_extensions import DataExtension
    from emulator.sfmc.platform import Platform
    from emulator.sfmc.tokens import Grant

_MAX_SYNCHRONOUS_ROWS = 50
_TARGET = r"(?:key:(?P<key>[^/]+)|(?P<id>[^/:]+))"


def routes(platform: Platform) -> list[GatewayRoute]:
    writes = RowWrites(platform)
    asynchronous = "/data/v1/async"
    events = rf"/hub/v1/dataevents/{_TARGET}"
    return [
        GatewayRoute(["POST"], rf"{asynchronous}/dataextensions/{_TARGET}/rows", writes.insert_later),
        GatewayRoute(["PUT"], rf"{asynchronous}/dataextensions/{_TARGET}/rows", writes.upsert_later),
        GatewayRoute(["GET"], rf"{asynchronous}/(?P<request>[^/]+)/status", writes.status),
        GatewayRoute(["GET"], rf"{asynchronous}/(?P<request>[^/]+)/results", writes.results),
        GatewayRoute(["POST"], rf"{events}/rowset", writes.upsert_now),
        GatewayRoute(["PUT"], rf"{events}/rows/(?P<row>.+)", writes.upsert_one),
    ]


class _Job:
    """One asynchronous write."""

    def __init__(self) -> None:
        self.called = clock.now()
        self.completed: datetime | None = None
        self.messages: list[dict[str, Any]] = []
        self.failed = False


class RowWrites:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._jobs: dict[str, _Job] = {}

    async def insert_later(self, request: Request) -> Response:
        return await self._later(request, upsert=False)

    async def upsert_later(self, request: Request) -> Response:
        return await self._later(request, upsert=True)

    async def status(self, request: Request) -> Response:
        self._platform.authorise(request, "data_extensions_read")
        job = self._job(request)
        state = "Pending" if not job.completed else "Error" if job.failed else "Complete"
        return JSONResponse(
            {
                "status": {
                    "callDateTime": job.called.isoformat(),
                    "completionDateTime": job.completed.isoformat() if job.completed else None,
                    "hasErrors": job.failed,
                    "pickupDateTime": job.called.isoformat(),
                    "requestStatus": state,
                    "resultStatus": "Error" if job.failed else "OK",
                    "requestId": request.path_params["request"],
                }
            }
        )

    async def results(self, request: Request) -> Response:
        self._platform.authorise(request, "data_extensions_read")
        job = self._job(request)
        return JSONResponse({"page": 1, "pageSize": 50, "count": len(job.messages), "items": job.messages})

    async def upsert_now(self, request: Request) -> Response:
        """``[{"keys": {...}, "values": {...}}]``; all rows are saved or none."""
        grant = self._grant(request)
        found = self._find(request, grant)
        body = objects(await json_body(request), "The request body")
        if len(body) > _MAX_SYNCHRONOUS_ROWS:
            raise rest_errors.bad_request("The request body has more than 50 rows.", 10004)
        rows = [
            {**an_object(each.get("keys", {}), "keys"), **an_object(each.get("values", {}), "values")}
            for each in body
        ]
        await run_in_threadpool(self._save, found, rows)
        return JSONResponse(body)

    async def upsert_one(self, request: Request) -> Response:
        """The primary key is in the path: ``{column}:{value}[,{column}:{value}]``."""
        grant = self._grant(request)
        found = self._find(request, grant)
        body = await json_object(request)
        keys = dict(part.partition(":")[::2] for part in request.path_params["row"].split(","))
        given = an_object(body.get("values", {}), "values")
        await run_in_threadpool(self._save, found, [{**keys, **given}])
        return JSONResponse({"keys": keys, "values": given})

    async def _later(self, request: Request, *, upsert: bool) -> Response:
        grant = self._platform.authorise(request, "data_extensions_write")
        found = self._find(request, grant)
        items = objects((await json_object(request)).get("items"), "items")
        if not items:
            raise rest_errors.bad_request("items is a required parameter", 10002)
        if upsert and not found.primary_key:
            raise rest_errors.bad_request("The data extension has no primary key.", 30001)
        job = _Job()
        identifier = new_token()
        self._jobs[identifier] = job
        delay = self._platform.switches.number("sfmc.async_seconds")
        if delay:
            timer = threading.Timer(delay, self._run, (job, found, items, upsert))
            timer.daemon = True
            timer.start()
        else:
            await run_in_threadpool(self._run, job, found, items, upsert)
        return JSONResponse({"requestId": identifier, "resultMessages": []}, 202)

    def _run(self, job: _Job, found: DataExtension, items: Sequence[Any], upsert: bool) -> None:
        """Save the rows that fit; the others are in the results of the job."""
        good: list[dict[str, Any]] = []
        for item in items:
            row, problems = values.parse_row(found, item)
            exists = _has_key(found, row) and self._platform.store.has(found, row)
            if exists and not upsert:
                problems.append("Cannot insert duplicate key.")
            if not exists:
                problems += values.missing_columns(found, row)
            job.messages.append(
                {"message": "; ".join(problems) or "OK", "status": "Error" if problems else "OK"}
            )
            if not problems:
                good.append(row)
        save: Callable[..., object] = self._platform.store.upsert if upsert else self._platform.store.insert
        save(found, good)
        job.failed = len(good) < len(items)
        job.completed = clock.now()

    def _save(self, found: DataExtension, rows: Sequence[dict[str, Any]]) -> None:
        typed = []
        problems: list[str] = []
        for row in rows:
            cells, wrong = values.parse_row(found, row)
            if not wrong and not (_has_key(found, cells) and self._platform.store.has(found, cells)):
                wrong = values.missing_columns(found, cells)
            typed.append(cells)
            problems += wrong
        if problems:
            raise rest_errors.unsaved_rows(found.object_id, problems)
        if found.primary_key:
            self._platform.store.upsert(found, typed)
        else:
            self._platform.store.insert(found, typed)

    def _grant(self, request: Request) -> Grant:
        grant = self._platform.authorise(request, "")
        if not grant.allows("data_extensions_write"):
            # Of all routes this one says 401 for a missing scope.
            raise rest_errors.RestError(401, {"message": "Not Authorized"})
        return grant

    def _find(self, request: Request, grant: Grant) -> DataExtension:
        path = request.path_params
        found = (
            self._platform.by_key(grant.mid, path["key"])
            if path.get("key")
            else self._platform.by_id(grant.mid, path["id"])
        )
        if found is None or not found.listed or not found.family.is_writable:
            raise rest_errors.not_found()
        return found

    def _job(self, request: Request) -> _Job:
        job = self._jobs.get(request.path_params["request"])
        if job is None:
            raise rest_errors.not_found()
        return job


def _has_key(found: DataExtension, row: dict[str, Any]) -> bool:
    return bool(found.primary_key) and all(row.get(each.name) is not None for each in found.primary_key)
