"""A server that answers what a test tells it to, for answers that no real one gives on demand."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from target_aep.aep import Gateway
from target_aep.aep.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class ScriptedServer:
    """Answers tokens always, and anything else with the next of ``answers``: (status, headers, body).

    Args:
        certificate: File of a certificate with its key, for HTTPS.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.token = (200, {}, json.dumps({"access_token": "token-1", "expires_in": 86399}))
        self.requests: list[dict[str, Any]] = []
        self.date: str | None = None
        """What its clock says; by default that of this machine."""
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "/ims/" in self.path:
                    status, headers, text = script.token
                else:
                    script.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
                    status, headers, text = script.answers.pop(0)
                data = text.encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815 - names of the standard library

            def date_time_string(self, timestamp: float | None = None) -> str:
                return script.date or super().date_time_string(timestamp)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def waits() -> list[float]:
    """The waits that a gateway asked for, in seconds."""
    return []


@pytest.fixture
def gateway(server: ScriptedServer, waits: list[float]) -> Iterator[Gateway]:
    """A gateway to the scripted server that notes its waits instead of sleeping."""
    note: Callable[[float], object] = waits.append
    with Gateway(
        ims_url=server.url,
        platform_url=server.url,
        client_id="id-1",
        client_secret="secret-1",
        org_id="1@AdobeOrg",
        sandbox_name="dev",
        backoff=Backoff(attempts=3, first_seconds=1, longest_seconds=30, wait=note),
    ) as made:
        yield made
