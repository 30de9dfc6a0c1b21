"""Where things are: results, caches, scratch files, programs."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import Command
from bench.rows import STANDARD_FIELDS
from bench.servers import ROOT
from bench.xdm import DATASET_ID, mapping_set

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = ROOT.parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Workspace:
    """Scratch space of one benchmark run, and the programs that run in it."""

    folder: Path

    def fresh(self, name: str) -> Path:
        """An empty folder."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def below(self, name: str) -> Workspace:
        """A space of its own within this one."""
        return Workspace(self.fresh(name))

    def remove(self) -> None:
        """Delete everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_json(self, name: str, value: object) -> Path:
        """A JSON file, for a program's configuration."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
        return path

    def module(self, name: str, module: str, *arguments: object, stdin: Path | None = None) -> Command:
        """A module of this package as a program."""
        argv = (sys.executable, "-m", module, *map(str, arguments))
        return Command(name, argv, {"PYTHONPATH": str(ROOT)}, self.folder, stdin)

    def program(self, name: str, executable: Path, *arguments: object, stdin: Path | None = None) -> Command:
        """An installed program."""
        return Command(name, (str(executable), *map(str, arguments)), {}, self.folder, stdin)


def tap_config(url: str, key: str, **settings: Any) -> dict[str, Any]:
    """Configuration of tap-sfmc, and of the ordinary tap, for one data extension of the page server."""
    return {
        "base_endpoint": url,
        "client_id": "benchmark",
        "client_secret": "benchmark",
        "include": [key],
        **settings,
    }


def batch_config(folder: Path) -> Mapping[str, Any]:
    """Settings that make tap-sfmc write Parquet files."""
    return {"batch_config": {"encoding": {"format": "parquet"}, "storage": {"root": folder.as_uri()}}}


def target_config(
    url: str,
    folder: Path,
    *,
    batch_root: Path | None = None,
    field_count: int = STANDARD_FIELDS,
    **stream: Any,
) -> dict[str, Any]:
    """Configuration of target-aep for the counting platform.

    Args:
        url: Where the platform is.
        folder: Where it keeps its runs.
        batch_root: Folder of BATCH files.
        field_count: How many fields the rows have.
        stream: Settings of the stream, besides dataset and mapping.
    """
    roots = {"batch_roots": [str(batch_root)]} if batch_root else {}
    entry = {
        "dataset_id": DATASET_ID,
        "class": "profile",
        "mapping": mapping_set(field_count),
        "load_method": "append-only",
        **stream,
    }
    return {
        "client_id": "benchmark",
        "client_secret": "benchmark",
        "org_id": "bench@AdobeOrg",
        "sandbox_name": "bench",
        "ims_url": url,
        "platform_url": url,
        "run_path": str(folder),
        "poll_seconds": 0.01,
        "streams": {"*": entry},
        **roots,
    }
