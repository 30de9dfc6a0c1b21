"""Tap and target together: by ``meltano run``, and joined by a bare pipe."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from bench import servers
from bench.compare import SHORT_ROWS, Case, WarmUp, compare
from bench.meltano_project import Plugin, Project
from bench.outputs import checked_rows
from bench.parts.tap import key_of
from bench.parts.target import require_landed, writing_parquet
from bench.report import Part, Ratio
from bench.workspace import BIN, batch_config, tap_config, target_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.compare import Outcome
    from bench.measure import Command
    from bench.report import Report
    from bench.servers import Server
    from bench.sizes import Size
    from bench.workspace import Workspace

_ORDINARY = {"tap": "baselines.stock_tap", "target": "baselines.stock_target", "meltano": "bin/meltano"}
_OURS = {"tap": "bin/tap-sfmc", "target": "bin/target-aep", "meltano": "bin/meltano"}


def run(size: Size, space: Workspace, report: Report) -> None:
    """The ordinary pair, and ours with RECORD and with BATCH."""
    rows = (SHORT_ROWS, size.ordinary_rows, size.fast_rows, size.pair_rows)
    with ExitStack() as stack:
        source = stack.enter_context(servers.sfmc(*rows))
        sink = stack.enter_context(servers.aep(keep=space.folder / "landed"))
        ours = Ours(space, source, sink, key_of(rows))
        cases = [
            ordinary_pair(space, source, key_of(rows), size.ordinary_rows),
            *([ours.piped("RECORD, pipe", size.fast_rows)] if size.thorough else []),
            ours.under_meltano("RECORD, Meltano", size.fast_rows),
            ours.piped("BATCH, pipe", size.pair_rows, batch=True),
            ours.under_meltano("BATCH, Meltano", size.pair_rows, batch=True),
        ]
        # A round takes half a minute: in the quick one the median has to cope with a cold first run.
        warm_up = WarmUp.LONG if size.thorough else WarmUp.NONE
        outcomes = compare(cases, runs=size.runs, folder=space.folder, warm_up=warm_up)
    part = Part(
        "The pair",
        outcomes,
        [
            Ratio(
                "RECORD against the ordinary pair, both by Meltano", "RECORD, Meltano", "ordinary pair", 10
            ),
            Ratio("BATCH against the ordinary pair, both by Meltano", "BATCH, Meltano", "ordinary pair", 25),
        ],
    )
    for kind, goal in (("RECORD", None), ("BATCH", 1.15)):
        meltano, pipe = outcomes[f"{kind}, Meltano"], outcomes.get(f"{kind}, pipe")
        if pipe and meltano.long and pipe.long:
            part.values.append(
                (f"{kind}: Meltano's time per row over the pipe's", _over(meltano, pipe), goal)
            )
            part.values.append(
                (f"{kind}: seconds that Meltano starts longer", meltano.start_s - pipe.start_s, None)
            )
    report.add(part)


def ordinary_pair(space: Workspace, source: Server, key: Callable[[int], str], rows: int) -> Case:
    """The ordinary tap and target by Meltano."""
    project = Project(space, "ordinary-project")
    folder = space.folder / "ordinary-pair"

    def pipeline(count: int) -> Sequence[Command]:
        tap = Plugin(
            "tap-ordinary",
            space.module("tap", "bench.baselines.stock_tap"),
            tap_config(source.url, key(count)),
        )
        target = Plugin(
            "target-ordinary",
            space.module("target", "bench.baselines.stock_target"),
            {"folder": str(folder)},
        )
        return [project.run(tap, target)]

    case = Case("ordinary pair", rows, pipeline, descendants=_ORDINARY)
    return writing_parquet(case, space, folder)


class Ours:
    """tap-sfmc and target-aep between the page server and the counting platform."""

    def __init__(self, space: Workspace, source: Server, sink: Server, key: Callable[[int], str]) -> None:
        self._space = space
        self._source = source
        self._sink = sink
        self._key = key
        self._runs = space.folder / "pair-runs"
        self._files = space.folder / "pair-files"

    def piped(self, name: str, rows: int, *, batch: bool = False) -> Case:
        """Joined by a pipe."""

        def pipeline(count: int) -> Sequence[Command]:
            tap, target = self._plugins(count, batch=batch)
            return [self._configured(plugin) for plugin in (tap, target)]

        return self._counted(Case(name, rows, pipeline))

    def under_meltano(self, name: str, rows: int, *, batch: bool = False) -> Case:
        """By ``meltano run``."""
        project = Project(self._space, f"project-{name.replace(', ', '-')}")

        def pipeline(count: int) -> Sequence[Command]:
            return [project.run(*self._plugins(count, batch=batch))]

        return self._counted(Case(name, rows, pipeline, descendants=_OURS))

    def _plugins(self, count: int, *, batch: bool) -> tuple[Plugin, Plugin]:
        settings = batch_config(self._files) if batch else {}
        tap = Plugin(
            "tap-sfmc",
            self._space.program("tap", BIN / "tap-sfmc"),
            tap_config(self._source.url, self._key(count), **settings),
        )
        target = Plugin(
            "target-aep",
            self._space.program("target", BIN / "target-aep"),
            target_config(self._sink.url, self._runs, batch_root=self._files if batch else None),
        )
        return tap, target

    def _configured(self, plugin: Plugin) -> Command:
        config = self._space.write_json(f"piped-{plugin.name}.json", dict(plugin.config))
        return replace(plugin.command, argv=(*plugin.command.argv, "--config", str(config)))

    def _counted(self, case: Case) -> Case:
        def prepare(_: int) -> None:
            self._space.fresh(self._runs.name)
            self._space.fresh(self._files.name)
            self._sink.post("/_bench/reset")

        def check(count: int) -> None:
            require_landed(self._sink, case.name, count)

        def verify() -> None:
            if self._sink.kept:
                checked_rows(self._sink.kept)

        return replace(case, prepare=prepare, check=check, verify=verify)


def _over(one: Outcome, other: Outcome) -> float:
    return one.us_per_row / other.us_per_row
