"""A target with a configuration of its own, against the emulator."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from emulator.admin import call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from emulator.testing import RunningEmulator

PROMOTION_SECONDS = 0.02


@dataclass
class TargetProcess:
    """The command ``target-aep`` in a process of its own.

    Attributes:
        config: Its configuration; change it between runs.
        states: What it wrote to standard output, of all runs.
    """

    folder: Path
    config: dict[str, Any]
    states: list[dict[str, Any]] = field(default_factory=list)
    stderr: str = ""

    def start(self, messages: Iterable[dict[str, Any] | str]) -> subprocess.Popen[str]:
        """Start it with all its input written to a file."""
        (self.folder / "config.json").write_text(json.dumps(self.config))
        lines = [line if isinstance(line, str) else json.dumps(line) for line in messages]
        (self.folder / "input.singer").write_text("".join(f"{line}\n" for line in lines))
        with (self.folder / "input.singer").open() as source:
            return subprocess.Popen(
                [sys.executable, "-m", "target_aep", "--config", str(self.folder / "config.json")],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    def end(self, process: subprocess.Popen[str]) -> int:
        """Wait for it and take what it wrote."""
        stdout, self.stderr = process.communicate(timeout=120)
        self.states += [json.loads(line) for line in stdout.splitlines()]
        return process.returncode

    def run(self, messages: Iterable[dict[str, Any] | str]) -> int:
        """Run it to its end and return the exit code."""
        return self.end(self.start(messages))

    @property
    def state(self) -> dict[str, Any] | None:
        """The last state of all runs: what Meltano would hand to the tap."""
        return self.states[-1] if self.states else None

    @property
    def last_line(self) -> dict[str, Any]:
        """The JSON object that ends standard error."""
        return dict(json.loads(self.stderr.strip().splitlines()[-1]))

    @property
    def report(self) -> dict[str, Any]:
        """The last run's report."""
        with open(self.last_line["report"]) as file:  # noqa: PTH123 - the report gives a text
            return dict(json.load(file))


@pytest.fixture
def lake(emulator: RunningEmulator) -> Iterable[RunningEmulator]:
    """An empty lake that promotes quickly. The source is left alone: seeding it takes longer."""
    call(emulator.home, "aep", "POST", "reset")
    emulator.set_switches({"aep.promotion_seconds": PROMOTION_SECONDS})
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def target_config(lake: RunningEmulator, tmp_path: Path) -> dict[str, Any]:
    """A configuration that loads each stream into an ad-hoc dataset of its name."""
    aep = lake.aep
    return {
        **{name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")},
        "ims_url": aep["base_url"],
        "platform_url": aep["base_url"],
        "pipeline_id": "test",
        "run_path": str(tmp_path / "runs"),
        "poll_seconds": 0.02,
        "streams": {"*": {"class": "adhoc"}},
    }


@pytest.fixture
def make_target(target_config: dict[str, Any], tmp_path: Path) -> Callable[..., TargetProcess]:
    """Makes targets; settings may be given."""
    count = 0

    def make(**settings: Any) -> TargetProcess:
        nonlocal count
        count += 1
        folder = tmp_path / f"target-{count}"
        folder.mkdir()
        return TargetProcess(folder, {**target_config, **settings})

    return make


@pytest.fixture
def target(make_target: Callable[..., TargetProcess]) -> TargetProcess:
    """A target."""
    return make_target()
