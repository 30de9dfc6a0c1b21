"""Other people's targets, pinned, each in an environment of its own that is kept between runs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.report import warn
from bench.servers import ROOT
from bench.workspace import BIN

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = ROOT / ".environments"


@dataclass(frozen=True)
class Program:
    """A pinned program from the package registry.

    Attributes:
        name: Also of its environment.
        requirement: What to install.
        executable: Name in its ``bin`` folder.
    """

    name: str
    requirement: str
    executable: str

    @property
    def path(self) -> Path | None:
        """Its executable, installed if need be; None if that fails, as it does without a network."""
        folder = ENVIRONMENTS / self.name
        marker = folder / "requirement.txt"
        if not marker.exists() or marker.read_text() != self.requirement:
            shutil.rmtree(folder, ignore_errors=True)
            try:
                self._install(folder)
            except subprocess.CalledProcessError as error:
                warn(f"{self.requirement} cannot be installed: {error.stderr.decode()[-500:]}")
                return None
            marker.write_text(self.requirement)
        return folder / "bin" / self.executable

    def _install(self, folder: Path) -> None:
        uv = str(BIN / "uv")
        for argv in (
            (uv, "venv", "--quiet", "--python", str(BIN / "python"), str(folder)),
            (uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), self.requirement),
        ):
            subprocess.run(argv, check=True, capture_output=True)


TARGET_JSONL = Program("target-jsonl", "target-jsonl==0.1.4", "target-jsonl")
TARGET_DUCKDB = Program("target-duckdb", "target-duckdb==0.8.0", "target-duckdb")
DLT = Program("dlt", "dlt[filesystem,parquet]==1.31.0", "python")
