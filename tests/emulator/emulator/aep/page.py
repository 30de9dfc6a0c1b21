"""The page of the Experience Platform for people: datasets, schemas and batches of each sandbox."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from emulator.aep import sandboxes
from emulator.aep.catalog import batches, datasets
from emulator.aep.platform import platform_of
from emulator.aep.query import plain
from emulator.page import BASE, badge, code, link, page, paragraph, section, table

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

_TITLE = "Emulator: Experience Platform"
_BATCHES = 200
_PREVIEW_ROWS = 50


async def overview(request: Request) -> Response:
    """Show every sandbox."""
    return await run_in_threadpool(_overview, platform_of(request))


async def dataset(request: Request) -> Response:
    """Show the first live rows of a dataset, and its batches."""
    platform = platform_of(request)
    sandbox, wanted = request.path_params["sandbox"], request.path_params["id"]
    found = platform.store.get("dataset", sandbox, wanted)
    if found is None:
        return page(_TITLE, paragraph("There is no such dataset."), status=404)
    return await run_in_threadpool(_dataset, platform, sandbox, found)


def _overview(platform: Platform) -> Response:
    parts = [
        part for each in sandboxes.every(platform) for part in _sandbox(platform, each["name"], each["type"])
    ]
    return page(_TITLE, *parts)


def _sandbox(platform: Platform, name: str, kind: str) -> list[str]:
    store = platform.store
    made = store.all("batch", name)
    live: dict[str, int] = {}
    for each in made:
        if each["status"] == "success":
            dataset_id = batches.dataset_id(each)
            live[dataset_id] = live.get(dataset_id, 0) + _counted(each, "outputRecordCount")
    schemas = {each["$id"]: each for each in store.all("schemas", name)}
    known = store.all("dataset", name)
    dataset_rows = [
        (
            link(f"{BASE}/{name}/datasets/{each['id']}", each["name"]),
            code(each["id"]),
            code(each["tags"][datasets.TABLE_TAG][0]),
            schemas.get(each["schemaRef"]["id"], {}).get("title"),
            bool(datasets.flag(each, "unifiedProfile", "enabled")),
            live.get(each["id"], 0),
        )
        for each in known
    ]
    schema_rows = [
        (
            each["title"],
            each.get("meta:class", "").rpartition("/")[2] or datasets.behaviour(each),
            each["version"],
            "union" in each.get("meta:immutableTags", ()),
            code(each["$id"]),
        )
        for each in schemas.values()
    ]
    names = {each["id"]: each["name"] for each in known}
    columns = ("dataset", "id", "table", "schema", "Profile", "rows")
    return [
        section(f"Sandbox {name} ({kind}): datasets", table(columns, dataset_rows, empty="None yet.")),
        section(
            f"Sandbox {name}: schemas",
            table(("schema", "class", "version", "Profile", "id"), schema_rows, empty="None yet."),
        ),
        section(f"Sandbox {name}: batches", _batches(made, names)),
    ]


def _dataset(platform: Platform, sandbox: str, found: Document) -> Response:
    made = [each for each in platform.store.all("batch", sandbox) if batches.dataset_id(each) == found["id"]]
    rows: list[dict[str, Any]] = []
    for each in made:
        if each["status"] == "success":
            for path in sorted((platform.lake / each["id"]).glob("*.parquet")):
                if len(rows) < _PREVIEW_ROWS:
                    with pq.ParquetFile(path) as file:
                        first = next(file.iter_batches(_PREVIEW_ROWS - len(rows)), None)
                    rows += first.to_pylist() if first is not None else []
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = [[_text(row.get(name)) for name in names] for row in rows]
    return page(
        f"{_TITLE}: {found['name']}",
        paragraph(link("/", "all datasets")),
        section(f"The first {len(rows)} live rows", table(names, shown, empty="It holds no rows.")),
        section("Batches", _batches(made, {found["id"]: found["name"]})),
    )


def _batches(made: list[Document], names: dict[str, str]) -> str:
    rows = [
        (
            code(each["id"]),
            names.get(batches.dataset_id(each), batches.dataset_id(each)),
            badge(each["status"]),
            datetime.fromtimestamp(each["created"] / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
            each.get("metrics", {}).get("inputFileCount"),
            *(each.get("metrics", {}).get(f"{kind}RecordCount") for kind in ("input", "output", "failed")),
            "; ".join(f"{error['code']}: {error['description']}" for error in each.get("errors", ())),
        )
        for each in reversed(made[-_BATCHES:])
    ]
    columns = ("batch", "dataset", "status", "created (UTC)", "files", "in", "out", "failed", "errors")
    return table(columns, rows, empty="None yet.")


def _counted(batch: Document, metric: str) -> int:
    return int(batch.get("metrics", {}).get(metric, 0))


def _text(value: object) -> object:
    """Show an object without the fields that it does not have."""
    return _without_nulls(plain(value)) if isinstance(value, dict | list) else plain(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


routes = [
    Route("/", overview, methods=["GET"]),
    Route(f"{BASE}/{{sandbox}}/datasets/{{id}}", dataset, methods=["GET"]),
]
