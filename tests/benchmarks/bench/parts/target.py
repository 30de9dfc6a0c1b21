"""The target alone, from a file of RECORD messages and from BATCH files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bench import registry
from bench.compare import Case, compare
from bench.inputs import Inputs
from bench.measure import RunFailedError
from bench.report import Part
from bench.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.measure import Command
    from bench.report import Report
    from bench.sizes import Size
    from bench.workspace import Workspace


def run(size: Size, space: Workspace, report: Report) -> None:
    """Ours, the ordinary one, the limits, other people's."""
    inputs = Inputs(space)
    cases = [
        ordinary_target(space, inputs, size.ordinary_rows),
        limit(space, "limit RECORD", inputs.records, size.fast_rows),
        limit(space, "limit BATCH", inputs.batches, size.fast_rows),
    ]
    others = other_targets(space, inputs, size.ordinary_rows)
    outcomes = compare([*cases, *others], runs=size.runs, folder=space.folder)
    report.add(Part("Target alone", outcomes, []))


def ordinary_target(space: Workspace, inputs: Inputs, rows: int) -> Case:
    """The SDK's batch sink with validation, writing Parquet."""
    folder = space.folder / "ordinary-target"

    def pipeline(count: int) -> Sequence[Command]:
        config = space.write_json("ordinary-target.json", {"folder": str(folder)})
        return [
            space.module(
                "ordinary-target",
                "bench.baselines.stock_target",
                "--config",
                config,
                stdin=inputs.records(count),
            )
        ]

    return writing_parquet(Case("ordinary target", rows, pipeline), space, folder)


def limit(space: Workspace, name: str, source: Callable[[int], Path], rows: int) -> Case:
    """Decode and write Parquet."""
    folder = space.folder / name.replace(" ", "-")

    def pipeline(count: int) -> Sequence[Command]:
        return [
            space.module(
                "limit", "bench.baselines.parquet_limit", folder / "rows.parquet", stdin=source(count)
            )
        ]

    return writing_parquet(Case(name, rows, pipeline), space, folder)


def other_targets(space: Workspace, inputs: Inputs, rows: int) -> list[Case]:
    """What a user would pick instead, as far as it can be installed."""
    cases = []
    folder = space.folder / "others"

    def prepare(_: int) -> None:
        space.fresh(folder.name)

    if jsonl := registry.TARGET_JSONL.path:
        config = space.write_json("target-jsonl.json", {"destination_path": str(folder)})
        cases.append(
            _other("target-jsonl 0.1.4", jsonl, ("--config", config), space=space, inputs=inputs, rows=rows)
        )
    if duckdb := registry.TARGET_DUCKDB.path:
        settings = {"filepath": str(folder / "bench.duckdb"), "default_target_schema": "bench"}
        config = space.write_json("target-duckdb.json", settings)
        cases.append(
            _other("target-duckdb 0.8.0", duckdb, ("--config", config), space=space, inputs=inputs, rows=rows)
        )
    if dlt := registry.DLT.path:
        arguments = ("-m", "bench.baselines.dlt_load", folder / "lake", folder / "pipelines")
        cases.append(_other("dlt 1.31.0, Parquet", dlt, arguments, space=space, inputs=inputs, rows=rows))
    return [replace(case, prepare=prepare) for case in cases]


def _other(
    name: str, executable: Path, arguments: Sequence[object], *, space: Workspace, inputs: Inputs, rows: int
) -> Case:
    def pipeline(count: int) -> Sequence[Command]:
        command = space.program(
            name.split(maxsplit=1)[0], executable, *arguments, stdin=inputs.records(count)
        )
        return [replace(command, environment={"PYTHONPATH": str(ROOT)})]

    return Case(name, rows, pipeline)


def writing_parquet(case: Case, space: Workspace, folder: Path) -> Case:
    """A case whose rows are counted in the Parquet files that it leaves."""

    def prepare(_: int) -> None:
        space.fresh(folder.name)

    def check(count: int) -> None:
        argv = [sys.executable, "-m", "bench.counting", str(folder)]
        found = int(
            subprocess.run(argv, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)}).stdout
        )
        if found != count:
            message = f"{case.name} wrote {found} rows of {count}"
            raise RunFailedError(message)

    return replace(case, prepare=prepare, check=check)
