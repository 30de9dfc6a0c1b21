"""Discovery: how long the inventory of a tenant takes as it grows."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench import servers
from bench.measure import RunFailedError
from bench.measure import run as run_pipeline
from bench.outputs import counted_streams
from bench.report import Part, warn
from bench.rows import STANDARD_FIELDS
from bench.workspace import BIN, Workspace, tap_config

if TYPE_CHECKING:
    from bench.report import Report
    from bench.sizes import Size

_MB = 2**20


def run(size: Size, space: Workspace, report: Report) -> None:
    """``--discover`` of tenants with more and more data extensions of 20 fields."""
    part = Part("Discovery", {}, notes=[f"Data extensions of {STANDARD_FIELDS} fields, by SOAP."])
    for count in size.discovery:
        seconds, peaks = [], []
        with servers.sfmc(1, copies=count) as source:
            config = space.write_json("discovery.json", tap_config(source.url, "bench-*"))
            command = space.program("tap-sfmc", BIN / "tap-sfmc", "--config", config, "--discover")
            for _ in range(min(size.runs, 3)):
                warn(f"  {count} data extensions")
                output = space.folder / "catalog.json"
                usage = run_pipeline([command], logs=space.folder / "logs", output=output)
                seconds.append(usage.wall_s)
                peaks.append(usage.highest_peak)
        found = counted_streams(output)
        if found != count:
            message = f"{found} streams of {count} data extensions were discovered"
            raise RunFailedError(message)
        part.values.append((f"{count:,} data extensions: seconds", statistics.median(seconds), None))
        part.values.append(
            (f"{count:,} data extensions: ms each", 1e3 * statistics.median(seconds) / count, None)
        )
        part.values.append((f"{count:,} data extensions: peak MB", max(peaks) / _MB, None))
    report.add(part)
