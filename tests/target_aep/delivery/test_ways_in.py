"""RECORD or BATCH, as they are or through the SDK's stream maps: the same rows land."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": ["string", "null"]},
        "amount": {"type": ["number", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "day": {"type": ["string", "null"], "format": "date"},
        "when": {"type": ["string", "null"], "format": "date-time"},
    },
}
ROWS = [
    {
        "id": 1,
        "name": "  Zoë “quoted” \\ \n",
        "amount": 12.5,
        "flag": True,
        "day": "2026-02-28",
        "when": "2026-03-01T00:00:00Z",
    },
    {
        "id": 2,
        "name": "",
        "amount": -0.01,
        "flag": False,
        "day": "1969-12-31",
        "when": "1969-12-31T23:59:59Z",
    },
    {"id": 3, "name": None, "amount": None, "flag": None, "day": None, "when": None},
]
EVENTS = pa.schema(
    [
        ("id", pa.int32()),
        ("name", pa.dictionary(pa.int32(), pa.string())),
        ("amount", pa.decimal128(18, 2)),
        ("flag", pa.bool_()),
        ("day", pa.date32()),
        ("when", pa.timestamp("us", tz="UTC")),
        ("unknown", pa.string()),
    ]
)


def _described(name="rows"):
    return {"type": "SCHEMA", "stream": name, "schema": SCHEMA, "key_properties": ["id"]}


def _records(name="rows"):
    return [_described(name), *({"type": "RECORD", "stream": name, "record": row} for row in ROWS)]


def _batch(encoding, *files):
    urls = [file.as_uri() for file in files]
    return [_described(), {"type": "BATCH", "stream": "rows", "encoding": encoding, "manifest": urls}]


@pytest.fixture
def parquet(tmp_path):
    rows = [
        {
            **row,
            "amount": None if row["amount"] is None else Decimal(str(row["amount"])),
            "day": row["day"] and dt.date.fromisoformat(row["day"]),
            "when": row["when"] and dt.datetime.fromisoformat(row["when"].replace("Z", "+00:00")),
            "unknown": "x",
        }
        for row in ROWS
    ]
    files = []
    for number, part in enumerate((rows[:1], rows[1:])):
        (tmp_path / "batches").mkdir(exist_ok=True)
        files.append(tmp_path / "batches" / f"{number}.parquet")
        pq.write_table(pa.Table.from_pylist(part, schema=EVENTS), files[-1])
    return files


@pytest.fixture
def lines(tmp_path):
    (tmp_path / "batches").mkdir(exist_ok=True)
    file = tmp_path / "batches" / "rows.jsonl.gz"
    with gzip.open(file, "wt") as out:
        out.writelines(json.dumps(row) + "\n" for row in ROWS)
    return file


@pytest.fixture
def with_batches(make_target, tmp_path):
    def make(**settings):
        return make_target(batch_roots=[str(tmp_path / "batches")], **settings)

    return make


def _landed(lake, table="rows"):
    return [row["_acme"] for row in lake.query(f"SELECT _acme FROM {table} ORDER BY _row")]


@pytest.fixture
def expected(lake, target):
    assert target.run(_records("expected")) == 0
    rows = _landed(lake, "expected")
    assert [row["id"] for row in rows] == [1, 2, 3]
    assert rows[0]["when"] == "2026-03-01T00:00:00.000Z"
    return rows


PARQUET = {"format": "parquet", "compression": "snappy"}
LINES = {"format": "jsonl", "compression": "gzip"}
SAME = {"stream_maps": {"rows": {"name": "name"}}}


def test_batch_files_of_parquet(lake, with_batches, parquet, expected):
    target = with_batches()
    assert target.run(_batch(PARQUET, *parquet)) == 0
    assert _landed(lake) == expected
    assert target.item("rows")["books"]["received"] == 3
    assert not any(file.exists() for file in parquet)


def test_batch_files_of_lines(lake, with_batches, lines, expected):
    assert with_batches().run(_batch(LINES, lines)) == 0
    assert _landed(lake) == expected
    assert not lines.exists()


def test_records_through_a_stream_map(lake, make_target, expected):
    assert make_target(**SAME).run(_records()) == 0
    assert _landed(lake) == expected


def test_batch_files_through_a_stream_map(lake, with_batches, parquet, expected):
    target = with_batches(**SAME)
    assert target.run(_batch(PARQUET, *parquet)) == 0
    assert _landed(lake) == expected
    assert not any(file.exists() for file in parquet)


@pytest.mark.parametrize(
    "settings",
    [
        {"validate_records": False},
        {"add_record_metadata": True},
        {"flattening_enabled": True, "flattening_max_depth": 1},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_setting_of_the_sdk_changes_no_value_of_a_row(lake, with_batches, parquet, expected, settings):
    assert with_batches(**settings).run(_records()) == 0
    assert _of_schema(_landed(lake)) == expected
    renamed = with_batches(pipeline_id="files", streams={"*": {"dataset": "files"}}, **settings)
    assert renamed.run(_batch(PARQUET, *parquet)) == 0
    assert _of_schema(_landed(lake, "files")) == expected


def _of_schema(rows):
    """The rows without the columns that the SDK adds."""
    return [{name: row[name] for name in SCHEMA["properties"]} for row in rows]


def test_a_stream_map_filters_renames_and_computes(lake, make_target):
    maps = {"rows": {"__alias__": "kept", "__filter__": "id < 3", "double": "int(id) * 2", "name": None}}
    target = make_target(stream_maps=maps)
    assert target.run(_records()) == 0
    assert [(row["id"], row["double"], "name" in row) for row in _landed(lake, "kept")] == [
        (1, 2, False),
        (2, 4, False),
    ]
    books = target.item("kept")["books"]
    assert (books["received"], books["filtered"], books["landed"]) == (3, 1, 2)


def test_a_stream_that_a_map_leaves_out_makes_no_dataset(lake, make_target):
    target = make_target(stream_maps={"rows": "__NULL__"})
    assert target.run(_records()) == 0
    assert target.report["items"] == []
    assert [row for row in lake.query("SHOW TABLES") if "rows" in row["name"]] == []


def test_one_stream_into_two(lake, make_target):
    target = make_target(stream_maps={"rows": {}, "copy": {"__source__": "rows", "name": None}})
    assert target.run([*_records(), {"type": "STATE", "value": {"bookmarks": {"rows": {"v": 1}}}}]) == 0
    assert len(_landed(lake)) == len(_landed(lake, "copy")) == 3
    assert target.state == {"bookmarks": {"rows": {"v": 1}}}


def test_flattening(lake, make_target):
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "a": {"type": "object", "properties": {"b": {"type": "string"}}},
        },
    }
    target = make_target(flattening_enabled=True, flattening_max_depth=1)
    row = {"type": "RECORD", "stream": "flat", "record": {"id": 1, "a": {"b": "x"}}}
    assert target.run([{**_described("flat"), "schema": schema}, row]) == 0
    (landed,) = _landed(lake, "flat")
    assert "x" in landed.values()


def test_record_metadata(lake, make_target):
    target = make_target(add_record_metadata=True)
    assert target.run(_records()) == 0
    names = set(_landed(lake)[0])
    assert any("eceived" in name for name in names)


def test_soft_deletes_of_the_tap_are_data(lake, target):
    deleted = {"type": ["string", "null"], "format": "date-time"}
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "_sdc_deleted_at": deleted}}
    row = {"type": "RECORD", "stream": "rows", "record": {"id": 1, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}}
    assert target.run([{**_described(), "schema": schema}, row]) == 0
    (landed,) = _landed(lake)
    assert "2026-01-01T00:00:00.000Z" in landed.values()


@pytest.mark.parametrize("roots", [[], ["/nowhere"]])
def test_files_outside_the_allowed_roots_are_refused(lake, make_target, lines, roots):
    target = make_target(batch_roots=roots)
    assert target.run(_batch(LINES, lines)) == 2
    assert "batch_roots" in target.last_line["remedy"]
    assert lines.exists()


def test_a_way_around_the_roots_is_none(lake, with_batches, tmp_path, lines):
    other = tmp_path / "other.jsonl.gz"
    lines.rename(other)
    target = with_batches()
    url = f"file://{tmp_path}/batches/../other.jsonl.gz"
    message = {"type": "BATCH", "stream": "rows", "encoding": LINES, "manifest": [url]}
    assert target.run([_described(), message]) == 2
    assert other.exists()


def test_files_stay_when_their_rows_do_not_land(lake, with_batches, parquet):
    lake.faults(
        [{"cloud": "aep", "method": "PUT", "path": "/import/", "fault": {"status": 400, "body": "no"}}]
    )
    target = with_batches()
    assert target.run(_batch(PARQUET, *parquet)) == 69
    assert all(file.exists() for file in parquet)


@pytest.mark.parametrize(("encoding", "content"), [(PARQUET, b"PAR1 not"), (LINES, b"not gzip")])
def test_a_file_that_is_not_what_it_says(lake, with_batches, lines, encoding, content):
    lines.write_bytes(content)
    target = with_batches()
    assert target.run(_batch(encoding, lines)) == 1
    assert "cannot be read" in target.last_line["cause"]
    assert "Traceback" not in target.stderr
