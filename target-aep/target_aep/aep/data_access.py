"""Data Access: the rows that a batch rejected, and why (kept for 30 days); the files of a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_aep.aep.catalog import NOT_FOUND
from target_aep.aep.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_aep.aep.gateway import Gateway

BASE = "/data/foundation/export/batches"
FILES = "/data/foundation/export/files"
FOLDER = "row_errors"
PAGE_SIZE = 100


class DataAccess:
    """Reads diagnostics."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def row_errors(self, batch_id: str) -> Iterator[dict[str, Any]]:
        """Iterate over the rejected rows of a batch, none when it has no diagnostics.

        Each is the row itself (or ``_corrupt_record``) with ``_errors`` (a list of ``code``,
        ``message`` and perhaps ``column``) and ``_filename``.
        """
        for name in self._names(f"{BASE}/{batch_id}/meta", "name", path=FOLDER):
            response = self._gateway.request(
                "GET", f"{BASE}/{batch_id}/meta", params={"path": f"{FOLDER}/{name}"}, idempotent=True
            )
            # iter_lines would split at U+2028 as well, which is legal inside a JSON string.
            for line in response.content.split(b"\n"):
                if line.strip():
                    yield _row(line, name)

    def files(self, batch_id: str) -> Iterator[bytes]:
        """Iterate over the Parquet files that a batch has in the data lake; none when it is gone."""
        for file_id in self._names(f"{BASE}/{batch_id}/files", "dataSetFileId"):
            for name in self._names(f"{FILES}/{quote(file_id, safe='')}", "name"):
                if name.endswith(".parquet"):
                    path = f"{FILES}/{quote(file_id, safe='')}"
                    yield self._gateway.request("GET", path, params={"path": name}, idempotent=True).content

    def _names(self, url: str, key: str, **params: str) -> Iterator[str]:
        """Iterate over one property of what is listed, all pages; nothing where there is no such list."""
        start = 0
        while True:
            paging = {**params, "start": start, "limit": PAGE_SIZE}
            try:
                page = self._gateway.request_json("GET", url, params=paging, idempotent=True)
            except ApiError as error:
                if error.status == NOT_FOUND:
                    return
                raise
            data = page.get("data", []) if isinstance(page, dict) else []
            # Links are absolute and may name another host, so only the names are used.
            yield from (str(item[key]) for item in data if isinstance(item, dict) and item.get(key))
            if len(data) < PAGE_SIZE:
                return
            start += len(data)


def _row(line: bytes, name: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if isinstance(row, dict):
        return row
    text = line.decode("utf-8", "replace")
    return {"_corrupt_record": text, "_errors": [], "_filename": name}
