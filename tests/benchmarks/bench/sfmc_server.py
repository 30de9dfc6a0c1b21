"""A Marketing Cloud that does nothing but serve pages made before: the source of the benchmarks.

Wire forms as the service's: OAuth2 token, SOAP Retrieve, rowset by key and by request token. Any
credentials do. ``python -m bench.sfmc_server --rows 2500 1000000 --latency 0.5`` has two data
extensions, ``bench-0`` of 2,500 and ``bench-1`` of a million rows.
"""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from bench.http_server import Answer, Request, arguments, serve
from bench.rows import STANDARD_FIELDS, first_row_seen_from
from bench.soap import Directory
from bench.wire import PAGE_SIZE, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWSET = re.compile(r"/data/v1/customobjectdata/(key|token)/(.+)/rowset")
_FROM = re.compile(r"SeenAt ge '([^']+)'", re.IGNORECASE)
_SCOPES = "data_extensions_read list_and_subscribers_read offline"


class _Query(msgspec.Struct):
    """What a request token stands for: said by the token itself, so that any process understands it."""

    key: str
    first: int
    descending: bool


class PageServer:
    """One tenant.

    Args:
        rows: How many rows each data extension has.
        field_count: How many fields each has.
        latency_s: What the service thinks before each page of rows.
    """

    def __init__(self, rows: Sequence[int], field_count: int, latency_s: float) -> None:
        self._pages = Pages(field_count)
        self._directory = Directory(len(rows), field_count)
        if latency_s == 0:
            self._pages.prepare(max(rows))
        self._rows = dict(zip(self._directory.keys, rows, strict=True))
        self._latency_s = latency_s

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if rowset := _ROWSET.fullmatch(request.path):
            return self._rowset(rowset[1], rowset[2], request.query)
        if request.path == "/v2/token":
            return self._token(request)
        if request.path.lower().endswith("/service.asmx"):
            xml = self._directory.answer(request.body().decode())
            return Answer(200, (xml.encode(),), "text/xml; charset=utf-8")
        if request.path == "/platform/v1/tokenContext":
            return Answer.of_json({"enterprise": {"id": 7000001}, "organization": {"id": 7000001}})
        return Answer.of_json({"errorcode": 404, "message": "Not Found"}, 404)

    def _token(self, request: Request) -> Answer:
        url = f"http://{request.headers['host']}/"
        return Answer.of_json(
            {
                "access_token": "benchmark",
                "token_type": "Bearer",
                "expires_in": 1079,
                "scope": _SCOPES,
                "rest_instance_url": url,
                "soap_instance_url": url,
            }
        )

    def _rowset(self, kind: str, name: str, query: dict[str, str]) -> Answer:
        time.sleep(self._latency_s)
        given = {key.lstrip("$").lower(): value for key, value in query.items()}
        if kind == "key":
            first = _filtered(range(self._rows.get(name, 0)), given.get("filter", "")).start
            wanted = _Query(name, first, given.get("orderby", "").lower().endswith(" desc"))
        else:
            wanted = msgspec.json.decode(urlsafe_b64decode(name), type=_Query)
        key = wanted.key
        if key not in self._rows:
            return Answer.of_json({"errorcode": 404, "message": "Not Found"}, 404)
        rows = range(wanted.first, self._rows[key])
        token = urlsafe_b64encode(msgspec.json.encode(wanted)).decode()
        size = min(int(given.get("pagesize", PAGE_SIZE)), PAGE_SIZE)
        number = int(given.get("page", 1))
        items = self._pages.items(rows, number, size, descending=wanted.descending)
        link = f"/v1/customobjectdata/token/{token}/rowset?$page="
        following = f',"next":"{link}{number + 1}"' if number * size < len(rows) else ""
        head = (
            f'{{"links":{{"self":"{link}{number}"{following}}},"requestToken":"{token}",'
            f'"tokenExpireDateUtc":"2099-01-01T00:00:00.000","customObjectId":"{key}","customObjectKey":"{key}",'
            f'"pageSize":{size},"page":{number},"count":{len(rows)},"top":0'
        )
        if not items:
            return Answer(200, (head.encode() + b"}",))
        return Answer(200, (head.encode() + b',"items":[', items, b"]}"))


def _filtered(rows: range, condition: str) -> range:
    """The rows that a filter leaves, which is for ``SeenAt`` from a time on, or none."""
    if not condition:
        return rows
    found = _FROM.fullmatch(condition.strip())
    if found is None:
        message = f"this server does not know the filter {condition!r}"
        raise ValueError(message)
    return rows[first_row_seen_from(datetime.fromisoformat(found[1])) :]


def main() -> None:
    """Serve what the command line asks for."""
    parser = arguments("Serve rows as SFMC does, cheaply.")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000], help="one data extension for each")
    parser.add_argument("--fields", type=int, default=STANDARD_FIELDS)
    parser.add_argument("--copies", type=int, default=1, help="so many times the data extensions of --rows")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each page of rows")
    options = parser.parse_args()
    server = PageServer(options.rows * options.copies, options.fields, options.latency)
    serve(server.handle, port=options.port, processes=options.processes)


if __name__ == "__main__":
    main()
