"""The same rows by other ways: another target, BATCH files, a bare pipe with ``--state``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.end_to_end.bare import write_settings
from tests.end_to_end.cells import CELLS, SOURCES, expected
from tests.end_to_end.conftest import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline


@pytest.fixture
def pipeline(
    start_emulator: Callable[..., RunningEmulator], new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> Pipeline:
    return new_pipeline(start_emulator(scale=0.002))


def test_another_target_gets_as_many_rows(pipeline: Pipeline, tmp_path: Path) -> None:
    database = tmp_path / "sfmc.duckdb"
    pipeline.run(target="target-duckdb", TARGET_DUCKDB_FILEPATH=str(database))
    with duckdb.connect(str(database), read_only=True) as connection:
        loaded = {
            stream: connection.execute(f"SELECT count(*) FROM data_extensions.{stream}").fetchone()
            for stream in SOURCES
        }
    assert loaded == {stream: (len(pipeline.emulator.source_rows(key)),) for stream, key in SOURCES.items()}


def test_batch_files_carry_the_same_rows(pipeline: Pipeline) -> None:
    files = pipeline.project / ".batches"
    pipeline.run(tap="tap-sfmc-batch")
    loaded = snapshot(pipeline)
    for stream in CELLS:
        wanted = expected(loaded.source[stream], stream)
        assert (loaded.lake[stream] - wanted, wanted - loaded.lake[stream]) == ({}, {})
    assert not [path for path in files.rglob("*") if path.is_file()], "files with customers' data are left"


def test_the_bare_pair_resumes_from_a_state_file(pipeline: Pipeline, tmp_path: Path) -> None:
    write_settings(pipeline, tmp_path)

    def load(*state: str) -> None:
        pipe = (
            f"tap-sfmc --config tap.json {' '.join(state)} | target-aep --config target.json > states.jsonl"
        )
        pipeline.shell(f"set -eo pipefail; {pipe}; tail -n 1 states.jsonl > state.json", tmp_path)

    load()
    changes = pipeline.emulator.mutate()["data_extensions"]
    load("--state", "state.json")
    loaded = snapshot(pipeline)
    assert loaded.latest == {stream: expected(loaded.source[stream], stream) for stream in CELLS}
    assert {stream: loaded.books[stream]["landed"] for stream in SOURCES} == {
        stream: changes[key]["inserted"] + changes[key]["updated"] for stream, key in SOURCES.items()
    }


def test_a_first_look_lands_and_moves_no_state(pipeline: Pipeline) -> None:
    pipeline.run(TAP_SFMC_MAX_ROWS_PER_STREAM="3")
    assert {stream: books["landed"] for stream, books in pipeline.books().items()} == dict.fromkeys(
        SOURCES, 3
    )
    assert pipeline.state() is None
