"""Message files for targets, made once for each length."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.rows import STANDARD_FIELDS
from bench.servers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from bench.workspace import Workspace


class Inputs:
    """The same rows as RECORD messages, and as BATCH messages with Parquet files."""

    def __init__(self, space: Workspace, field_count: int = STANDARD_FIELDS) -> None:
        self._space = space
        self._fields = ("--fields", str(field_count))

    def records(self, rows: int) -> Path:
        """A file of RECORD messages."""
        path = self._space.folder / f"records-{rows}.jsonl"
        if not path.exists():
            _write(path, "--rows", str(rows), *self._fields)
        return path

    def batches(self, rows: int) -> Path:
        """A file of BATCH messages; the files that they name are there, even if a target took them away."""
        path = self._space.folder / f"batches-{rows}.jsonl"
        kept, given = self._space.folder / f"kept-{rows}", self.batch_root / str(rows)
        if not path.exists():
            _write(path, "--rows", str(rows), "--batches", str(given), *self._fields)
            kept.mkdir()
            for file in given.iterdir():
                os.link(file, kept / file.name)
        given.mkdir(parents=True, exist_ok=True)
        for file in kept.iterdir():
            if not (given / file.name).exists():
                os.link(file, given / file.name)
        return path

    @property
    def batch_root(self) -> Path:
        """The folder below which all Parquet files are."""
        return self._space.folder / "batch-files"


def _write(path: Path, *arguments: str) -> None:
    with path.open("wb") as file:
        argv = [sys.executable, "-m", "bench.singer", *arguments]
        subprocess.run(argv, check=True, stdout=file, env={"PYTHONPATH": str(ROOT)})
