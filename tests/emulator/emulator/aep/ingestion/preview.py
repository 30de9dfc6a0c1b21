"""A look at the files of a batch before it is completed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from starlette.responses import JSONResponse

from emulator.aep import errors
from emulator.aep.catalog import batches
from emulator.aep.ingestion import json_rows, uploads
from emulator.aep.platform import caller_of
from emulator.aep.requests import is_true

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

_ROWS = 100


async def preview(request: Request) -> Response:
    """Return the first rows of the files uploaded so far, as text in numbered columns."""
    caller = caller_of(request)
    batch = batches.find(caller, request.path_params["batch"])
    if batches.dataset_id(batch) != request.path_params["dataset"]:
        raise errors.not_found(f"Batch {batch['id']} is not for dataset {request.path_params['dataset']}")
    query = request.query_params
    kind = query.get("format", batch["inputFormat"]["format"]).lower()
    text = query.get("nrow", str(_ROWS))
    if kind not in {"json", "parquet", "csv"} or not text.isdigit():
        raise errors.bad_request("format must be json, parquet or csv, and nrow a number")
    count = min(int(text), _ROWS)
    rows: list[dict[str, Any]] = []
    for upload in uploads.of_batch(caller.platform, caller.sandbox, batch["id"]).values():
        if len(rows) < count:
            path = uploads.stored(caller.platform, batch["id"], upload)
            written = query.get("isMultiLineJson")
            multi_line = is_true(written) if written else bool(batch["inputFormat"].get("isMultiLineJson"))
            rows += _rows(
                path, kind, count - len(rows), multi_line=multi_line, delimiter=query.get("delimiter", ",")
            )
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return JSONResponse(
        {
            "formatParams": {
                "format": kind,
                **({"delimiter": query.get("delimiter", ",")} if kind == "csv" else {}),
            },
            "preview": {
                "columns": [{"cid": str(index), "name": name} for index, name in enumerate(names)],
                "rows": [{str(names.index(name)): value for name, value in row.items()} for row in flat],
            },
        }
    )


def _rows(path: Path, kind: str, count: int, *, multi_line: bool, delimiter: str) -> list[dict[str, Any]]:
    try:
        if kind == "parquet":
            with pq.ParquetFile(path) as file:
                return [
                    row
                    for batch in itertools.islice(file.iter_batches(count), 1)
                    for row in batch.to_pylist()
                ]
        if kind == "csv":
            return list(
                pcsv.read_csv(path, parse_options=pcsv.ParseOptions(delimiter=delimiter))
                .slice(0, count)
                .to_pylist()
            )
    except pa.ArrowInvalid:
        raise errors.bad_request(f"A file of the batch is not {kind}") from None
    if multi_line:
        found = json_rows.decode(b'{"rows":' + path.read_bytes() + b"}")
        rows = found.get("rows") if isinstance(found, dict) else None
    else:
        with path.open("rb") as file:
            rows = [json_rows.decode(line) for line in itertools.islice(file, count)]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.bad_request("A file of the batch is not json")
    return rows[:count]


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    result = {}
    for name, value in row.items():
        if isinstance(value, dict):
            result.update(_flat(value, f"{prefix}{name}/"))
        elif value is not None:
            result[prefix + name] = str(value)
    return result
