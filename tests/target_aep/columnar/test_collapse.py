"""Only the last version of each key stays, as a dict would keep it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_aep.columnar.collapse import LastVersions
from target_aep.columnar.spool import Spool

VERSIONS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None]), st.none() | st.integers(0, 20)),
    min_size=1,
    max_size=40,
)


def _collapse(folder, blocks, paths=("_t.id", "part"), *, ordered=True):
    """Note blocks of (id, part, order) and return the places that stay."""
    versions = LastVersions(folder / "keys", paths)
    for block in blocks:
        table = pa.table(
            {
                "_t": pa.array([{"id": key} for key, _, _ in block], pa.struct([("id", pa.int64())])),
                "part": pa.array([part for _, part, _ in block], pa.string()),
            }
        )
        order = pa.chunked_array([[None if at is None else str(at) for _, _, at in block]], pa.string())
        versions.note(table, order if ordered else None)
    dropped, keep = versions.losers()
    kept = [place for place, flag in enumerate(keep) if flag]
    assert len(kept) + dropped == sum(map(len, blocks))
    return kept


def _expected(rows, *, ordered=True):
    best = {}
    for place, (key, part, order) in enumerate(rows):
        rank = ((-1 if order is None else order) if ordered else 0, place)
        if (key, part) not in best or rank >= best[key, part]:
            best[key, part] = rank
    return sorted(place for _, place in best.values())


@settings(max_examples=100, deadline=None)
@given(rows=VERSIONS, cut=st.integers(0, 40), ordered=st.booleans())
def test_the_greatest_then_the_last_stays(tmp_path_factory, rows, cut, ordered):
    folder = tmp_path_factory.mktemp("collapse")
    blocks = [block for block in (rows[:cut], rows[cut:]) if block]
    assert _collapse(folder, blocks, ordered=ordered) == _expected(rows, ordered=ordered)


@pytest.mark.parametrize(
    "orders",
    [
        ["9", "10"],
        ["2.5", "10"],
        ["2026-01-01T09:00:00+02:00", "2026-01-01T08:30:00+00:00"],
        ["2026-01-01T00:00:00", "2026-01-02T00:00:00"],
        ["a", "b"],
    ],
)
def test_replication_keys_compare_by_value(tmp_path, orders):
    versions = LastVersions(tmp_path / "keys", ["id"])
    for order in reversed(orders):
        versions.note(pa.table({"id": [1]}), pa.chunked_array([[order]]))
    assert list(versions.losers()[1]) == [1, 0]


def test_the_spool_is_written_again_without_them(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=1)
    for start in (0, 5):
        spool.append(pa.table({"id": range(start, start + 5)}))
    keep = bytearray([1, 0, 1, 1, 0, 0, 0, 0, 0, 1])
    spool.keep_only(keep)
    files = spool.finish()
    assert [value for file in files for value in pq.read_table(file.path)["id"].to_pylist()] == [0, 2, 3, 9]
    assert spool.rows == sum(file.rows for file in files) == 4
