"""Parquet files: columns and their types, values, constraints."""

from __future__ import annotations

import datetime as dt
import decimal

import pyarrow as pa
import pytest

UTC = dt.timezone.utc


def of_tenant(**columns):
    """A table with one column `_acme` that has these arrays as its fields."""
    arrays = [each if isinstance(each, pa.Array) else pa.array(each) for each in columns.values()]
    return pa.table({"_acme": pa.StructArray.from_arrays(arrays, names=list(columns))})


def test_rows_land_with_their_types(aep, people):
    table = of_tenant(
        key=pa.array(["a", None]),
        points=pa.array([1, None], pa.int32()),
        big=pa.array([2**52, None], pa.int64()),
        spent=pa.array([0.1, None]),
        optIn=pa.array([True, None]),
        born=pa.array([dt.date(1980, 1, 2), None]),
        seen=pa.array([dt.datetime(2024, 1, 2, 3, 4, 5, 678000, UTC), None], pa.timestamp("ms", "UTC")),
    )

    batch = aep.load(people, table)

    assert batch["status"] == "success"
    assert batch["metrics"]["outputRecordCount"] == 2
    first, second = aep.rows(people)
    assert first == {
        "key": "a",
        "points": 1,
        "big": 2**52,
        "spent": 0.1,
        "optIn": True,
        "born": "1980-01-02",
        "seen": "2024-01-02T03:04:05.678Z",
    }
    assert set(second.values()) == {None}


def test_columns_may_be_a_part_of_the_schema(aep, people):
    aep.load(people, of_tenant(key=["a"]))

    assert aep.rows(people)[0]["points"] is None


def test_a_column_that_the_schema_does_not_have_fails_the_batch(aep, people):
    batch = aep.load(people, of_tenant(key=["a"], surprise=["b"]), partialIngestionPercentage=100)

    assert batch["status"] == "failed"
    assert "surprise" in batch["errors"][0]["description"]


def test_a_file_that_is_not_parquet_fails_the_batch(aep, people):
    batch = aep.load(people, b'{"_acme":{"key":"a"}}', kind="parquet")

    assert batch["status"] == "failed"
    assert batch["errors"][0]["code"] == "200"
    assert "is not a Parquet file. expected magic number at tail" in batch["errors"][0]["description"]


def test_an_empty_file_fails_the_batch(aep, people):
    batch = aep.load(people, b"", kind="parquet")

    assert batch["errors"][0] == {
        "code": "106",
        "description": "Dataset file is empty. Please upload file with data.",
    }


def test_a_file_without_rows_lands_nothing(aep, people):
    batch = aep.load(people, of_tenant(key=pa.array([], pa.string())))

    assert batch["status"] == "success"
    assert batch["metrics"]["inputRecordCount"] == 0


COMPATIBLE = [
    ("key", pa.array(["a"], pa.large_string()), "a"),
    ("key", pa.array(["a"]).dictionary_encode(), "a"),
    ("key", pa.array([5], pa.int32()), "5"),
    ("points", pa.array(["7"]), 7),
    ("points", pa.array([7], pa.int64()), 7),
    ("points", pa.array([7.0]), 7),
    ("big", pa.array([7], pa.int8()), 7),
    ("spent", pa.array([7], pa.int64()), 7.0),
    ("spent", pa.array([0.5], pa.float32()), 0.5),
    ("seen", pa.array([1704164645678], pa.int64()), "2024-01-02T03:04:05.678Z"),
    ("seen", pa.array(["2024-01-02T03:04:05Z"]), "2024-01-02T03:04:05.000Z"),
    ("seen", pa.array([1704164645678901], pa.timestamp("us", "UTC")), "2024-01-02T03:04:05.678Z"),
    ("seen", pa.array([1704164645678], pa.timestamp("ms")), "2024-01-02T03:04:05.678Z"),
    ("born", pa.array(["1980-01-02"]), "1980-01-02"),
    ("born", pa.array([-1], pa.int64()), "1969-12-31"),
    ("key", pa.nulls(1), None),
]


@pytest.mark.parametrize(("field", "array", "expected"), COMPATIBLE)
def test_a_column_type_that_the_matrix_accepts_lands(aep, people, field, array, expected):
    batch = aep.load(people, of_tenant(**{field: array}))

    assert batch["status"] == "success", batch["errors"]
    assert aep.rows(people)[0][field] == expected


INCOMPATIBLE = [
    ("key", pa.array([True])),
    ("key", pa.array([dt.date(2024, 1, 1)])),
    ("key", pa.array([["a"]])),
    ("key", pa.array([b"a"])),
    ("points", pa.array([True])),
    ("optIn", pa.array(["true"])),
    ("optIn", pa.array([1])),
    ("spent", pa.array([decimal.Decimal("1.5")])),
    ("born", pa.array([1], pa.int32())),
    ("born", pa.array([0], pa.timestamp("ms", "UTC"))),
    ("seen", pa.array([dt.date(2024, 1, 1)])),
    ("seen", pa.array([1], pa.int32())),
    ("seen", pa.array([1.0])),
]


@pytest.mark.parametrize(("field", "array"), INCOMPATIBLE)
def test_a_column_type_that_the_matrix_does_not_accept_fails_the_batch(aep, people, field, array):
    batch = aep.load(people, of_tenant(**{field: array}), partialIngestionPercentage=100)

    assert batch["status"] == "failed"
    assert "TypeCompatibilityException" in batch["errors"][0]["description"]
    assert aep.rows(people) == []


def test_a_timestamp_without_zone_can_be_refused(aep, people, switch):
    switch(local_timestamps="refused")

    assert aep.load(people, of_tenant(seen=pa.array([0], pa.timestamp("ms"))))["status"] == "failed"


BAD_VALUES = [
    ("points", pa.array([1, 2**31], pa.int64())),
    ("points", pa.array(["1", "one"])),
    ("points", pa.array([1.0, 1.5])),
    ("points", pa.array([1.0, float("inf")])),
    ("big", pa.array([1, 2**53 + 1], pa.int64())),
    ("seen", pa.array(["2024-01-02T03:04:05Z", "2024-02-30T00:00:00Z"])),
    ("seen", pa.array([0, 2**62], pa.int64())),
    ("born", pa.array(["1980-01-02", "02.01.1980"])),
]


@pytest.mark.parametrize(("field", "array"), BAD_VALUES)
def test_a_single_bad_value_fails_its_row(aep, people, field, array):
    table = of_tenant(key=["good", "bad"], **{field: array})

    batch = aep.load(people, table, partialIngestionPercentage=50, enableErrorDiagnostics=True)

    assert batch["status"] == "success"
    assert [row["key"] for row in aep.rows(people)] == ["good"]
    (row,) = aep.row_errors(batch["id"])
    assert row["_acme"]["key"] == "bad"
    assert row["_errors"][0]["column"] == f"_acme.{field}"


def test_nested_arrays_and_maps_are_checked_within(aep):
    items = {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}},
        "required": ["sku"],
    }
    dataset = aep.dataset_of(
        {
            "key": {"type": "string"},
            "items": {"type": "array", "items": items},
            "tags": {"type": "object", "additionalProperties": {"type": "integer"}},
        }
    )
    item = pa.struct([("sku", pa.string()), ("n", pa.int32())])
    table = of_tenant(
        key=["ok", "no sku", "none", "bad map"],
        items=pa.array(
            [[{"sku": "s", "n": 1}, {"sku": "t"}], [{"sku": "s"}, {"n": 2}], None, []], pa.list_(item)
        ),
        tags=pa.array([[("a", 1)], None, [], [("b", 2**40)]], pa.map_(pa.string(), pa.int64())),
    )

    batch = aep.load(dataset, table, partialIngestionPercentage=50, enableErrorDiagnostics=True)

    assert batch["metrics"]["failedRecordCount"] == 2
    rows = aep.rows(dataset)
    assert [row["key"] for row in rows] == ["ok", "none"]
    assert rows[0]["items"] == [{"sku": "s", "n": 1}, {"sku": "t", "n": None}]
    assert rows[0]["tags"] == {"a": 1}
    assert rows[1]["items"] is None
    assert rows[1]["tags"] == {}
    assert {row["_acme"]["key"]: row["_errors"][0]["column"] for row in aep.row_errors(batch["id"])} == {
        "no sku": "_acme.items.sku",
        "bad map": "_acme.tags",
    }


def test_a_sliced_table_lands_as_it_is(aep, people):
    table = of_tenant(
        key=[f"{number}" for number in range(100)], points=pa.array(range(100), pa.int32())
    ).slice(40, 3)

    aep.load(people, table)

    assert [(row["key"], row["points"]) for row in aep.rows(people)] == [("40", 40), ("41", 41), ("42", 42)]


def test_required_fields_hold_for_parquet_too(aep):
    dataset = aep.dataset_of({"key": {"type": "string"}, "n": {"type": "integer"}}, required=["key"])

    missing_column = aep.load(dataset, of_tenant(n=[1]))
    missing_value = aep.load(dataset, of_tenant(key=pa.array(["a", None]), n=[1, 2]))

    assert missing_column["status"] == missing_value["status"] == "failed"


def test_more_than_ten_thousand_fields_in_a_row_are_refused(aep, people):
    wide = pa.table(
        {
            "_acme": pa.StructArray.from_arrays(
                [pa.array(["a"])] * 10_001, names=[f"f{n}" for n in range(10_001)]
            )
        }
    )

    batch = aep.load(people, wide)

    assert batch["status"] == "failed"
    assert "Batch ingestion guardrails hit" in batch["errors"][0]["description"]
