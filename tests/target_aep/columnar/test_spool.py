"""Files of a unit: order, names, size, privacy."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from target_aep.columnar.spool import Spool


def _table(start, rows=10, **more):
    return pa.table({"id": pa.array(range(start, start + rows)), **more})


def test_rows_keep_their_order_over_files(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=1)
    for start in (0, 10, 20):
        spool.append(_table(start))
    files = spool.finish()
    assert [file.name for file in files] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    read = [value for file in files for value in pq.read_table(file.path)["id"].to_pylist()]
    assert read == list(range(30))
    assert [file.rows for file in files] == [10, 10, 10]
    assert [file.size for file in files] == [file.path.stat().st_size for file in files]


def test_rows_of_another_shape_begin_a_new_file(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=10**9)
    spool.append(_table(0))
    spool.append(_table(10, more=pa.nulls(10, pa.string())))
    assert [file.rows for file in spool.finish()] == [10, 10]


def test_files_are_private_and_deleted(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=10**9)
    spool.append(_table(0))
    (file,) = spool.finish()
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    spool.delete()
    assert not file.path.parent.exists()


def test_no_rows_make_no_file(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=1)
    spool.append(_table(0, rows=0))
    assert spool.finish() == []
    assert not (tmp_path / "unit").exists()


def test_the_same_rows_make_the_same_bytes(tmp_path):
    contents = []
    for name in ("one", "two"):
        spool = Spool(tmp_path / name, file_bytes=10**9)
        spool.append(_table(0))
        contents.append(spool.finish()[0].path.read_bytes())
    assert contents[0] == contents[1]


def test_short_tables_share_a_row_group(tmp_path):
    spool = Spool(tmp_path / "unit", file_bytes=10**9)
    for start in (0, 10, 20):
        spool.append(_table(start))
    (file,) = spool.finish()
    assert pq.read_metadata(file.path).num_row_groups == 1
    assert pq.read_table(file.path)["id"].to_pylist() == list(range(30))
