"""Conversion to XDM types: one value at a time, and by column with equal results."""

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target_aep.dataprep import TransformError, casts
from target_aep.dataprep.conversion import FALSE_TEXTS, TRUE_TEXTS, convert, to_json
from target_aep.xdm.arrow import arrow_type
from target_aep.xdm.types import Field, XdmType
from tests.target_aep.dataprep.strategies import columns, fields, moments, texts

UTC = dt.timezone.utc
MOMENT = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
NAMES = Field(XdmType.OBJECT, fields={"first": Field(XdmType.STRING), "age": Field(XdmType.INT)})


def converted(value, kind):
    field = kind if isinstance(kind, Field) else Field(kind)
    return convert(value, field, pytest.fail)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (1234, XdmType.STRING, "1234"),
        (5.0, XdmType.STRING, "5.0"),
        (1e21, XdmType.STRING, "1000000000000000000000"),
        (1e-7, XdmType.STRING, "0.0000001"),
        (Decimal("1E+3"), XdmType.STRING, "1000"),
        (True, XdmType.STRING, "true"),
        (MOMENT, XdmType.STRING, "2020-01-02T03:04:05Z"),
        (MOMENT.date(), XdmType.STRING, "2020-01-02"),
        ("12", XdmType.INT, 12),
        (" 12 ", XdmType.LONG, 12),
        ("12.0", XdmType.LONG, 12),
        (12.0, XdmType.SHORT, 12),
        (Decimal(12), XdmType.BYTE, 12),
        ("1.5e3", XdmType.DOUBLE, 1500.0),
        (7, XdmType.DOUBLE, 7.0),
        ("2020-12-31", XdmType.DATE, dt.date(2020, 12, 31)),
        ("2020-12-31T23:30:00-08:00", XdmType.DATE, dt.date(2020, 12, 31)),
        (MOMENT, XdmType.DATE, dt.date(2020, 1, 2)),
        ("12/31/2020 11:00:00 PM", XdmType.DATE_TIME, dt.datetime(2020, 12, 31, 23, tzinfo=UTC)),
        (dt.date(2020, 1, 2), XdmType.DATE_TIME, dt.datetime(2020, 1, 2, tzinfo=UTC)),
        (1708041600000, XdmType.DATE_TIME, dt.datetime(2024, 2, 16, tzinfo=UTC)),
    ],
)
def test_a_value_converts(value, kind, expected):
    result = converted(value, kind)

    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("text", TRUE_TEXTS + FALSE_TEXTS)
def test_the_documented_texts_are_truth_values(text):
    assert converted(text, XdmType.BOOLEAN) is (text in TRUE_TEXTS)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Yes", XdmType.BOOLEAN),
        ("1", XdmType.BOOLEAN),
        (1, XdmType.BOOLEAN),
        ("", XdmType.BOOLEAN),
        ("x", XdmType.INT),
        ("1.5", XdmType.INT),
        (1.5, XdmType.INT),
        (True, XdmType.INT),
        (128, XdmType.BYTE),
        (2**31, XdmType.INT),
        ("1" * 5000, XdmType.LONG),
        (math.nan, XdmType.DOUBLE),
        ("1e999", XdmType.DOUBLE),
        (10**400, XdmType.DOUBLE),
        ("soon", XdmType.DATE),
        (42, XdmType.DATE_TIME),
        ([1], XdmType.STRING),
        ({"a": 1}, XdmType.STRING),
        ("\ud800", XdmType.STRING),
        ("x", NAMES),
        ({"a": 1}, Field(XdmType.ARRAY, items=NAMES)),
        ([1], Field(XdmType.MAP, items=Field(XdmType.STRING))),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(value, kind):
    with pytest.raises(TransformError):
        converted(value, kind)


def test_an_object_keeps_what_the_schema_has_and_loses_what_fails():
    failures = []

    result = convert({"first": "Ann", "age": "old", "unknown": 1}, NAMES, lambda *f: failures.append(f), "p")

    assert result == {"first": "Ann"}
    assert failures == [("p.age", "old", "the text 'old' is not an integer")]


def test_one_value_is_an_array_of_one():
    assert converted("Sales", Field(XdmType.ARRAY, items=Field(XdmType.STRING))) == ["Sales"]


def test_the_keys_of_a_map_are_texts():
    assert converted({1: 2}, Field(XdmType.MAP, items=Field(XdmType.LONG))) == {"1": 2}


def test_json_has_date_times_in_utc():
    moved = MOMENT.astimezone(dt.timezone(dt.timedelta(hours=2)))

    assert to_json({"at": [moved, MOMENT.date(), Decimal("1.5")]}) == {
        "at": ["2020-01-02T03:04:05Z", "2020-01-02", 1.5]
    }


def one_by_one(values, field):
    """The reference: each value converted by itself."""
    results, failed = [], []
    for row, value in enumerate(values):
        try:
            results.append(casts.storable(convert(value, field, pytest.fail)))
        except TransformError as error:
            results.append(None)
            failed.append((row, str(error)))
    return pa.array(results, arrow_type(field)), failed


@given(columns(), fields)
@settings(max_examples=600, deadline=None)
def test_a_column_converts_as_its_values_do(column, field):
    array, failures = casts.cast(column, field)
    expected, failed = one_by_one(casts.to_values(column), field)

    assert array.type == arrow_type(field)
    assert array.equals(expected) or (field.type is XdmType.DOUBLE and str(array) == str(expected))
    assert [(failure.row, failure.message) for failure in failures] == failed


@given(
    st.lists(
        st.none()
        | texts
        | st.integers()
        | st.floats()
        | st.booleans()
        | moments
        | st.lists(texts, max_size=2),
        max_size=6,
    )
    | st.lists(st.none() | texts, max_size=6)
    | st.lists(st.none() | moments, max_size=6),
    fields,
)
@settings(max_examples=400, deadline=None)
def test_computed_values_convert_as_each_of_them_does(values, field):
    array, failures = casts.from_values(values, field)
    expected, failed = one_by_one(values, field)

    assert array.equals(expected)
    assert [(failure.row, failure.message) for failure in failures] == failed


def test_a_column_of_dictionary_encoded_text_is_text():
    array, failures = casts.cast(pa.array(["1", "x", "1"]).dictionary_encode(), Field(XdmType.INT))

    assert array.to_pylist() == [1, None, 1]
    assert [failure.row for failure in failures] == [1]
