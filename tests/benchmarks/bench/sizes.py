"""How much is run: a smoke test, the quick round, the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Rows and runs.

    Attributes:
        name: As on the command line.
        runs: Counted runs of each case.
        thorough: Whether everything is run, after a warm-up of full length; else what the main ratios need.
        ordinary_rows: Long input of programs that take a tenth of a millisecond a row.
        fast_rows: Long input of programs that take some microseconds a row.
        slow_pages: Pages that are read with 500 ms of latency each by one connection.
        pair_rows: Long input of the fast pair under Meltano.
        growth_rows: Lengths of the growth series.
        growth_fields: Numbers of fields of the growth series.
        growth_streams: Numbers of streams of the growth series.
        discovery: Numbers of data extensions to discover.
    """

    name: str
    runs: int
    thorough: bool
    ordinary_rows: int
    fast_rows: int
    slow_pages: int
    pair_rows: int
    growth_rows: tuple[int, ...]
    growth_fields: tuple[int, ...]
    growth_streams: tuple[int, ...]
    discovery: tuple[int, ...]


SMOKE = Size("smoke", 1, False, 5_000, 10_000, 2, 10_000, (5_000,), (5,), (2,), (10,))
QUICK = Size("quick", 3, False, 10_000, 200_000, 6, 400_000, (), (), (), ())
FULL = Size(
    "full",
    5,
    True,
    100_000,
    1_000_000,
    20,
    5_000_000,
    (10_000, 100_000, 1_000_000, 10_000_000),
    (5, 20, 100, 300),
    (1, 10, 100, 500),
    (10, 100, 1_000, 5_000),
)
SIZES = {size.name: size for size in (SMOKE, QUICK, FULL)}
