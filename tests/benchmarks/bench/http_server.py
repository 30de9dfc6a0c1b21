"""A cheap HTTP server: one thread a connection, blocking sockets, bodies sent from where they lie.

It exists because it must not be the bottleneck. It speaks as much HTTP/1.1 as the clients of the
benchmark need: keep-alive, bodies with a length or in chunks.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader

CHUNK_BYTES = 2**20
_BACKLOG = 256


@dataclass
class Request:
    """A request whose body has not been read yet."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    _stream: BufferedReader[socket.SocketIO] = field(repr=False)
    _is_read: bool = False

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece."""
        self._is_read = True
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self._stream.readline().partition(b";")[0], 16):
                yield self._stream.read(size)
                self._stream.readline()
            self._stream.readline()
            return
        left = int(self.headers.get("content-length", 0))
        while left and (piece := self._stream.read1(min(left, CHUNK_BYTES))):
            left -= len(piece)
            yield piece

    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces())

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body() or b"null")

    def finish(self) -> None:
        """Read what the handler left, so that the next request of the connection can follow."""
        if not self._is_read:
            for _ in self.pieces():
                pass


@dataclass(frozen=True)
class Answer:
    """Status and body; the body in parts, so that a large one is never copied."""

    status: int = 200
    parts: tuple[bytes, ...] = ()
    content_type: str = "application/json"

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> Answer:
        """An answer with a JSON body."""
        return cls(status, (json.dumps(value).encode(),))


Handler = "Callable[[Request], Answer]"


def serve(handler: Callable[[Request], Answer], *, port: int = 0, processes: int = 1) -> None:
    """Serve on loopback until terminated or until standard input ends.

    Prints one line of JSON, ``{"url": …}``, when ready. Waiting for the end of standard input ties the
    server's life to that of the benchmark, however that ends.
    """
    listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
    children = []
    for _ in range(processes - 1):
        child = os.fork()
        if not child:
            _accept(listener, handler)
        children.append(child)
    threading.Thread(target=_accept, args=(listener, handler), daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while os.read(sys.stdin.fileno(), 1):
            pass
    finally:
        for child in children:
            os.kill(child, signal.SIGTERM)
        os._exit(0)


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every server has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    return parser


def _accept(listener: socket.socket, handler: Callable[[Request], Answer]) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(connection, handler), daemon=True).start()


def _converse(connection: socket.socket, handler: Callable[[Request], Answer]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = io.BufferedReader(socket.SocketIO(connection, "rb"), CHUNK_BYTES)
    with suppress(ConnectionError), connection, stream:
        while (request := _read_head(stream)) is not None:
            if request.headers.get("expect", "").lower() == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            try:
                answer = handler(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client and the log must see it
                print(f"{request.method} {request.path}: {error!r}", file=sys.stderr, flush=True)
                answer = Answer.of_json({"message": repr(error)}, 500)
            request.finish()
            head = (
                f"HTTP/1.1 {answer.status} X\r\nDate: {formatdate(usegmt=True)}\r\n"
                f"Content-Type: {answer.content_type}\r\n"
                f"Content-Length: {sum(map(len, answer.parts))}\r\n\r\n"
            )
            connection.sendall(head.encode())
            for part in answer.parts:
                connection.sendall(part)


def _read_head(stream: BufferedReader[socket.SocketIO]) -> Request | None:
    line = stream.readline().decode("latin-1").split()
    if len(line) < 2:
        return None
    headers = {}
    while (header := stream.readline().strip()) != b"":
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    target = urlsplit(line[1])
    query = dict(parse_qsl(target.query, keep_blank_values=True))
    return Request(line[0], unquote(target.path), query, headers, stream)
