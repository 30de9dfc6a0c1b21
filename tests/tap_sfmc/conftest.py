"""A tenant that a test may change as it likes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from emulator.admin import call
from emulator.switch_table import SFMC_SWITCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.testing import RunningEmulator


@pytest.fixture
def tenant(emulator: RunningEmulator) -> Iterator[RunningEmulator]:
    """The session's emulator; new data extensions, switches and faults are gone after the test.

    Much quicker than a reset. A test that changes what was seeded starts an emulator of its own.
    """
    seeded = _keys(emulator)
    emulator.clear_requests()
    try:
        yield emulator
    finally:
        emulator.clear_faults()
        emulator.set_switches({switch.name: switch.default for switch in SFMC_SWITCHES})
        for key in _keys(emulator) - seeded:
            call(emulator.home, "sfmc", "DELETE", f"data-extensions/{quote(key, safe='')}")


def _keys(emulator: RunningEmulator) -> set[str]:
    return {each["key"] for each in call(emulator.home, "sfmc", "GET", "data-extensions")}
