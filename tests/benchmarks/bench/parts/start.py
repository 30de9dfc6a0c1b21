"""What a run costs before its first row: CPU of a run of ten rows, beside the ordinary plugin's."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench import servers
from bench.inputs import Inputs
from bench.measure import Command
from bench.measure import run as run_pipeline
from bench.report import Part, warn
from bench.workspace import BIN, Workspace, tap_config, target_config

if TYPE_CHECKING:
    from bench.report import Report
    from bench.sizes import Size

_ROWS = 10
_RUNS = 5


def run(size: Size, space: Workspace, report: Report) -> None:
    """Tap and target, each beside the ordinary one."""
    part = Part("Start", {})
    with servers.sfmc(_ROWS) as source, servers.aep() as sink:
        config = space.write_json("start-tap.json", tap_config(source.url, "bench-0"))
        taps = (
            space.program("tap-sfmc", BIN / "tap-sfmc", "--config", config),
            space.module("ordinary-tap", "bench.baselines.stock_tap", "--config", config),
        )
        _add(part, space, *taps, runs=min(_RUNS, size.runs + 1))
        rows = Inputs(space).records(_ROWS)
        config = space.write_json("start-target.json", target_config(sink.url, space.folder / "start-runs"))
        ordinary = space.write_json("start-ordinary.json", {"folder": str(space.folder / "start-files")})
        targets = (
            space.program("target-aep", BIN / "target-aep", "--config", config, stdin=rows),
            space.module("ordinary-target", "bench.baselines.stock_target", "--config", ordinary, stdin=rows),
        )
        _add(part, space, *targets, runs=min(_RUNS, size.runs + 1), reset=sink)
    report.add(part)


def _add(
    part: Part,
    space: Workspace,
    ours: Command,
    ordinary: Command,
    *,
    runs: int,
    reset: servers.Server | None = None,
) -> None:
    cpu: dict[str, list[float]] = {ours.name: [], ordinary.name: []}
    wall: dict[str, list[float]] = {ours.name: [], ordinary.name: []}
    for number in range(-1, runs):
        for command in (ours, ordinary):
            warn(f"  {command.name}: ten rows")
            if reset:
                reset.post("/_bench/reset")
                space.fresh("start-runs")
            usage = run_pipeline([command], logs=space.folder / "logs")
            if number >= 0:
                cpu[command.name].append(usage.cpu_s)
                wall[command.name].append(usage.wall_s)
    for name in (ours.name, ordinary.name):
        part.values.append((f"{name}: CPU seconds of a run of ten rows", statistics.median(cpu[name]), None))
        part.values.append((f"{name}: wall seconds of it", statistics.median(wall[name]), None))
    beyond = statistics.median(cpu[ours.name]) - statistics.median(cpu[ordinary.name])
    part.values.append((f"{ours.name}: CPU seconds beyond {ordinary.name}", beyond, 0.3))
