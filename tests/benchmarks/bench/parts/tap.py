"""The tap alone: RECORD and BATCH, one and several connections, without and with latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import servers
from bench.compare import SHORT_ROWS, Case, compare, warm_up_of
from bench.measure import Command
from bench.outputs import checked_rows
from bench.report import Part, Ratio
from bench.wire import PAGE_SIZE
from bench.workspace import BIN, Workspace, batch_config, tap_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.report import Report
    from bench.sizes import Size

CONNECTIONS = 4
MANY_CONNECTIONS = 16
LATENCY_S = 0.5
READER = Command("reader", ("cat",))
"""Reads the messages through a pipe, as a target would, and throws them away."""


def run(size: Size, space: Workspace, report: Report) -> None:
    """Without latency, then with half a second a page."""
    report.add(_without_latency(size, space))
    report.add(_with_latency(size, space))


def _without_latency(size: Size, space: Workspace) -> Part:
    rows = (SHORT_ROWS, size.ordinary_rows, size.fast_rows)
    with servers.sfmc(*rows, processes=2) as server:
        key = key_of(rows)
        connections = (1, CONNECTIONS) if size.thorough else (CONNECTIONS,)
        keys = (None, "SeenAt") if size.thorough else (None,)
        cases = [ordinary_tap(space, server.url, key, size.ordinary_rows)]
        cases += [limit(space, server.url, key, size.fast_rows, number) for number in connections]
        cases += [
            sfmc_tap(
                space, server.url, key, size.fast_rows, number, batch=batch, replication_key=replication_key
            )
            for batch in (False, True)
            for number in connections
            for replication_key in keys
        ]
        outcomes = compare(cases, runs=size.runs, folder=space.folder, warm_up=warm_up_of(size))
    return Part(
        "Tap alone",
        outcomes,
        [
            *(
                Ratio(f"{case}: against the ordinary tap", case, "ordinary tap", 15 if "BATCH" in case else 7)
                for case in outcomes
                if case.startswith(("RECORD", "BATCH"))
            ),
            *(
                Ratio(f"BATCH {number}: as a share of the limit", f"BATCH {number}", f"limit {number}", 0.5)
                for number in connections
            ),
        ],
        [
            "The number is that of connections. The limit is download and JSON decoding of the same pages.",
            "Incremental: the first run of a stream with a replication key.",
        ],
    )


def _with_latency(size: Size, space: Workspace) -> Part:
    slow = SHORT_ROWS + size.slow_pages * PAGE_SIZE
    many = SHORT_ROWS + 4 * size.slow_pages * PAGE_SIZE
    rows = (SHORT_ROWS, slow, many)
    with servers.sfmc(*rows, latency_s=LATENCY_S) as server:
        key = key_of(rows)
        cases = [
            ordinary_tap(space, server.url, key, slow),
            limit(space, server.url, key, many, MANY_CONNECTIONS),
            sfmc_tap(space, server.url, key, many, CONNECTIONS),
            sfmc_tap(space, server.url, key, many, MANY_CONNECTIONS),
            sfmc_tap(space, server.url, key, many, MANY_CONNECTIONS, batch=True),
        ]
        outcomes = compare(cases, runs=max(1, size.runs - 2), folder=space.folder, warm_up=warm_up_of(size))
    return Part(
        "Tap alone, 500 ms a page",
        outcomes,
        [
            Ratio("RECORD, 4 connections (default), against the ordinary tap", "RECORD 4", "ordinary tap"),
            Ratio("RECORD, 16 connections, against the ordinary tap", "RECORD 16", "ordinary tap", 10),
            Ratio("BATCH, 16 connections, against the ordinary tap", "BATCH 16", "ordinary tap", 10),
        ],
    )


def ordinary_tap(space: Workspace, url: str, key: Callable[[int], str], rows: int) -> Case:
    """The tap that follows the SDK's template."""

    def pipeline(count: int) -> Sequence[Command]:
        config = space.write_json(f"ordinary-{count}.json", tap_config(url, key(count)))
        return space.module("ordinary-tap", "bench.baselines.stock_tap", "--config", config), READER

    return Case("ordinary tap", rows, pipeline, count_output=checked_rows)


def limit(space: Workspace, url: str, key: Callable[[int], str], rows: int, connections: int) -> Case:
    """Download and decode."""

    def pipeline(count: int) -> Sequence[Command]:
        options = ("--url", url, "--key", key(count), "--connections", connections)
        return [space.module("limit", "bench.baselines.download_limit", *options)]

    return Case(f"limit {connections}", rows, pipeline)


def sfmc_tap(
    space: Workspace,
    url: str,
    key: Callable[[int], str],
    rows: int,
    connections: int,
    *,
    batch: bool = False,
    replication_key: str | None = None,
) -> Case:
    """tap-sfmc; with a replication key, the first run of an incremental stream."""
    name = f"{'BATCH' if batch else 'RECORD'} {connections}" + (", incremental" if replication_key else "")
    files = space.folder / f"files-{name.replace(', ', '-').replace(' ', '-')}"

    def pipeline(count: int) -> Sequence[Command]:
        settings = {"concurrency": connections, **(batch_config(files) if batch else {})}
        if replication_key:
            settings["replication_keys"] = {"*": replication_key}
        config = space.write_json(f"{files.name}-{count}.json", tap_config(url, key(count), **settings))
        return space.program("tap-sfmc", BIN / "tap-sfmc", "--config", config), READER

    def prepare(_: int) -> None:
        space.fresh(files.name)

    return Case(name, rows, pipeline, prepare, count_output=checked_rows)


def key_of(rows: Sequence[int]) -> Callable[[int], str]:
    """The data extension that has so many rows."""
    return lambda count: f"bench-{rows.index(count)}"
