"""Memory does not grow with the rows: a few pages are all that is held."""

import json
import os
import subprocess

import pytest

from tests.tap_sfmc.running import configure
from tests.tap_sfmc.test_command import EXECUTABLE

FEW, MANY = 0.2, 2.0
"""Scales of the emulator: 20,000 and 200,000 rows of campaign data."""


def peak_megabytes(emulator, folder, **settings):
    """Peak resident memory of a whole run."""
    path = folder / "config.json"
    path.write_text(
        json.dumps(configure(emulator, include=["campaign_engagement"], concurrency=4, **settings))
    )
    with subprocess.Popen(
        [EXECUTABLE, "--config", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(start_emulator, tmp_path):
    ways = {
        "record": {},
        "batch": {"batch_config": {"storage": {"root": str(tmp_path / "batches")}, "batch_size": 50_000}},
        "soap": {"extraction": "soap"},
    }
    few = start_emulator(scale=FEW)
    small = {way: peak_megabytes(few, tmp_path, **settings) for way, settings in ways.items()}
    few.stop()
    many = start_emulator(scale=MANY)
    large = {way: peak_megabytes(many, tmp_path, **settings) for way, settings in ways.items()}
    assert {way: large[way] - small[way] < 50 for way in ways} == dict.fromkeys(ways, True), (small, large)
