"""RECORD lines made by column are what the SDK would have made row by row."""

import json
from datetime import datetime, timezone
from decimal import Decimal

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tap_sfmc.output.lines import record_lines, with_texts_for_dates

FIRST, LAST = datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30")
NOW = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
SCHEMA = pa.schema(
    [
        ("Text", pa.string()),
        ('A "quoted"\\name', pa.string()),
        ("Number", pa.int32()),
        ("Decimal", pa.decimal128(29, 8)),
        ("Flag", pa.bool_()),
        ("Date", pa.timestamp("s", "UTC")),
    ]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Text": st.none() | st.text(),
            'A "quoted"\\name': st.none() | st.text(st.characters(max_codepoint=0x7F)),
            "Number": st.none() | st.integers(-(2**31), 2**31 - 1),
            "Decimal": st.none() | st.decimals(-(10**20), 10**20, places=8, allow_nan=False),
            "Flag": st.none() | st.booleans(),
            "Date": st.none()
            | st.datetimes(FIRST, LAST, timezones=st.just(timezone.utc)).map(
                lambda moment: moment.replace(microsecond=0)
            ),
        }
    )
)


def parsed(lines):
    return [json.loads(line, parse_float=Decimal) for line in bytes(lines).split(b"\n") if line]


@given(ROWS)
def test_every_row_comes_back(rows):
    batch = pa.RecordBatch.from_pylist(rows, SCHEMA)
    messages = parsed(record_lines(batch, "a stream", NOW))
    assert [message["record"] for message in messages] == with_texts_for_dates(batch).to_pylist()
    for row, message in zip(rows, messages, strict=True):
        assert message["type"] == "RECORD"
        assert message["stream"] == "a stream"
        text = message["record"]["Date"]
        assert (text and datetime.fromisoformat(text.replace("Z", "+00:00"))) == row["Date"]


def test_a_slice_of_a_batch_is_only_that_slice():
    batch = pa.RecordBatch.from_pylist([{"Text": str(number)} for number in range(10)], SCHEMA)
    assert [message["record"]["Text"] for message in parsed(record_lines(batch[3:5], "s", NOW))] == ["3", "4"]


def test_no_rows_are_no_lines():
    assert bytes(record_lines(pa.RecordBatch.from_pylist([], SCHEMA), "s", NOW)) == b""


def test_a_version_stands_in_the_message():
    batch = pa.RecordBatch.from_pylist([{"Text": "a"}], SCHEMA)
    (message,) = parsed(record_lines(batch, "s", NOW, version=7))
    assert message["version"] == 7
    assert message["time_extracted"] == "2026-06-30T12:00:00.000Z"
