"""A Meltano project that runs against one emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.testing import RunningEmulator

COMMANDS = Path(sys.executable).parent
OTHERS = ("TAP_", "TARGET_", "EMULATOR_", "MELTANO_")
"""Variables of the developer's own shell, which the tests must not see."""


@dataclass
class Pipeline:
    """The Meltano project against one emulator, with state, runs and output of its own.

    Attributes:
        project: Where meltano.yml is.
        emulator: The clouds it runs against.
        folder: For everything that it leaves behind.
        variables: Environment variables of each command.
    """

    project: Path
    emulator: RunningEmulator
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def meltano(
        self, *arguments: str, check: bool = True, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a Meltano command in the ``local`` environment."""
        command = [COMMANDS / "meltano", "--environment=local", *arguments]
        return self._run(command, check, variables)

    def run(
        self, tap: str = "tap-sfmc", target: str = "target-aep", **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """``meltano run tap target``."""
        return self.meltano("run", tap, target, **options)

    def command(self, *words: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of the commands in .venv/bin."""
        return self._run([COMMANDS / words[0], *words[1:]], check, variables)

    def shell(self, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a line of bash."""
        return self._run(["bash", "-c", line], True, {}, folder)

    def start(self, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a Meltano command as the leader of a process group of its own."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [COMMANDS / "meltano", "--environment=local", *arguments],
                cwd=self.project,
                env=self._environment({}),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        own |= {"PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"}
        return own | self.emulator.environment | self.variables | variables

    def _run(
        self, command: list[Any], check: bool, variables: dict[str, str], folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=folder or self.project,
            env=self._environment(variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        if check and done.returncode:
            pytest.fail(
                f"{command[0]} exited with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
            )
        return done

    def state(self, name: str = "local:tap-sfmc-to-target-aep") -> dict[str, Any] | None:
        """The state that Meltano stored for the next run, or None."""
        path = self.folder / "state" / name / "state.json"
        if not path.exists():
            return None
        return dict(json.loads(path.read_text())["completed"].get("singer_state") or {}) or None

    def report(self) -> dict[str, Any]:
        """The target's report of its last run."""
        path = max((self.folder / "runs").glob("*/runs/*/report.json"), key=lambda each: each.stat().st_mtime)
        return dict(json.loads(path.read_text()))

    def books(self) -> dict[str, dict[str, int]]:
        """The last run's counts by stream: received, mapped, rejected, landed and so on."""
        return {item["id"].partition("/")[2]: item["books"] for item in self.report()["items"]}
