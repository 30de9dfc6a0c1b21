"""One writer per pipeline.

On a local disk the operating system holds the lock and frees it with the process, however that ends.
On object stores a small file says who holds it and is renewed each minute; one that has not been
renewed for ``takeover_minutes`` belongs to a run that is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any, BinaryIO

from target_aep.errors import TryAgainError
from target_aep.private_folder import FILE_MODE

try:
    import fcntl
except ImportError:  # Windows has none: there the renewed file serves on local disks too
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from target_aep.private_folder import PrivateFolder

NAME = "writer.lock"
RENEW_SECONDS = 60.0


class PipelineLock:
    """Held from :meth:`acquire` to :meth:`release`.

    Args:
        folder: The pipeline's folder.
        pipeline_id: For the message.
        run_id: Who holds it.
        host: Where.
        takeover_minutes: When a lock that is not renewed may be taken.
    """

    def __init__(
        self, folder: PrivateFolder, *, pipeline_id: str, run_id: str, host: str, takeover_minutes: float
    ) -> None:
        self._folder = folder
        self._pipeline_id = pipeline_id
        self._mine: dict[str, Any] = {"run_id": run_id, "host": host, "pid": os.getpid()}
        self._takeover_seconds = takeover_minutes * 60
        self._file: BinaryIO | None = None
        self._renewing: threading.Thread | None = None
        self._released = threading.Event()

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            TryAgainError: Another run holds it.
        """
        if self._folder.local is not None and fcntl is not None:
            self._acquire_local()
        else:
            self._acquire_renewed()

    def release(self) -> None:
        """Give it back; harmless when it is not held."""
        self._released.set()
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._renewing is not None:
            self._renewing.join()
            self._renewing = None
            self._folder.delete(NAME)

    def _acquire_local(self) -> None:
        self._folder.make()
        path = self._folder.local / NAME  # type: ignore[operator]
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _parse(file.read())
            file.close()
            raise self._refusal(holder) from None
        file.truncate()
        file.write(json.dumps(self._mine).encode())
        file.flush()
        self._file = file

    def _acquire_renewed(self) -> None:
        content = self._folder.read(NAME)
        holder = _parse(content) if content else {}
        if holder and not self._is_abandoned(holder):
            raise self._refusal(holder)
        self._renew()
        # Of two that saw no lock the later one wins: object stores have no other arbiter.
        if _parse(self._folder.read(NAME) or b"").get("run_id") != self._mine["run_id"]:
            raise self._refusal({})
        self._released.clear()
        self._renewing = threading.Thread(target=self._keep_renewing, name="lock", daemon=True)
        self._renewing.start()

    def _keep_renewing(self) -> None:
        while not self._released.wait(RENEW_SECONDS):
            with contextlib.suppress(OSError):
                self._renew()

    def _renew(self) -> None:
        self._folder.write(NAME, json.dumps({**self._mine, "renewed": time.time()}).encode())

    def _is_abandoned(self, holder: dict[str, Any]) -> bool:
        return time.time() - float(holder.get("renewed") or 0) > self._takeover_seconds

    def _refusal(self, holder: dict[str, Any]) -> TryAgainError:
        who = f" (run {holder['run_id']} on {holder.get('host')}, process {holder.get('pid')})"
        return TryAgainError(
            f"pipeline {self._pipeline_id!r} is being written by another run"
            + (f"{who}." if holder.get("run_id") else "."),
            remedy="Wait until it has ended; give pipelines that run side by side a pipeline_id each.",
        )


def _parse(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
