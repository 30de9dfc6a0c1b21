"""Killing the target at each of its requests, and comparing what the next runs leave with a clean run.

The points come from the request log of a clean run. At each, the emulator holds the n-th request up,
before it acts or after; then the process is killed for good. Each story has datasets of its own, so
that one lake holds the clean run's rows and all others, and SQL compares them.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.admin import call
from tests.target_aep.delivery.processes import TargetProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulator.testing import RunningEmulator
    from tests.target_aep.delivery.taps import CountingTap

HOLD_SECONDS = 120
PATIENCE_SECONDS = 60
WHEN = ("before", "after")

_numbers = itertools.count(1)


@dataclass
class Story:
    """One pipeline with datasets of its own.

    Attributes:
        lake: Where it loads.
        folder: For its files.
        config: The target's settings but for names.
        tap: Its source; changed between runs.
        name: Unique in the lake.
    """

    lake: RunningEmulator
    folder: Path
    config: dict[str, Any]
    tap: CountingTap
    dataset: str = "{story} {stream}"
    name: str = field(default_factory=lambda: f"story{next(_numbers)}")

    def __post_init__(self) -> None:
        folder = self.folder / self.name
        folder.mkdir(parents=True)
        dataset = self.dataset.replace("{story}", self.name)
        entry = {"dataset": dataset, **self.config.get("entry", {})}
        config = {key: value for key, value in self.config.items() if key != "entry"}
        run_path = str(folder / "runs")
        self.target = TargetProcess(
            folder, {**config, "pipeline_id": self.name, "run_path": run_path, "streams": {"*": entry}}
        )

    # -- runs ------------------------------------------------------------------------------------

    def run(self) -> int:
        """A run to its end, from the state that was stored."""
        return self.target.run(self.tap.messages(self.target.state))

    def run_clean(self) -> None:
        """A run that must succeed."""
        code = self.run()
        assert code == 0, self.target.stderr

    def requests(self) -> list[dict[str, Any]]:
        """Make a clean run and return its requests."""
        call(self.lake.home, "aep", "DELETE", "requests")
        self.run_clean()
        return self.lake.requests("aep")

    def run_and_kill(self, nth: int, when: str) -> bool:
        """A run that is killed at its n-th request; whether it got there."""
        held = {"delay_s": HOLD_SECONDS, **({"reset": True} if when == "before" else {})}
        self.lake.faults([{"cloud": "aep", "nth": nth, "when": when, "fault": held}])
        holds = self._holds()
        process = self.target.start(self.tap.messages(self.target.state))
        try:
            reached = self._wait_for_hold(process, holds)
            if reached:
                process.kill()
        finally:
            self.lake.clear_faults()
        self.target.end(process)
        return reached

    def _wait_for_hold(self, process: Any, holds: int) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._holds() > holds:
                return True
            if not process.is_alive():
                return False
            time.sleep(0.005)
        message = "the target neither ended nor came to the request"
        raise AssertionError(message)

    def _holds(self) -> int:
        return int(call(self.lake.home, "aep", "GET", "health")["holds"])

    # -- what landed -----------------------------------------------------------------------------

    def table(self, stream: str) -> str:
        """The SQL table of a stream's dataset."""
        name = self.dataset.replace("{story}", self.name).replace("{stream}", stream)
        return name.replace(" ", "_").lower()

    def rows(self, stream: str) -> list[tuple[int, int, str]]:
        """Rows in the lake, sorted."""
        sql = f"SELECT _acme.key, _acme.modified, _acme.text FROM {self.table(stream)} ORDER BY ALL"
        return [(row["key"], row["modified"], row["text"]) for row in self.lake.query(sql)]


def differences(lake: RunningEmulator, one: str, other: str) -> list[dict[str, Any]]:
    """Rows that one table has and the other has not, or more often; both ways."""
    columns = "_acme.key AS key, _acme.modified AS modified, _acme.text AS text"
    ways = (
        f"(SELECT '{a}' AS only_in, * FROM (SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b}))"
        for a, b in ((one, other), (other, one))
    )
    return lake.query(" UNION ALL ".join(ways))


def points(requests: list[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]) -> Iterator[int]:
    """Numbers, from 1, of the requests of a run that are wanted."""
    return (number for number, request in enumerate(requests, 1) if wanted(request))


def is_delivery(request: dict[str, Any]) -> bool:
    """Whether a request is of the commit protocol, not of provisioning."""
    path = request["path"]
    return "/import/batches" in path or "/catalog/batches" in path


def is_delivery_write(request: dict[str, Any]) -> bool:
    """Whether it is one of these that changes something."""
    return is_delivery(request) and request["method"] != "GET"
