"""Start and stop the servers of the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
"""The folder to find this package in."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: Where it is.
        kept: Where it keeps what is uploaded, as far as it is short.
    """

    url: str
    kept: Path | None = None

    def get(self, path: str) -> Any:
        """Read JSON."""
        with urlopen(f"{self.url}{path}", timeout=60) as answer:  # noqa: S310 - loopback, ours
            return json.load(answer)

    def post(self, path: str) -> None:
        """Send an empty request."""
        with urlopen(Request(f"{self.url}{path}", method="POST", data=b""), timeout=60):  # noqa: S310 - loopback, ours
            pass


@contextmanager
def running(module: str, *options: object) -> Iterator[Server]:
    """Run a server module as a process of its own; it ends with the context, or with us."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError
    try:
        yield Server(json.loads(process.stdout.readline())["url"])
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@contextmanager
def sfmc(*rows: int, latency_s: float = 0.0, **options: int) -> Iterator[Server]:
    """A page server with a data extension ``bench-N`` for each number of rows."""
    more = [part for name, value in options.items() for part in (f"--{name}", value)]
    with running("bench.sfmc_server", "--rows", *rows, "--latency", latency_s, *more) as server:
        yield server


@contextmanager
def aep(*options: object, keep: Path | None = None) -> Iterator[Server]:
    """A platform that counts what it is sent, and keeps short files if there is a folder for them."""
    with running("bench.aep_server", *options, *(("--keep", keep) if keep else ())) as server:
        yield replace(server, kept=keep)
