"""An Experience Platform that takes everything and counts rows: the sink of the benchmarks.

Two schemas with a dataset each, one of them for Profile, are there from the start. What is uploaded is
thrown away except for its end, from whose Parquet footer the rows are counted; with ``--keep FOLDER`` what
is so short that its end is all of it, is kept there. A batch is promoted when it is completed.
``GET /_bench/rows`` tells what was promoted, ``POST /_bench/reset`` forgets it.
"""

from __future__ import annotations

import io
import re
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.http_server import Answer, Request, arguments, serve
from bench.rows import STANDARD_FIELDS
from bench.xdm import (
    DATASET_ID,
    NAMESPACE,
    PROFILE_DATASET_ID,
    PROFILE_SCHEMA_ID,
    SCHEMA_ID,
    TENANT_ID,
    dataset,
    descriptors,
    schema_document,
)

_TAIL_BYTES = 8 * 2**20
_BATCHES = "/data/foundation/import/batches"
_FILE = re.compile(_BATCHES + r"/([^/]+)/datasets/[^/]+/files/(.+)")
_EMPTY_PAGE: dict[str, Any] = {"results": [], "_page": {}}
_ANSWERS: dict[str, Any] = {
    "/ims/token/v3": {"access_token": "benchmark", "token_type": "bearer", "expires_in": 86_399},
    "/sandbox-management/": {
        "sandboxes": [{"name": "bench", "title": "Bench", "type": "development", "state": "active"}]
    },
    "/schemaregistry/stats": {"tenantId": TENANT_ID},
    "/tenant/descriptors": descriptors(),
    "/tenant/schemas": _EMPTY_PAGE,
    "/tenant/fieldgroups": _EMPTY_PAGE,
    "/idnamespace/identities": [
        {"code": NAMESPACE, "name": NAMESPACE, "idType": "CROSS_DEVICE", "custom": True}
    ],
    "/dataSets": {},
    f"/dataSets/{DATASET_ID}": {DATASET_ID: dataset(SCHEMA_ID)},
    f"/dataSets/{PROFILE_DATASET_ID}": {PROFILE_DATASET_ID: dataset(PROFILE_SCHEMA_ID)},
    "/_bench/reset": {},
}
"""Answers by the end of the path."""


@dataclass
class Batch:
    """A batch and the rows of its files."""

    id: str
    request: dict[str, Any]
    created_ms: int
    status: str = "loading"
    rows: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As Catalog shows it."""
        count = sum(self.rows.values())
        return {
            "id": self.id,
            "status": self.status,
            "externalId": self.request.get("externalId", ""),
            "tags": self.request.get("tags", {}),
            "created": self.created_ms,
            "updated": self.created_ms,
            "relatedObjects": [{"type": "dataSet", "id": self.request["datasetId"]}],
            "metrics": {"inputRecordCount": count, "outputRecordCount": count, "failedRecordCount": 0},
        }


class Sink:
    """The platform's state."""

    def __init__(self, field_count: int, keep: Path | None = None) -> None:
        self._keep = keep
        self._answers = _ANSWERS | {
            f"/tenant/schemas/{schema_id}": schema_document(schema_id, field_count)
            for schema_id in (SCHEMA_ID, PROFILE_SCHEMA_ID)
        }
        self._batches: dict[str, Batch] = {}
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if uploaded := _FILE.fullmatch(request.path):
            end = _End.of(request)
            self._batches[uploaded[1]].rows[uploaded[2]] = int(pq.read_metadata(end).num_rows)
            if self._keep and end.is_whole:
                self._keep.mkdir(parents=True, exist_ok=True)
                (self._keep / f"{uploaded[1]}-{uploaded[2]}").write_bytes(end.getvalue())
            return Answer.of_json({})
        if request.path.startswith(_BATCHES):
            return self._batch(request)
        if request.path.startswith("/data/foundation/catalog/batches"):
            return self._listed(request)
        if request.path == "/_bench/rows":
            done = [batch for batch in self._batches.values() if batch.status == "success"]
            return Answer.of_json({"rows": sum(sum(b.rows.values()) for b in done), "batches": len(done)})
        if request.path == "/_bench/reset":
            self._batches.clear()
            if self._keep:
                shutil.rmtree(self._keep, ignore_errors=True)
        return self._canned(request.path)

    def _canned(self, path: str) -> Answer:
        found = next((body for end, body in self._answers.items() if path.endswith(end)), None)
        if found is None:
            return Answer.of_json({"title": "Not found", "status": 404, "detail": path}, 404)
        return Answer.of_json(found)

    def _batch(self, request: Request) -> Answer:
        with self._lock:
            if request.path == _BATCHES:
                batch = Batch(f"batch-{len(self._batches)}", request.json(), time.time_ns() // 10**6)
                self._batches[batch.id] = batch
                return Answer.of_json(batch.as_dict(), 201)
            batch = self._batches[request.path.removeprefix(f"{_BATCHES}/")]
            batch.status = "success" if request.query.get("action") == "COMPLETE" else "aborted"
            for replaced in batch.request.get("replay", {}).get("predecessors", []):
                self._batches[replaced].status = "inactive"
            return Answer.of_json({})

    def _listed(self, request: Request) -> Answer:
        wanted = request.path.rpartition("/")[2]
        with self._lock:
            if wanted != "batches":
                found = {wanted: self._batches[wanted].as_dict()} if wanted in self._batches else None
                return Answer.of_json(found) if found else Answer.of_json({"status": 404}, 404)
            external_id = request.query.get("externalId")
            listed = [
                batch
                for batch in self._batches.values()
                if not external_id or batch.request.get("externalId") == external_id
            ]
            start = int(request.query.get("start", 0))
            page = listed[start : start + int(request.query.get("limit", 100))]
            return Answer.of_json({batch.id: batch.as_dict() for batch in page})


class _End(io.BytesIO):
    """The end of a file, at its place: readers of Parquet seek there first, and find the footer."""

    def __init__(self, tail: bytes, size: int) -> None:
        super().__init__(tail)
        self._skipped = size - len(tail)

    @classmethod
    def of(cls, request: Request) -> _End:
        """The end of what is uploaded."""
        size, tail = 0, bytearray()
        for piece in request.pieces():
            size += len(piece)
            tail += piece
            if len(tail) > 2 * _TAIL_BYTES:
                del tail[:-_TAIL_BYTES]
        return cls(bytes(tail), size)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was thrown away."""
        return self._skipped == 0

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return super().seek(offset - (self._skipped if whence == io.SEEK_SET else 0), whence) + self._skipped

    def tell(self) -> int:
        return super().tell() + self._skipped


def main() -> None:
    """Serve what the command line asks for."""
    parser = arguments("Take batches as Experience Platform does, and count their rows.")
    parser.add_argument("--fields", type=int, default=STANDARD_FIELDS)
    parser.add_argument("--keep", type=Path, help="folder for short files")
    options = parser.parse_args()
    serve(Sink(options.fields, options.keep).handle, port=options.port)


if __name__ == "__main__":
    main()
