"""Starts and stops the two server processes of a home.

A server is detached from the terminal and outlives the command that started it. Its parent binds
the port, hands the socket over, and waits for the ready message on a pipe: when the pipe closes
without one, the server has failed, and the end of its log says why.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psutil

from emulator import certificate
from emulator.home import CLOUDS, Cloud, EmulatorError, Home, ServerRecord, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

READY_SECONDS = 120.0
# A source of scale 100 is seeded on its first start.
READY_SECONDS_PER_SCALE = 20.0
STOP_SECONDS = 15.0


def running(home: Home, cloud: Cloud) -> ServerRecord | None:
    """The record of a cloud's server if that very process is alive."""
    record = home.record(cloud)
    return record if record and _process(record) else None


def start(home: Home, ports: Mapping[Cloud, int | None], *, idle_timeout: float, tls: bool = False) -> None:
    """Start those of the two servers that do not run, and return when both answer.

    With ``tls`` they answer on a second port too, with the home's certificate.

    Raises:
        EmulatorError: when a port is taken or a server fails; what was started here is stopped again.
    """
    started: list[_Starting] = []
    try:
        missing = [cloud for cloud in CLOUDS if running(home, cloud) is None]
        if tls and missing:
            certificate.server_file(home.path)
        for cloud in missing:
            started.append(_spawn(home, cloud, ports.get(cloud), idle_timeout, tls=tls))  # noqa: PERF401
        for starting in started:
            starting.wait_until_ready()
    except BaseException:
        for starting in started:
            starting.abandon()
        raise


def stop(home: Home) -> list[Cloud]:
    """Stop both servers and wait until they are gone; returns the clouds whose server was running."""
    processes = {
        cloud: process
        for cloud in CLOUDS
        if (record := home.record(cloud)) and (process := _process(record)) is not None
    }
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        if not _gone(process):
            process.kill()
            _gone(process)
    return list(processes)


def _gone(process: psutil.Process) -> bool:
    """Wait for the end of a process. One that only waits for its parent to notice has ended."""
    deadline = time.monotonic() + STOP_SECONDS
    while _is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _process(record: ServerRecord) -> psutil.Process | None:
    """The live process of a record; the start time tells it from a later one with the same pid."""
    try:
        process = psutil.Process(record.pid)
        is_it = abs(process.create_time() - record.created) < 1
    except psutil.NoSuchProcess:
        return None
    return process if is_it and _is_alive(process) else None


@dataclass
class _Starting:
    """A spawned server that has not yet said that it answers."""

    home: Home
    cloud: Cloud
    port: int
    tls_port: int | None
    child: subprocess.Popen[bytes]
    ready_fd: int

    def wait_until_ready(self) -> None:
        if not self._ready():
            log = self.home.directory(self.cloud) / "server.log"
            message = f"the {self.cloud} server did not start: {_last_line(log)}"
            raise EmulatorError(message)
        created = psutil.Process(self.child.pid).create_time()
        record = ServerRecord(self.child.pid, created, self.port, self.tls_port)
        write_private(self.home.directory(self.cloud) / "server.json", json.dumps(asdict(record)))
        # The server is on its own from here; without this Python warns of a child nobody waits for.
        self.child.returncode = 0

    def abandon(self) -> None:
        # What has no return code yet, or got it by being ready, may still run.
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.child.pid)
            process.terminate()
            _gone(process)
        self.child.returncode = 0

    def _ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS + READY_SECONDS_PER_SCALE * self.home.scale
        try:
            while (left := deadline - time.monotonic()) > 0:
                readable, _, _ = select.select([self.ready_fd], [], [], left)
                if readable:
                    return bool(os.read(self.ready_fd, 4096))
            return False
        finally:
            os.close(self.ready_fd)


def _spawn(home: Home, cloud: Cloud, port: int | None, idle_timeout: float, *, tls: bool) -> _Starting:
    last = home.record(cloud)
    try:
        listener = bind(port or (last.port if last else None), required=port is not None)
    except OSError as error:
        message = f"port {port} for {cloud} is not free ({error.strerror})"
        raise EmulatorError(message) from None
    tls_listener = bind(last.tls_port if last else None, required=False) if tls else None
    listeners = [each for each in (listener, tls_listener) if each]
    read_end, write_end = os.pipe()
    command: Sequence[str] = (
        *(sys.executable, "-m", "emulator.server", "--cloud", cloud, "--home", str(home.path)),
        *("--listener-fd", str(listener.fileno()), "--ready-fd", str(write_end)),
        *("--idle-timeout", str(idle_timeout)),
        *(("--tls-listener-fd", str(tls_listener.fileno())) if tls_listener else ()),
    )
    log = os.open(home.directory(cloud) / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with contextlib.ExitStack() as sockets:
        for each in listeners:
            sockets.enter_context(each)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(*(each.fileno() for each in listeners), write_end),
            cwd=home.path,
        )
        taken = listener.getsockname()[1]
        tls_taken = tls_listener.getsockname()[1] if tls_listener else None
    os.close(log)
    os.close(write_end)
    return _Starting(home, cloud, taken, tls_taken, child, read_end)


def bind(preferred: int | None, *, required: bool) -> socket.socket:
    """A loopback socket on the preferred port, or on a free one unless it is required.

    Raises:
        OSError: when a required port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", preferred or 0))
    except OSError:
        if required:
            listener.close()
            raise
        listener.bind(("127.0.0.1", 0))
    return listener


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1].strip()} (see {log})" if lines else f"see {log}"
