"""Cases of one comparison, run in turns: A B C, A B C, … so that a drifting machine hits all alike.

A run costs a fixed start and a price per row. Both are measured, with a short and a long input, so
that programs of very different speed can be compared on inputs of different length.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from bench.measure import RunFailedError, Usage, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.measure import Command
    from bench.sizes import Size

SHORT_ROWS = 2500
"""Rows of the short input: one page."""


_LEAST_S = 0.2


class WarmUp(Enum):
    """The round that fills caches and whose output is counted."""

    LONG = auto()
    SHORT = auto()
    NONE = auto()


def _nothing(*_: object) -> None:
    """Prepare or check nothing."""


def warm_up_of(size: Size) -> WarmUp:
    """What there is time for."""
    return WarmUp.LONG if size.thorough else WarmUp.SHORT


@dataclass(frozen=True)
class Case:
    """One program in one setting.

    Attributes:
        name: Unique in its comparison.
        rows: Length of the long input.
        pipeline: The commands for an input of so many rows.
        prepare: Called before each run with the rows to come; not measured.
        check: Called after each run with the rows that must have come through; raises if they did not.
        verify: Called once, after the first short run: raises if a value is wrong.
        count_output: Counts the rows that the first, uncounted run wrote to standard output.
        descendants: See :func:`bench.measure.run`.
        runs: Counted runs of this case, if other than the comparison's.
    """

    name: str
    rows: int
    pipeline: Callable[[int], Sequence[Command]]
    prepare: Callable[[int], None] = _nothing
    check: Callable[[int], None] = _nothing
    verify: Callable[[], object] = _nothing
    count_output: Callable[[Path], int] | None = None
    descendants: Mapping[str, str] = field(default_factory=dict)
    runs: int | None = None


@dataclass
class Outcome:
    """Figures of a case."""

    case: str
    rows: int
    long: list[Usage] = field(default_factory=list)
    short: list[Usage] = field(default_factory=list)
    failure: str = ""

    @property
    def wall_s(self) -> float:
        """Median seconds of the long runs."""
        return statistics.median(usage.wall_s for usage in self.long)

    @property
    def start_s(self) -> float:
        """Median seconds of the short runs: what it costs to start."""
        return statistics.median(usage.wall_s for usage in self.short)

    @property
    def spread(self) -> tuple[float, float]:
        """Shortest and longest long run in seconds."""
        walls = [usage.wall_s for usage in self.long]
        return min(walls), max(walls)

    @property
    def is_telling(self) -> bool:
        """Whether the long runs took so much longer than the short ones that a price can be read off."""
        return bool(self.long and self.short) and self.wall_s - self.start_s > max(_LEAST_S, self.start_s / 5)

    @property
    def us_per_row(self) -> float:
        """Microseconds for each row beyond the short input."""
        return 1e6 * max(self.wall_s - self.start_s, 1e-9) / (self.rows - SHORT_ROWS)

    @property
    def cpu_us_per_row(self) -> float:
        """CPU microseconds, over all processes, for each row beyond the short input."""
        long = statistics.median(usage.cpu_s for usage in self.long)
        short = statistics.median(usage.cpu_s for usage in self.short)
        return 1e6 * (long - short) / (self.rows - SHORT_ROWS)

    @property
    def rows_per_s(self) -> float:
        """Rows a second, without the start."""
        return 1e6 / self.us_per_row

    @property
    def peaks(self) -> dict[str, int]:
        """Highest resident set in bytes by process, over all runs."""
        found: dict[str, int] = {}
        for usage in self.long:
            for name, peak in usage.peak_bytes.items():
                found[name] = max(found.get(name, 0), peak)
        return found

    def us_per_row_of_run(self, number: int) -> float:
        """Microseconds a row of one long run."""
        return 1e6 * max(self.long[number].wall_s - self.start_s, 1e-9) / (self.rows - SHORT_ROWS)


def compare(
    cases: Sequence[Case], *, runs: int, folder: Path, warm_up: WarmUp = WarmUp.LONG, short: bool = True
) -> dict[str, Outcome]:
    """Run all cases in turns and return their figures by name.

    The first round is not counted: it fills caches, and what it writes is counted row by row. A case
    that fails is left out of the following rounds, with its last words.

    Args:
        cases: What to compare.
        runs: Counted long runs of each case; at most three short ones.
        folder: For logs and outputs.
        warm_up: What the first round, which is not counted, runs.
        short: Whether there are short runs, without which there is no price per row.
    """
    outcomes = {case.name: Outcome(case.name, case.rows) for case in cases}
    verified: set[str] = set()
    for number in range(0 if warm_up is WarmUp.NONE else -1, runs):
        for case in cases:
            outcome = outcomes[case.name]
            if outcome.failure or number >= (case.runs or runs):
                continue
            _note(
                f"  {case.name}: " + ("warm-up" if number < 0 else f"run {number + 1} of {case.runs or runs}")
            )
            try:
                if number < 0:
                    _first_run(case, case.rows if warm_up is WarmUp.LONG else SHORT_ROWS, folder)
                else:
                    outcome.long.append(_once(case, case.rows, folder))
                    if short and number < 3:
                        outcome.short.append(_once(case, SHORT_ROWS, folder))
                if case.name not in verified and (outcome.short or (number < 0 and warm_up is WarmUp.SHORT)):
                    case.verify()
                    verified.add(case.name)
            except RunFailedError as error:
                outcome.failure = str(error)
                _note(f"  {case.name} failed: {error}")
    return outcomes


def _first_run(case: Case, rows: int, folder: Path) -> None:
    output = folder / "output" if case.count_output else None
    _once(case, rows, folder, output)
    if case.count_output and output:
        counted = case.count_output(output)
        output.unlink()
        if counted != rows:
            message = f"{case.name} wrote {counted} rows of {rows}"
            raise RunFailedError(message)


def _once(case: Case, rows: int, folder: Path, output: Path | None = None) -> Usage:
    case.prepare(rows)
    usage = run(case.pipeline(rows), logs=folder / "logs", output=output, descendants=case.descendants)
    case.check(rows)
    return usage


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
