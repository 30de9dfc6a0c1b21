"""The target alone, from a file of RECORD messages and from BATCH files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench import registry, servers
from bench.compare import Case, compare, warm_up_of
from bench.inputs import Inputs
from bench.measure import RunFailedError
from bench.outputs import checked_rows, counted_rows
from bench.report import Part, Ratio
from bench.rows import STANDARD_FIELDS
from bench.servers import ROOT
from bench.workspace import BIN, target_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.measure import Command
    from bench.report import Report
    from bench.servers import Server
    from bench.sizes import Size
    from bench.workspace import Workspace
_NOTES = [
    "Ours maps 20 attributes, validates against the XDM schema and uploads.",
    "The limit decodes and writes Parquet; the ordinary target and the others write to local files.",
    "Of what writes Parquet, dlt works; target-parquet 0.0.1 cannot be built, dataspoc-pipe 0.2.0 fails.",
]


def run(size: Size, space: Workspace, report: Report) -> None:
    """Ours, the ordinary one, the limits, other people's."""
    inputs = Inputs(space)
    cases = [
        ordinary_target(space, inputs, size.ordinary_rows),
        limit(space, "limit RECORD", inputs.records, size.fast_rows),
        limit(space, "limit BATCH", inputs.batches, size.fast_rows),
    ]
    others = other_targets(space, inputs, size.ordinary_rows, slow_ones=size.thorough)
    with servers.aep(keep=space.folder / "landed") as sink:
        ours = [sfmc_target(space, sink, inputs, size.fast_rows, batch=batch) for batch in (False, True)]
        outcomes = compare(
            [*cases, *ours, *others], runs=size.runs, folder=space.folder, warm_up=warm_up_of(size)
        )
    part = Part(
        "Target alone",
        outcomes,
        [
            Ratio("RECORD against the ordinary target", "target RECORD", "ordinary target", 15),
            Ratio("BATCH against the ordinary target", "target BATCH", "ordinary target", 35),
            *(Ratio(f"RECORD against {other.name}", "target RECORD", other.name, 5) for other in others),
            Ratio("RECORD as a share of the limit", "target RECORD", "limit RECORD"),
            Ratio("BATCH as a share of the limit", "target BATCH", "limit BATCH"),
        ],
        _NOTES,
    )
    report.add(part)


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


def sfmc_target(
    space: Workspace,
    sink: Server,
    inputs: Inputs,
    rows: int,
    *,
    batch: bool = False,
    field_count: int = STANDARD_FIELDS,
    name: str = "",
    **stream: Any,
) -> Case:
    """target-aep with mapping, validation and upload.

    Args:
        space: Where it runs.
        sink: The counting platform.
        inputs: Its messages.
        rows: Length of the long input.
        batch: Whether the input is BATCH files.
        field_count: How many fields the rows have.
        name: Of the case; by default from the kind of input.
        stream: Settings of the stream.
    """
    name = name or f"target {'BATCH' if batch else 'RECORD'}"
    runs = space.folder / f"runs-{name.replace(',', '').replace(' ', '-')}"

    def prepare(count: int) -> None:
        space.fresh(runs.name)
        sink.post("/_bench/reset")
        (inputs.batches if batch else inputs.records)(count)

    def pipeline(count: int) -> Sequence[Command]:
        settings = target_config(
            sink.url,
            runs,
            batch_root=inputs.batch_root if batch else None,
            field_count=field_count,
            **stream,
        )
        config = space.write_json(f"{runs.name}.json", settings)
        messages = (inputs.batches if batch else inputs.records)(count)
        return [space.program("target-aep", BIN / "target-aep", "--config", config, stdin=messages)]

    def check(count: int) -> None:
        require_landed(sink, name, count)

    return Case(
        name, rows, pipeline, prepare, check, lambda: sink.kept and checked_rows(sink.kept, field_count)
    )


def require_landed(sink: Server, name: str, count: int) -> None:
    """Fail unless the platform promoted so many rows."""
    found = sink.get("/_bench/rows")["rows"]
    if found != count:
        message = f"{name}: {found} rows of {count} landed"
        raise RunFailedError(message)


def other_targets(space: Workspace, inputs: Inputs, rows: int, *, slow_ones: bool) -> list[Case]:
    """What a user would pick instead, as far as it can be installed; the slow ones only if so told."""
    cases = []
    folder = space.folder / "others"

    def prepare(_: int) -> None:
        space.fresh(folder.name)

    if slow_ones and (jsonl := registry.TARGET_JSONL.path):
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
    """A case whose rows are counted in the Parquet files that it leaves, and once compared."""

    def prepare(_: int) -> None:
        space.fresh(folder.name)

    def check(count: int) -> None:
        found = counted_rows(folder)
        if found != count:
            message = f"{case.name} wrote {found} rows of {count}"
            raise RunFailedError(message)

    return replace(case, prepare=prepare, check=check, verify=lambda: checked_rows(folder))
