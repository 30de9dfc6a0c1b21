"""The same project against another tenant: other organisation, MIDs, keys, credentials and sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.end_to_end.cells import CELLS, expected
from tests.end_to_end.conftest import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline


def test_another_tenant_needs_no_change_to_the_project(
    start_emulator: Callable[..., RunningEmulator], new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> None:
    emulator = start_emulator(profile="globex", scale=0.002)
    pipeline = new_pipeline(emulator)
    pipeline.run()
    loaded = snapshot(pipeline)
    assert loaded.latest == {stream: expected(loaded.source[stream], stream) for stream in CELLS}
    emulator.mutate()
    pipeline.run()
    loaded = snapshot(pipeline)
    assert loaded.latest == {stream: expected(loaded.source[stream], stream) for stream in CELLS}
