"""Run the benchmark: ``python -m bench [smoke|quick|full] [PART ...]``."""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.measure import RunFailedError
from bench.parts import discovery, growth, mapping, pair, start, tap, target
from bench.report import Part, Report, warn
from bench.servers import ROOT
from bench.sizes import SIZES
from bench.workspace import Workspace

PARTS = {
    "tap": tap.run,
    "target": target.run,
    "pair": pair.run,
    "mapping": mapping.run,
    "start": start.run,
    "discovery": discovery.run,
    "growth": growth.run,
}
QUICK_PARTS = ("tap", "target", "pair", "start")
RESULTS = ROOT / "results"


def main() -> None:
    """Run parts and write the report."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("size", choices=SIZES, nargs="?", default="quick")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder for results.md and results.json"
    )
    parser.add_argument("--runs", type=int, help="counted runs of each case")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    size = SIZES[options.size]
    if options.runs:
        size = replace(size, runs=options.runs)
    default = QUICK_PARTS if options.size == "quick" else tuple(PARTS)
    report = Report(options.results, size.name)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name, run in PARTS.items():
            if name in (options.parts or default):
                warn(f"{name} ({time.monotonic() - started:.0f} s)")
                try:
                    run(size, Workspace(Path(folder)), report)
                except RunFailedError as error:
                    report.add(Part(name, {}, failure=str(error)))
                    warn(f"{name} failed: {error}")
    print(report.as_markdown())
    warn(f"{options.results}/results.md, after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
