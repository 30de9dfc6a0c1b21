"""Blocks of records become the same table whether Arrow parses them whole or one by one."""

from __future__ import annotations

import json

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_aep.columnar import records, singer_schema

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": ["string", "null"]},
        "count": {"type": ["integer", "null"]},
        "amount": {"type": ["number", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "place": {
            "type": ["object", "null"],
            "properties": {"city": {"type": "string"}, "agent:os": {"type": "integer"}},
        },
        "tags": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
    },
}
SOURCE = singer_schema.read(SCHEMA)

TEXT = st.text(max_size=20)
FITTING = {
    "text": TEXT,
    "count": st.integers(-(2**63), 2**63 - 1),
    "amount": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    "flag": st.booleans(),
    "place": st.fixed_dictionaries({}, optional={"city": TEXT, "agent:os": st.integers(-9, 9)}),
    "tags": st.lists(st.none() | TEXT, max_size=3),
}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in FITTING.items()}),
    min_size=1,
    max_size=6,
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
ODD_ROWS = st.lists(
    st.dictionaries(st.sampled_from([*FITTING, "unknown"]), ANYTHING, max_size=4), min_size=1, max_size=5
)


def _lines(rows):
    return [json.dumps(row).encode() for row in rows]


@settings(max_examples=300, deadline=None)
@given(ROWS)
def test_fitting_rows_are_the_same_on_both_ways(rows):
    lines = _lines(rows)
    whole = records._parse_block(lines, SOURCE.arrow)
    each = records._parse_each(lines, SOURCE)
    assert each.rejections == []
    assert whole is None or whole.equals(each.table)
    assert records.parse(lines, SOURCE).table.equals(each.table)


@settings(max_examples=300, deadline=None)
@given(ODD_ROWS)
def test_what_the_fast_way_takes_the_slow_way_takes_alike(rows):
    lines = _lines(rows)
    whole = records._parse_block(lines, SOURCE.arrow)
    each = records._parse_each(lines, SOURCE)
    if whole is not None:
        assert each.rejections == []
        assert whole.equals(each.table)
    places = each.positions if each.positions is not None else list(range(len(rows)))
    assert sorted({*places, *(rejection.row for rejection in each.rejections)}) == list(range(len(rows)))


@pytest.mark.parametrize(
    ("record", "path", "expected"),
    [
        (b'{"count": 1.5}', "count", "an integer"),
        (b'{"count": 9223372036854775808}', "count", "an integer of 64 bits"),
        (b'{"count": true}', "count", "an integer"),
        (b'{"amount": "1"}', "amount", "a number"),
        (b'{"flag": 0}', "flag", "a boolean"),
        (b'{"place": []}', "place", "an object"),
        (b'{"place": {"city": 1}}', "place.city", "a string"),
        (b'{"tags": "a"}', "tags", "an array"),
        (b'{"tags": ["a", 1]}', "tags[1]", "a string"),
        (b"[1]", "", "an object"),
        (b'{"amount": NaN}', "", "JSON"),
        (b'{"text": "\xff"}', "", "JSON"),
    ],
)
def test_a_row_that_does_not_fit_is_set_aside_with_its_reason(record, path, expected):
    parsed = records.parse([b'{"text": "before"}', record, b'{"text": "after"}'], SOURCE)
    (rejection,) = parsed.rejections
    assert (rejection.row, rejection.path) == (1, path)
    assert expected in rejection.message
    assert parsed.table.column("text").to_pylist() == ["before", "after"]
    assert parsed.positions == [0, 2]


def test_a_whole_number_written_as_a_fraction_is_an_integer():
    assert records.parse([b'{"count": 3.0}', b'{"count": 1e3}'], SOURCE).table.column(
        "count"
    ).to_pylist() == [
        3,
        1000,
    ]


def test_records_may_be_slices_of_their_lines():
    class Envelope(msgspec.Struct):
        record: msgspec.Raw

    raw = msgspec.json.decode(b'{"record": {"text": "x"}}', type=Envelope).record
    assert records.parse([raw], SOURCE).table.column("text").to_pylist() == ["x"]


def test_fields_that_the_schema_lacks_are_named():
    assert records.unknown_fields(b'{"text": 1, "new": 2}', SOURCE) == {"new"}


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ({"type": "string"}, pa.string()),
        ({"type": ["null", "string"], "format": "date-time"}, pa.string()),
        ({"type": "integer"}, pa.int64()),
        ({"type": ["number", "integer"]}, pa.float64()),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": ["string", "null"]}]}, pa.string()),
        ({"type": ["string", "integer"]}, pa.string()),
        ({}, pa.string()),
        ({"type": "object"}, pa.string()),
        ({"type": "object", "additionalProperties": {"type": "string"}}, pa.map_(pa.string(), pa.string())),
        ({"type": "array"}, pa.string()),
        ({"type": "array", "items": {"type": "integer"}}, pa.list_(pa.int64())),
        ({"type": "object", "properties": {"a": {"type": "boolean"}}}, pa.struct([("a", pa.bool_())])),
    ],
)
def test_columns_follow_from_the_schema(node, kind):
    assert singer_schema.read({"properties": {"x": node}}).arrow.field("x").type == kind
