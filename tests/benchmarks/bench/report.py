"""The result: one JSON file with everything, one Markdown table for people."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.compare import Outcome

_PACKAGES = ("tap-sfmc", "target-aep", "singer-sdk", "meltano", "pyarrow", "msgspec")
_MB = 2**20


@dataclass(frozen=True)
class Ratio:
    """How many times as fast one case is as another, by the price of a row.

    Attributes:
        text: What is compared.
        ours: Case whose rows should be cheap.
        other: Case that it is compared with.
        goal: Least ratio to reach; None where it is only told.
    """

    text: str
    ours: str
    other: str
    goal: float | None = None


@dataclass
class Part:
    """One section of the report.

    Attributes:
        title: Its heading.
        outcomes: Figures by case.
        ratios: Comparisons of them.
        notes: Sentences below.
        values: Further single figures (text, value, goal or None; lower is better).
        failure: Why there are none.
    """

    title: str
    outcomes: Mapping[str, Outcome]
    ratios: Sequence[Ratio] = ()
    notes: list[str] = field(default_factory=list)
    values: list[tuple[str, float, float | None]] = field(default_factory=list)
    failure: str = ""


class Report:
    """Collects parts and writes them after each, so that an interrupted run leaves something."""

    def __init__(self, folder: Path, mode: str) -> None:
        self._folder = folder
        self._mode = mode
        self._parts: list[Part] = []
        self._started = datetime.now(timezone.utc)

    def add(self, part: Part) -> None:
        """Add a part and write both files."""
        self._parts.append(part)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "results.json").write_text(json.dumps(self.as_dict(), indent=1) + "\n")
        (self._folder / "results.md").write_text(self.as_markdown())

    def as_dict(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "machine": _machine(self._mode, self._started),
            "parts": [_part(part) for part in self._parts],
        }

    def as_markdown(self) -> str:
        """Everything that a person wants to see."""
        machine = _machine(self._mode, self._started)
        lines = ["# Benchmark results", "", ", ".join(f"{key} {value}" for key, value in machine.items()), ""]
        for part in self._parts:
            lines += ["", f"## {part.title}", ""]
            lines += _figures(part) if part.outcomes else []
            lines += _ratios(part)
            lines += [""] + [f"- {note}" for note in part.notes]
            lines += ["```", part.failure, "```"] if part.failure else []
        return "\n".join(lines) + "\n"


def _machine(mode: str, started: datetime) -> dict[str, Any]:
    return {
        "mode": mode,
        "started": started.isoformat(timespec="seconds"),
        "load": round(os.getloadavg()[0], 1),
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _figures(part: Part) -> list[str]:
    lines = [
        "| case | rows | rows/s | µs/row | CPU µs/row | wall s, median (min-max) | start s | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for outcome in part.outcomes.values():
        if outcome.failure or not outcome.long:
            reason = (outcome.failure.strip().splitlines() or ["not run"])[-1].replace("|", "/")
            lines.append(f"| {outcome.case} | {outcome.rows:,} | failed: {reason} | | | | | |")
            continue
        low, high = outcome.spread
        peaks = ", ".join(f"{name} {peak // _MB}" for name, peak in outcome.peaks.items())
        start = f"{outcome.start_s:.2f}" if outcome.short else ""
        price = "too short to tell | | "
        if outcome.is_telling:
            price = f"{outcome.rows_per_s:,.0f} | {outcome.us_per_row:.2f} | {outcome.cpu_us_per_row:.2f} "
        lines.append(
            f"| {outcome.case} | {outcome.rows:,} | {price}| {outcome.wall_s:.2f} ({low:.2f}-{high:.2f}) "
            f"| {start} | {peaks} |"
        )
    return lines


def _ratios(part: Part) -> list[str]:
    rows = [_ratio(ratio, part.outcomes) for ratio in part.ratios]
    lines = []
    if rows or part.values:
        lines = [
            "",
            "| compared | measured | range | by CPU | goal | |",
            "| --- | ---: | ---: | ---: | ---: | --- |",
        ]
    for row in rows:
        if row["ratio"] is None:
            lines.append(f"| {row['text']} | not measured | | | {_goal(row['goal'], '≥')} | |")
            continue
        goal = row["goal"]
        verdict = "" if goal is None else "met" if row["ratio"] >= goal else "**missed**"
        measured = f"{row['ratio']:.2f} | {row['low']:.2f}-{row['high']:.2f} | {row['by_cpu']:.2f}"
        lines.append(f"| {row['text']} | {measured} | {_goal(goal, '≥')} | {verdict} |")
    for text, value, goal in part.values:
        verdict = "" if goal is None else "met" if value <= goal else "**missed**"
        lines.append(f"| {text} | {value:,.2f} | | | {_goal(goal, '≤')} | {verdict} |")
    return lines


def _goal(goal: float | None, sign: str) -> str:
    return "" if goal is None else f"{sign} {goal:g}"


def _ratio(ratio: Ratio, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    ours, other = outcomes.get(ratio.ours), outcomes.get(ratio.other)
    found: dict[str, Any] = {"text": ratio.text, "goal": ratio.goal, "ratio": None}
    if not ours or not other or not ours.is_telling or not other.is_telling:
        return found
    pairs = range(min(len(ours.long), len(other.long)))
    by_run = [other.us_per_row_of_run(n) / ours.us_per_row_of_run(n) for n in pairs]
    return found | {
        "ratio": other.us_per_row / ours.us_per_row,
        "low": min(by_run),
        "high": max(by_run),
        "by_cpu": other.cpu_us_per_row / ours.cpu_us_per_row,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "cases": [_outcome(outcome) for outcome in part.outcomes.values()],
        "ratios": [_ratio(ratio, part.outcomes) for ratio in part.ratios],
        "values": [{"text": text, "value": value, "goal": goal} for text, value, goal in part.values],
        "notes": part.notes,
        "failure": part.failure,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"case": outcome.case, "rows": outcome.rows, "failure": outcome.failure}
    if outcome.long and not outcome.failure:
        found |= {
            "rows_per_s": outcome.rows_per_s if outcome.is_telling else None,
            "us_per_row": outcome.us_per_row if outcome.is_telling else None,
            "cpu_us_per_row": outcome.cpu_us_per_row if outcome.is_telling else None,
            "wall_s": [usage.wall_s for usage in outcome.long],
            "short_wall_s": [usage.wall_s for usage in outcome.short],
            "cpu_s": [dict(usage.cpu_by_process) for usage in outcome.long],
            "peak_bytes": outcome.peaks,
        }
    return found


def warn(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)
