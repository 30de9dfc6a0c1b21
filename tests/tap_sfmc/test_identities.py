"""Rows are told apart by eight bytes each, however many there are."""

import pyarrow as pa
import pytest

from tap_sfmc.reading import identities
from tap_sfmc.reading.identities import Identities


@pytest.mark.parametrize("rows", [0, 1, 2, 63, 64, 65, 1000])
@pytest.mark.parametrize("different", [1, 7, 1000])
def test_rows_that_came_twice_are_counted_in_memory_and_on_disk_alike(monkeypatch, rows, different):
    monkeypatch.setattr(identities, "_IN_MEMORY", 64)
    keys = [f"key {number % different}" for number in range(rows)]
    found = Identities(["key"])
    for start in range(0, rows, 50):
        found.add(pa.record_batch({"key": pa.array(keys[start : start + 50], pa.string())}))
    assert found.repeated() == rows - len(set(keys))
    found.close()
