"""One server process: a cloud's application in the shell, on a loopback socket.

It is started by :mod:`emulator.process` as ``python -m emulator.server``.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import socket
import ssl
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from emulator import certificate
from emulator import home as homes
from emulator.fault_injection import DISCONNECT_EXTENSION
from emulator.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.home import Cloud, Home


TICKS_A_SECOND = 10
"""How often uvicorn asks whether to stop."""


class DisconnectingProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, and able to drop a connection when a fault asks for it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {DISCONNECT_EXTENSION: self.drop_connection}
        self.scope["extensions"] = extensions

    def drop_connection(self, *, reset: bool) -> None:
        if not reset:
            self.transport.close()
            return
        connection = self.transport.get_extra_info("socket")
        # Zero linger makes the kernel send RST instead of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Server(uvicorn.Server):
    """Tells its parent when it listens; stops when nobody asks for a while, or its home is deleted."""

    def __init__(
        self,
        shell: Shell,
        home: Home,
        ready: Callable[[], None],
        idle_timeout: float,
        tls_listener: socket.socket | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                shell,
                http=DisconnectingProtocol,
                ws="none",
                lifespan="off",
                access_log=False,
                date_header=False,  # the shell's clock may be off
                log_level="warning",
                timeout_graceful_shutdown=3,
                timeout_keep_alive=30,
            )
        )
        self._shell = shell
        self._home = home
        self._ready = ready
        self._idle_timeout = idle_timeout
        self._tls_listener = tls_listener

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._tls_listener is not None:
            await self._listen_with_tls(self._tls_listener)
        self._ready()

    async def _listen_with_tls(self, listener: socket.socket) -> None:
        """Serve the same application on a second socket; uvicorn has one kind of socket for all."""

        def create_protocol() -> DisconnectingProtocol:
            return DisconnectingProtocol(
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state
            )

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.server_file(self._home.path))
        loop = asyncio.get_running_loop()
        self.servers.append(await loop.create_server(create_protocol, sock=listener, ssl=context))

    async def on_tick(self, counter: int) -> bool:
        idle = time.monotonic() - self._shell.last_request
        if self._idle_timeout and idle > self._idle_timeout:
            logging.getLogger("uvicorn.error").warning("no request for %.0f s, stopping", idle)
            return True
        # Nobody can stop it, or ask it anything sensible, without its home.
        if counter % TICKS_A_SECOND == 0 and not self._home.path.exists():
            return True
        return await super().on_tick(counter)


def create_cloud_app(cloud: Cloud, home: Home) -> Starlette:
    """The application of one cloud."""
    app = importlib.import_module(f"emulator.{cloud}.app").create_app(home)
    assert isinstance(app, Starlette)
    return app


def serve(
    app: Starlette,
    *,
    cloud: Cloud,
    home: Home,
    listener: socket.socket,
    idle_timeout: float,
    ready: Callable[[], None],
    tls_listener: socket.socket | None = None,
) -> None:
    """Serve ``app`` on already bound loopback sockets until told to stop.

    ``ready`` is called once, when connections are answered. The server stops by itself after
    ``idle_timeout`` seconds without a request (0: never), and when its home is deleted.
    """
    shell = Shell(app, cloud, home)
    server = Server(shell, home, ready, idle_timeout, tls_listener)
    server.run(sockets=[listener])


def main() -> None:
    # Everything a server writes may hold customers' values.
    os.umask(0o077)
    parser = argparse.ArgumentParser()
    parser.add_argument("--cloud", choices=homes.CLOUDS, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--listener-fd", type=int, required=True)
    parser.add_argument("--tls-listener-fd", type=int)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--idle-timeout", type=float, required=True)
    arguments = parser.parse_args()
    home = homes.load(arguments.home)
    if home is None:
        sys.exit(f"no emulator home at {arguments.home}")
    listener = socket.socket(fileno=arguments.listener_fd)
    tls_fd = arguments.tls_listener_fd

    def ready() -> None:
        os.write(arguments.ready_fd, json.dumps({"pid": os.getpid()}).encode())
        os.close(arguments.ready_fd)

    serve(
        create_cloud_app(arguments.cloud, home),
        cloud=arguments.cloud,
        home=home,
        listener=listener,
        idle_timeout=arguments.idle_timeout,
        ready=ready,
        tls_listener=socket.socket(fileno=tls_fd) if tls_fd is not None else None,
    )


if __name__ == "__main__":
    main()
