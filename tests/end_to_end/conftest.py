"""The repository's Meltano project, installed once for the session, and pipelines that run in it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emulator.testing import RunningEmulator
from tests.end_to_end.cells import CELLS, SOURCES, as_rows, lake_query, type_query
from tests.end_to_end.pipeline import COMMANDS, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.end_to_end.cells import Row, Rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Meltano project, so that no test touches the state or ``.env`` of the repository."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("meltano.yml", "constraints.txt"):
        shutil.copy(ROOT / name, copy)
    for name in ("tap-sfmc", "target-aep"):
        (copy / name).symlink_to(ROOT / name)
    (copy / "tests").mkdir()
    (copy / "tests/emulator").symlink_to(ROOT / "tests/emulator")
    (copy / "output").mkdir()
    subprocess.run([COMMANDS / "meltano", "--log-level=warning", "install"], cwd=copy, check=True)
    return copy


@pytest.fixture(scope="session")
def new_pipeline(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[RunningEmulator], Pipeline]:
    """Makes pipelines without a past."""

    def make(emulator: RunningEmulator) -> Pipeline:
        folder = tmp_path_factory.mktemp("pipeline")
        variables = {
            "MELTANO_STATE_BACKEND_URI": f"file://{folder / 'state'}",
            "TARGET_AEP_RUN_PATH": str(folder / "runs"),
            "TARGET_AEP_QUARANTINE_ROOT": str(folder / "quarantine"),
        }
        return Pipeline(project, emulator, folder, variables)

    return make


@dataclass
class Snapshot:
    """Source and lake after a run; everything by stream."""

    source: dict[str, list[Row]]
    lake: dict[str, Rows]
    latest: dict[str, Rows]
    books: dict[str, dict[str, Any]]


@dataclass
class TwoRuns:
    """A first run, a day of changes, a second run."""

    pipeline: Pipeline
    first: Snapshot
    changes: dict[str, Any]
    second: Snapshot
    types: dict[str, list[str]]


@pytest.fixture(scope="session")
def two_runs(
    new_pipeline: Callable[[RunningEmulator], Pipeline], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoRuns]:
    with RunningEmulator(tmp_path_factory.mktemp("two-runs") / "emulator") as emulator:
        pipeline = new_pipeline(emulator)
        pipeline.run()
        first = snapshot(pipeline)
        changes = emulator.mutate()["data_extensions"]
        pipeline.run()
        types = {stream: list(emulator.query(type_query(stream))[0].values()) for stream in CELLS}
        yield TwoRuns(pipeline, first, changes, snapshot(pipeline), types)


def snapshot(pipeline: Pipeline) -> Snapshot:
    """What source and lake hold now."""
    emulator, profile = pipeline.emulator, pipeline.emulator.home.profile

    def lake(view: str) -> dict[str, Rows]:
        return {
            stream: as_rows(emulator.query(lake_query(stream, view=view, tenant=profile.tenant_id)))
            for stream in CELLS
        }

    return Snapshot(
        source={stream: emulator.source_rows(profile.key_prefix + key) for stream, key in SOURCES.items()},
        lake=lake(""),
        latest=lake("_latest"),
        books=pipeline.books(),
    )
