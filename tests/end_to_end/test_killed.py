"""Target, tap, Meltano or all three are killed in a ``meltano run``; the next runs leave each row once.

The target alone is killed at each of its requests in ``tests/target_aep/delivery/test_kill.py``; here it is
the real pair, joined by Meltano, whose processes outlive each other.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from emulator.admin import call
from tests.end_to_end.cells import CELLS, expected
from tests.end_to_end.conftest import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.home import Cloud
    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline

PATIENCE_SECONDS = 120
POINTS: dict[str, dict[str, Any]] = {
    "a batch is created": {"cloud": "aep", "method": "POST", "path": "/import/batches$"},
    "a file is put": {"cloud": "aep", "method": "PUT", "path": "/files/"},
    "a batch is completed": {"cloud": "aep", "method": "POST", "query": "action=COMPLETE"},
    "a batch is looked at": {"cloud": "aep", "method": "GET", "path": "/catalog/batches/."},
    "rows are read": {"cloud": "sfmc", "method": "GET", "path": "/customobjectdata/"},
}
VICTIMS = ("target-aep", "tap-sfmc", "meltano", "the group")
QUICK = [("the group", "a batch is completed", "after", 2)]
ALL = [
    (victim, point, when, nth)
    for victim in VICTIMS
    for point, rule in POINTS.items()
    for when in ("before", "after")
    # The second time one stream has landed and another has not.
    for nth in ((1, 2) if victim == "tap-sfmc" else (2,))
    # At the target's own requests the tap has mostly ended.
    if (victim == "tap-sfmc") == (rule["cloud"] == "sfmc")
]


@pytest.fixture
def pipeline(
    start_emulator: Callable[..., RunningEmulator], new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> Pipeline:
    pipeline = new_pipeline(start_emulator(scale=0.001))
    # Meltano takes a killed run for a living one for minutes; the other tests must not see it.
    pipeline.variables["MELTANO_DATABASE_URI"] = f"sqlite:///{pipeline.folder / 'meltano.db'}"
    return pipeline


def _holds(emulator: RunningEmulator, cloud: Cloud) -> int:
    return int(call(emulator.home, cloud, "GET", "health")["holds"])


def _run_and_kill(pipeline: Pipeline, log: Path, victim: str, rule: dict[str, Any], when: str) -> None:
    """Hold a request up, kill the victim meanwhile, and wait until all of the run has ended."""
    emulator, cloud = pipeline.emulator, rule["cloud"]
    # Who survives gets its answer and goes on; all of a group die, so that nobody does.
    hold = {"delay_s": 60, "reset": True} if victim == "the group" and when == "before" else {"delay_s": 4}
    holds = _holds(emulator, cloud)
    emulator.faults([{**rule, "when": when, "fault": hold}])
    leader = pipeline.start("run", "--force", "tap-sfmc", "target-aep", log=log)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _holds(emulator, cloud) == holds:
        assert leader.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    everyone = psutil.Process(leader.pid).children(recursive=True)
    if victim == "the group":
        os.killpg(leader.pid, signal.SIGKILL)
    elif victim == "meltano":
        leader.kill()
    else:
        killed = [each for each in everyone if any(victim in word for word in each.cmdline())]
        assert killed, [each.cmdline() for each in everyone]
        for each in killed:
            each.kill()
    emulator.clear_faults()
    leader.wait(PATIENCE_SECONDS)
    _, alive = psutil.wait_procs(everyone, timeout=PATIENCE_SECONDS)
    assert not alive


def _run(pipeline: Pipeline) -> None:
    """Meltano's database holds a run that was killed to be alive for some minutes more."""
    pipeline.meltano("run", "--force", "tap-sfmc", "target-aep")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("victim", "point", "when", "nth"),
    [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in ALL if case not in QUICK)],
)
def test_every_row_is_there_once_afterwards(
    pipeline: Pipeline, tmp_path: Path, victim: str, point: str, when: str, nth: int
) -> None:
    rule = {**POINTS[point], "nth": nth}
    _run_and_kill(pipeline, tmp_path / "killed.log", victim, rule, when)
    _run(pipeline)
    loaded = snapshot(pipeline)
    assert {stream: loaded.lake[stream] for stream in CELLS} == {
        stream: expected(loaded.source[stream], stream) for stream in CELLS
    }
    if (victim, point, when, nth) not in QUICK:
        _run(pipeline)
        received = {stream: pipeline.books()[stream]["received"] for stream in CELLS}
        assert received == dict.fromkeys(CELLS, 0)
