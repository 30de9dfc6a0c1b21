"""Fixtures that start the emulator; every test that needs a wire uses them. How generated tests run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from emulator.testing import RunningEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# A slow machine is no failure; what a test generates is the same each time, save where it is to search.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """One small emulator for the whole session. Tests that change switches or faults put them back."""
    with RunningEmulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def start_emulator(tmp_path: Path) -> Iterator[Callable[..., RunningEmulator]]:
    """Starts emulators of a test's own; takes the arguments of :class:`RunningEmulator`."""
    with ExitStack() as stack:
        count = 0

        def start(home: Path | None = None, **arguments: Any) -> RunningEmulator:
            nonlocal count
            count += 1
            return stack.enter_context(RunningEmulator(home or tmp_path / f"emulator-{count}", **arguments))

        yield start
