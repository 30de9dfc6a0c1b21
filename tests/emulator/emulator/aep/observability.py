"""Observability Insights: counts of ingested records over time, computed from the batches."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator.aep import errors
from emulator.aep.catalog import batches
from emulator.aep.platform import caller_of
from emulator.aep.requests import json_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.store import Document

BASE = "/data/infrastructure/observability/insights"
_STEPS = {"MINUTE": 60, "HOUR": 3600, "DAY": 86_400, "WEEK": 604_800, "MONTH": 2_592_000}
_METRICS = {
    "timeseries.ingestion.dataset.recordsuccess.count": "outputRecordCount",
    "timeseries.ingestion.dataset.recordfailed.count": "failedRecordCount",
    "timeseries.ingestion.dataset.size": "outputByteSize",
    "timeseries.ingestion.dataset.dailysize": "outputByteSize",
    "timeseries.ingestion.dataset.batchsuccess.count": "",
    "timeseries.ingestion.dataset.batchfailed.count": "",
}


async def metrics(request: Request) -> Response:
    """Return sums per step of time for each metric that is asked for."""
    caller = caller_of(request)
    body = await json_object(request)
    wanted = body.get("metrics")
    if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
        raise errors.bad_request("metrics must be an array")
    start, end = (
        _instant(body.get("start"), 0),
        _instant(body.get("end"), datetime.now(timezone.utc).timestamp()),
    )
    granularity = str(body.get("granularity", "DAY")).upper()
    if granularity not in _STEPS:
        raise errors.bad_request(f"granularity must be one of {', '.join(_STEPS)}")
    found = [
        each
        for each in caller.platform.store.all("batch", caller.sandbox)
        if start <= each.get("completed", 0) / 1000 < end
    ]
    answers = [_answer(each, found, granularity) for each in wanted]
    return JSONResponse({"metricResponses": answers})


def _answer(wanted: dict[str, Any], found: list[Document], granularity: str) -> dict[str, Any]:
    name = str(wanted.get("name"))
    if name not in _METRICS:
        raise errors.bad_request(f"There is no metric {name}")
    filters = [each for each in wanted.get("filters", ()) if each.get("name") == "dataSetId"]
    ids = {part for each in filters for part in str(each.get("value", "")).split("|")}
    chosen = [each for each in found if not ids or batches.dataset_id(each) in ids]
    if any(each.get("groupBy") for each in filters):
        points = [
            {
                "groupBy": {"dataSetId": each},
                "dps": _points(
                    name, [batch for batch in chosen if batches.dataset_id(batch) == each], granularity
                ),
            }
            for each in sorted(ids)
        ]
    else:
        points = [{"groupBy": {}, "dps": _points(name, chosen, granularity)}]
    return {
        "metric": name,
        "filters": wanted.get("filters", []),
        "datapoints": points,
        "granularity": granularity,
    }


def _points(name: str, found: list[Document], granularity: str) -> dict[str, float]:
    step = _STEPS[granularity]
    points: dict[str, float] = {}
    for batch in found:
        moment = datetime.fromtimestamp(batch["completed"] // 1000 // step * step, timezone.utc)
        key = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        points[key] = points.get(key, 0) + _value(name, batch)
    return points


def _value(name: str, batch: Document) -> float:
    key = _METRICS[name]
    if key:
        return float(batch.get("metrics", {}).get(key, 0))
    return float(batch["status"] == ("failed" if "failed" in name else "success"))


def _instant(text: Any, default: float) -> float:
    if text is None:
        return default
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise errors.bad_request(f"{text!r} is not an ISO 8601 timestamp") from None


routes = [Route(f"{BASE}/metrics", metrics, methods=["POST"])]
