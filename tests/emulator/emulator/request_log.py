"""One JSON line per request, in the order of arrival numbers.

A line is ``{"n", "time", "method", "path", "query", "status", "fault", "request_bytes",
"response_bytes", "seconds"}``: ``n`` counts arrivals from 1, ``status`` is null where the
connection was reset, ``fault`` is the injected fault or null. Secrets in a query are masked.
"""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECRET = re.compile(r"((?:client_secret|access_token|clientSecret)=)[^&]*", re.IGNORECASE)


class RequestLog:
    """The log file of one server."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._count = len(self.entries())
        self._file = path.open("a", buffering=1)
        path.chmod(0o600)

    def next_number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def write(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(entry) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        """All requests that were answered so far, by number."""
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda entry: int(entry["n"]))

    def clear(self) -> None:
        with self._lock:
            self._file.truncate(0)
            self._count = 0


class RequestLogMiddleware:
    """Writes a line per request around ``app``."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = self.log.next_number()
        arrived = datetime.now(timezone.utc)
        started = time.perf_counter()
        status: int | None = None
        sizes = {"request_bytes": 0, "response_bytes": 0}

        async def counted_receive() -> Message:
            message = await receive()
            sizes["request_bytes"] += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sizes["response_bytes"] += len(message.get("body", b""))
            await send(message)

        failed = True
        try:
            await self.app(scope, counted_receive, counted_send)
            failed = False
        finally:
            fault = scope.get("emulator.fault")
            self.log.write(
                {
                    "n": number,
                    "time": arrived.isoformat(timespec="milliseconds"),
                    "method": scope["method"],
                    "path": scope["path"],
                    "query": _SECRET.sub(r"\1***", scope["query_string"].decode("latin-1")),
                    "status": 500 if failed and status is None else status,
                    "fault": fault,
                    **sizes,
                    "seconds": round(time.perf_counter() - started, 6),
                }
            )
