"""The target's commands through Meltano, with no path given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline


def test_batches_quarantine_and_mappings_need_no_path(
    emulator: RunningEmulator, new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> None:
    pipeline = new_pipeline(emulator)
    pipeline.meltano("run", "tap-sfmc", "target-aep")
    batches = pipeline.meltano("invoke", "target-aep:batches").stdout
    for dataset in ("SFMC Contacts", "SFMC Campaign Engagement", "SFMC Web Activity"):
        assert dataset in batches
    assert "success: in the data lake" in batches
    assert "No rejected rows" in pipeline.meltano("invoke", "target-aep:quarantine").stdout
    validated = pipeline.meltano("invoke", "target-aep:mapping", "validate", "contacts").stdout
    assert "contacts.json: 21 mappings, 0 errors, 0 warnings" in validated
