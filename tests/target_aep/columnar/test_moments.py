"""Times of a BATCH file that are only copied stay times; what comes of them is what comes of their texts."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from target_aep.columnar import singer_schema
from target_aep.columnar.batch_files import BatchFiles
from target_aep.columnar.row_mapper import RowMapper
from target_aep.dataprep import MappingSet
from target_aep.xdm.types import Field, XdmType

TEXT = {"type": ["string", "null"], "format": "date-time"}
SCHEMA = singer_schema.read(
    {
        "properties": {
            "id": {"type": "integer"},
            **dict.fromkeys(("at", "unread", "key", "order", "as_text", "calculated", "both"), TEXT),
            "short": {**TEXT, "maxLength": 19},
            "part": {"type": "object", "properties": {"at": TEXT}},
        }
    },
    ("id", "key"),
)
ATTRIBUTES = {"id": "number", "at": "seen.at", "as_text": "text", "both": "other", "part.at": "inner"}
MAPPING = MappingSet.from_dict(
    {
        "mappings": [
            *({"sourceType": "ATTRIBUTE", "source": s, "destination": d} for s, d in ATTRIBUTES.items()),
            {"sourceType": "EXPRESSION", "source": "date(calculated)", "destination": "calculated"},
            {"sourceType": "EXPRESSION", "source": "upper(both)", "destination": "upper"},
        ]
    }
)
MOMENT, STRING = Field(XdmType.DATE_TIME), Field(XdmType.STRING)
TARGET = Field(
    XdmType.OBJECT,
    fields={
        "number": Field(XdmType.LONG, maximum=3),
        "seen": Field(XdmType.OBJECT, fields={"at": MOMENT}),
        "text": STRING,
        "upper": STRING,
        **dict.fromkeys(("other", "inner", "calculated"), MOMENT),
    },
)
TIMES = [
    dt.datetime(1969, 12, 31, 23, 59, 59),
    dt.datetime(2026, 3, 29, 1, 30),
    None,
    dt.datetime(1, 1, 1),
    dt.datetime(9999, 12, 31, 23, 59, 59),
]


@pytest.fixture
def mapper():
    return RowMapper(SCHEMA, MAPPING, TARGET, order_by="order")


def test_only_what_is_copied_to_a_date_time_or_not_read_may_stay_a_time(mapper):
    assert mapper.moments == {"at", "unread", "key"}


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", None])
@pytest.mark.parametrize("fraction", [0, 7])
def test_rows_and_rejected_rows_are_the_same(tmp_path, mapper, unit, zone, fraction):
    times = [
        None
        if time is None or (unit == "ns" and time.year in {1, 9999})
        else time.replace(microsecond=fraction * 1000)
        for time in TIMES
    ]
    instants = pa.array(times, pa.timestamp(unit)).cast(pa.int64()).cast(pa.timestamp(unit, zone))
    names = ("at", "unread", "key", "order", "as_text", "calculated", "both")
    columns = {"id": pa.array(range(len(times))), **dict.fromkeys(names, instants)}
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    files = BatchFiles([str(tmp_path)])
    (as_times,) = files.tables(path.as_uri(), mapper.source, mapper.moments)
    (as_texts,) = files.tables(path.as_uri(), mapper.source)
    stays = zone == "UTC" and not fraction
    assert as_times.schema.field("at").type == (pa.timestamp("s", "UTC") if stays else pa.string())
    found, expected = mapper.map_table(as_times), mapper.map_table(as_texts)
    assert found.table.equals(expected.table)
    assert found.table.num_rows
    assert found.rejected == expected.rejected
    assert found.rejected
    assert (found.warnings, found.order) == (expected.warnings, expected.order)


def test_times_beyond_the_calendar_become_texts_that_are_told_of(tmp_path, mapper):
    far = pa.array([0, 300_000_000_000_000], pa.timestamp("ms", "UTC"))
    pq.write_table(pa.table({"id": [0, 1], "key": ["a", "b"], "at": far}), tmp_path / "rows.parquet")
    (table,) = BatchFiles([str(tmp_path)]).tables(
        str(tmp_path / "rows.parquet"), mapper.source, mapper.moments
    )
    assert table.schema.field("at").type == pa.string()
    assert [warning.row for warning in mapper.map_table(table).warnings] == [1]
