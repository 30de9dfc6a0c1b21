"""BATCH files: what a column of a file becomes, so that it is what a RECORD would have brought."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from target_aep.columnar import singer_schema
from target_aep.columnar.batch_files import BatchFiles

WHEN = singer_schema.read({"properties": {"when": {"type": ["string", "null"], "format": "date-time"}}})
MOMENTS = [
    dt.datetime(1, 1, 1),
    dt.datetime(1969, 12, 31, 23, 59, 59),
    dt.datetime(2026, 3, 29, 1, 30),
    dt.datetime(9999, 12, 31, 23, 59, 59),
]


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "+05:30"])
@pytest.mark.parametrize("fraction", [dt.timedelta(0), dt.timedelta(milliseconds=7)])
def test_times_in_any_zone_are_read_as_texts_in_utc(tmp_path, unit, zone, fraction):
    moments = [moment + fraction for moment in MOMENTS]
    digits = 0 if not fraction else 3 if unit == "ms" else 6
    expected = [
        f"{moment:%H:%M:%S}" + (f".{moment:%f}"[: digits + 1] if digits else "") + "Z" for moment in moments
    ]
    assert _texts(tmp_path, moments, pa.timestamp(unit, zone)) == [
        *(f"{moment.date().isoformat()}T{text}" for moment, text in zip(moments, expected, strict=True)),
        None,
    ]


def test_times_without_a_zone_are_read_as_texts_without_one(tmp_path):
    expected = [moment.isoformat() for moment in MOMENTS]
    assert _texts(tmp_path, MOMENTS, pa.timestamp("us")) == [*expected, None]


def _texts(folder, moments, kind):
    path = folder / "when.parquet"
    instants = pa.array([*moments, None], pa.timestamp(kind.unit))
    pq.write_table(pa.table({"when": instants.cast(pa.int64()).cast(kind)}), path)
    (table,) = BatchFiles([str(folder)]).tables(path.as_uri(), WHEN)
    return table["when"].to_pylist()


def test_of_wide_rows_fewer_are_worked_on_at_once(tmp_path):
    path = tmp_path / "wide.parquet"
    columns = {f"n{number}": pa.array(range(6_000), pa.int64()) for number in range(400)}
    pq.write_table(pa.table(columns), path)
    schema = singer_schema.read({"properties": {name: {"type": "integer"} for name in columns}})
    tables = list(BatchFiles([str(tmp_path)]).tables(path.as_uri(), schema))
    assert len(tables) == 2
    assert pa.concat_tables(tables)["n7"].to_pylist() == list(range(6_000))


@pytest.mark.parametrize(
    ("row_group", "expected"),
    [
        pytest.param(100, [24_500, 15_500], id="small ones are read together"),
        pytest.param(40_000, [20_000, 20_000], id="large ones in equal parts"),
        pytest.param(15_000, [15_000, 15_000, 10_000], id="right ones as they are"),
    ],
)
def test_row_groups_become_tables_of_a_good_size(tmp_path, row_group, expected):
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"n": pa.array(range(40_000), pa.int64())}), path, row_group_size=row_group)
    schema = singer_schema.read({"properties": {"n": {"type": "integer"}}})
    tables = list(BatchFiles([str(tmp_path)]).tables(path.as_uri(), schema))
    assert [table.num_rows for table in tables] == expected
    assert pa.concat_tables(tables)["n"].to_pylist() == list(range(40_000))


def test_a_row_group_without_rows_is_passed_over(tmp_path):
    path = tmp_path / "gap.parquet"
    rows = pa.table({"n": pa.array([1, 2], pa.int64())})
    with pq.ParquetWriter(path, rows.schema) as writer:
        writer.write_table(rows)
        writer.write_table(rows.slice(0, 0))
        writer.write_table(rows)
    schema = singer_schema.read({"properties": {"n": {"type": "integer"}}})
    tables = list(BatchFiles([str(tmp_path)]).tables(path.as_uri(), schema))
    assert pa.concat_tables(tables)["n"].to_pylist() == [1, 2, 1, 2]
