"""Growth: more rows, more fields, more streams. Time per row and peak memory stay flat."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench import servers
from bench.compare import SHORT_ROWS, Case, WarmUp, compare
from bench.inputs import Inputs
from bench.parts.tap import READER, key_of, sfmc_tap
from bench.parts.target import require_landed, sfmc_target
from bench.report import Part
from bench.workspace import BIN, batch_config, tap_config, target_config
from bench.xdm import UPSERT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.compare import Outcome
    from bench.measure import Command
    from bench.report import Report
    from bench.servers import Server
    from bench.sizes import Size
    from bench.workspace import Workspace

_CONNECTIONS = 4
_FIELD_CELLS = 20_000_000
_MB = 2**20
_MEMORY_GOAL_MB = 350


def run(size: Size, space: Workspace, report: Report) -> None:
    """Each series once: what matters is the slope."""
    report.add(_rows(size, space))
    report.add(_fields(size, space))
    report.add(_streams(size, space))


def _rows(size: Size, space: Workspace) -> Part:
    outcomes: dict[str, Outcome] = {}
    for rows in size.growth_rows:
        # A space of its own, so that files of many gigabytes do not outlive their row count.
        here = space.below(f"rows-{rows}")
        with ExitStack() as stack:
            source = stack.enter_context(servers.sfmc(SHORT_ROWS, rows))
            sink = stack.enter_context(servers.aep())
            inputs = Inputs(here)
            cases = [
                sfmc_tap(here, source.url, key_of((SHORT_ROWS, rows)), rows, _CONNECTIONS, batch=batch)
                for batch in (False, True)
            ]
            cases += [sfmc_target(here, sink, inputs, rows, batch=batch) for batch in (False, True)]
            cases.append(
                sfmc_target(here, sink, inputs, rows, batch=True, name="target BATCH, collapse", **UPSERT)
            )
            found = compare(cases, runs=1, folder=here.folder, warm_up=WarmUp.NONE)
        outcomes |= {f"{name}, {rows:,} rows": outcome for name, outcome in found.items()}
        here.remove()
    part = Part("Growth by rows", _renamed(outcomes))
    _judge_memory(part)
    return part


def _fields(size: Size, space: Workspace) -> Part:
    outcomes: dict[str, Outcome] = {}
    for count in size.growth_fields:
        rows = max(2 * SHORT_ROWS, min(_FIELD_CELLS // count, 1_000_000) if size.runs > 1 else 0)
        here = space.below(f"fields-{count}")
        with ExitStack() as stack:
            source = stack.enter_context(servers.sfmc(SHORT_ROWS, rows, fields=count))
            sink = stack.enter_context(servers.aep("--fields", count, keep=here.folder / "landed"))
            inputs = Inputs(here, count)
            cases = [
                sfmc_tap(here, source.url, key_of((SHORT_ROWS, rows)), rows, _CONNECTIONS, batch=batch)
                for batch in (False, True)
            ]
            cases += [
                sfmc_target(here, sink, inputs, rows, batch=batch, field_count=count)
                for batch in (False, True)
            ]
            found = compare(cases, runs=1, folder=here.folder, warm_up=WarmUp.NONE)
        outcomes |= {f"{name}, {count} fields": outcome for name, outcome in found.items()}
        here.remove()
    part = Part(
        "Growth by fields", _renamed(outcomes), notes=["Twenty million cells each, a million rows at most."]
    )
    _judge_memory(part)
    return part


def _streams(size: Size, space: Workspace) -> Part:
    part = Part(
        "Growth by streams",
        {},
        notes=[f"Each stream has {SHORT_ROWS:,} rows of 20 fields; all go to one dataset."],
    )
    for count in size.growth_streams:
        here = space.below(f"streams-{count}")
        with ExitStack() as stack:
            source = stack.enter_context(servers.sfmc(SHORT_ROWS, copies=count))
            sink = stack.enter_context(servers.aep())
            case = _pair_of_streams(here, source, sink, count)
            outcome = compare([case], runs=1, folder=here.folder, warm_up=WarmUp.NONE, short=False)[case.name]
        here.remove()
        if outcome.failure:
            part.notes.append(f"{count} streams: {outcome.failure}")
            continue
        part.values.append((f"{count} streams: seconds each", outcome.wall_s / count, None))
        for name, peak in outcome.peaks.items():
            part.values.append((f"{count} streams: {name}, peak MB", peak / _MB, _MEMORY_GOAL_MB))
    return part


def _pair_of_streams(space: Workspace, source: Server, sink: Server, count: int) -> Case:
    files, runs = space.folder / "files", space.folder / "runs"

    def pipeline(_: int) -> Sequence[Command]:
        settings = {"concurrency": _CONNECTIONS, **batch_config(files)}
        tap = space.write_json("tap.json", tap_config(source.url, "bench-*", **settings))
        target = space.write_json("target.json", target_config(sink.url, runs, batch_root=files))
        return (
            space.program("tap-sfmc", BIN / "tap-sfmc", "--config", tap),
            space.program("target-aep", BIN / "target-aep", "--config", target),
        )

    def prepare(_: int) -> None:
        space.fresh(files.name)
        space.fresh(runs.name)
        sink.post("/_bench/reset")

    def check(rows: int) -> None:
        require_landed(sink, "streams", rows)

    return Case("streams", count * SHORT_ROWS, pipeline, prepare, check)


def _renamed(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    for name, outcome in outcomes.items():
        outcome.case = name
    return dict(outcomes)


def _judge_memory(part: Part) -> None:
    for name, outcome in part.outcomes.items():
        if outcome.long:
            highest = max(peak for process, peak in outcome.peaks.items() if process != READER.name)
            part.values.append((f"{name}: peak MB", highest / _MB, _MEMORY_GOAL_MB))
