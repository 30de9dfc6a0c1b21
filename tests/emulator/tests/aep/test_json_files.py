"""Forms of a JSON file: lines or one array, by the flag; what is no row; corrupt ones."""

from __future__ import annotations

import json

import pytest


def test_empty_lines_are_no_rows(aep, people):
    batch = aep.load(people, b'\n\n{"_acme":{"key":"a"}}\r\n\n{"_acme":{"key":"b"}}\n\n')

    assert batch["metrics"]["inputRecordCount"] == 2


BROKEN_LINES = [
    b"not json",
    b'{"_acme":{"key":"a"',
    b'{missingQuotes: "v1"}',
    b'["_acme"]',
    b'"text"',
    b"7",
    b'{"_acme":{"key":"a"}}{"_acme":{"key":"b"}}',
    b'{"_acme":{"spent":NaN}}',
    b'{"_acme":{"spent":Infinity}}',
    b'{"_acme":{"key":"\xff"}}',
]


@pytest.mark.parametrize("broken", BROKEN_LINES)
def test_a_line_that_is_no_object_is_a_corrupt_row(aep, people, broken):
    good = b'{"_acme":{"key":"good"}}\n'

    batch = aep.load(
        people, good + broken + b"\n" + good, enableErrorDiagnostics=True, partialIngestionPercentage=50
    )

    assert batch["status"] == "success"
    assert batch["metrics"]["inputRecordCount"] == 3
    (row,) = aep.row_errors(batch["id"])
    assert row["_errors"][0]["code"] == "1401"
    assert row["_filename"] == "parsing_errors_0.json"
    assert row["_corrupt_record"] == broken.decode("utf-8", "replace")


def test_an_object_over_several_lines_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, json.dumps({"_acme": {"key": "a"}}, indent=1).encode())["status"] == "failed"


ARRAY = json.dumps([{"_acme": {"key": "a"}}, {"_acme": {"key": "b"}}], indent=1).encode()


def test_an_array_is_read_with_the_flag(aep, people):
    batch = aep.load(people, ARRAY, input_format={"format": "json", "isMultiLineJson": True})

    assert batch["status"] == "success"
    assert [row["key"] for row in aep.rows(people)] == ["a", "b"]


def test_an_array_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, ARRAY)["status"] == "failed"


def test_an_array_on_one_line_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, json.dumps(json.loads(ARRAY)).encode())["status"] == "failed"


def test_lines_are_corrupt_with_the_flag(aep, people):
    lines = b'{"_acme":{"key":"a"}}\n{"_acme":{"key":"b"}}\n'

    assert (
        aep.load(people, lines, input_format={"format": "json", "isMultiLineJson": True})["status"]
        == "failed"
    )
