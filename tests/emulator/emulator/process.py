"""Starts and stops the two server processes of a home.

A server is detached from the terminal and outlives the command that started it. Its parent binds
the port, hands the socket over, and waits for the ready message on a pipe: when the pipe closes
without one, the server has failed, and the end of its log says why.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import psutil

from emulator import server
from emulator.home import CLOUDS, Cloud, EmulatorError, Home, ServerRecord, write_private

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence
    from pathlib import Path

READY_SECONDS = 120.0
STOP_SECONDS = 15.0


def running(home: Home, cloud: Cloud) -> ServerRecord | None:
    """The record of a cloud's server if that very process is alive."""
    record = home.record(cloud)
    return record if record and _process(record) else None


def start(home: Home, ports: Mapping[Cloud, int | None], *, idle_timeout: float) -> None:
    """Start those of the two servers that do not run, and return when both answer.

    Raises:
        EmulatorError: when a port is taken or a server fails; what was started here is stopped again.
    """
    started: list[Cloud] = []
    try:
        for cloud in CLOUDS:
            if running(home, cloud) is None:
                _start_one(home, cloud, ports.get(cloud), idle_timeout)
                started.append(cloud)
    except BaseException:
        for cloud in started:
            stop_one(home, cloud)
        raise


def stop(home: Home) -> list[Cloud]:
    """Stop both servers; returns the clouds whose server was running."""
    return [cloud for cloud in CLOUDS if stop_one(home, cloud)]


def stop_one(home: Home, cloud: Cloud) -> bool:
    """Stop a cloud's server and wait until it is gone. False when it was not running."""
    record = home.record(cloud)
    process = _process(record) if record else None
    if process is None:
        return False
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    return True


def _process(record: ServerRecord) -> psutil.Process | None:
    """The live process of a record; the start time tells it from a later one with the same pid."""
    try:
        process = psutil.Process(record.pid)
        alive = abs(process.create_time() - record.created) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def _start_one(home: Home, cloud: Cloud, port: int | None, idle_timeout: float) -> None:
    last = home.record(cloud)
    try:
        listener = server.bind(port or (last.port if last else None), required=port is not None)
    except OSError as error:
        message = f"port {port} for {cloud} is not free ({error.strerror})"
        raise EmulatorError(message) from None
    directory = home.directory(cloud)
    read_end, write_end = os.pipe()
    with listener, (directory / "server.log").open("ab") as log:
        child = _spawn(
            home, cloud, listener=listener, ready_fd=write_end, idle_timeout=idle_timeout, log_fd=log.fileno()
        )
        os.close(write_end)
        try:
            ready = _wait_until_ready(read_end)
        finally:
            os.close(read_end)
        if not ready:
            if child.poll() is None:
                child.terminate()
            child.wait(STOP_SECONDS)
            message = f"the {cloud} server did not start: {_last_line(directory / 'server.log')}"
            raise EmulatorError(message)
        record = ServerRecord(child.pid, psutil.Process(child.pid).create_time(), listener.getsockname()[1])
    write_private(directory / "server.json", json.dumps(asdict(record)))
    # The server is on its own from here; without this Python warns of a child nobody waits for.
    child.returncode = 0


def _spawn(
    home: Home, cloud: Cloud, *, listener: socket.socket, ready_fd: int, idle_timeout: float, log_fd: int
) -> subprocess.Popen[bytes]:
    command: Sequence[str] = (
        *(sys.executable, "-m", "emulator.server", "--cloud", cloud, "--home", str(home.path)),
        *("--listener-fd", str(listener.fileno()), "--ready-fd", str(ready_fd)),
        *("--idle-timeout", str(idle_timeout)),
    )
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log_fd,
        stderr=log_fd,
        start_new_session=True,
        pass_fds=(listener.fileno(), ready_fd),
        cwd=home.path,
    )


def _wait_until_ready(read_end: int) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([read_end], [], [], left)
        if readable:
            return bool(os.read(read_end, 4096))
    return False


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1].strip()} (see {log})" if lines else f"see {log}"
