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
