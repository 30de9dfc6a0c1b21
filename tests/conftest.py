"""Fixtures that start the emulator; every test that needs a wire uses them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from emulator.testing import RunningEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
