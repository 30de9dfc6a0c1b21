"""A target with a configuration of its own, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.admin import call
from tests.target_aep.delivery.processes import TargetProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from emulator.testing import RunningEmulator

PROMOTION_SECONDS = 0.02


@pytest.fixture
def lake(emulator: RunningEmulator) -> Iterable[RunningEmulator]:
    """An empty lake that promotes quickly. The source is left alone: seeding it takes longer."""
    call(emulator.home, "aep", "POST", "reset")
    emulator.set_switches({"aep.promotion_seconds": PROMOTION_SECONDS})
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def target_config(lake: RunningEmulator, tmp_path: Path) -> dict[str, Any]:
    """A configuration that loads each stream into a dataset of its name."""
    aep = lake.aep
    return {
        **{name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")},
        "ims_url": aep["base_url"],
        "platform_url": aep["base_url"],
        "pipeline_id": "test",
        "run_path": str(tmp_path / "runs"),
        "poll_seconds": 0.02,
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
