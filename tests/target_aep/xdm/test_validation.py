"""Columnar validation: which rows, which field, which rule."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_aep.xdm import Field, XdmType, arrow_schema, validate

ROOT = Field(
    XdmType.OBJECT,
    fields={
        "_id": Field(XdmType.STRING, format="uri-reference"),
        "person": Field(
            XdmType.OBJECT,
            fields={"email": Field(XdmType.STRING, format="email"), "age": Field(XdmType.INT, minimum=0)},
            required=frozenset({"email"}),
        ),
        "tags": Field(XdmType.ARRAY, items=Field(XdmType.STRING, enum=("x", "y"))),
        "counts": Field(XdmType.MAP, items=Field(XdmType.INT, maximum=5)),
        "big": Field(XdmType.LONG),
        "rate": Field(XdmType.DOUBLE),
        "code": Field(XdmType.STRING, pattern="^[A-Z]{2}$", max_length=3, min_length=1),
        "key": Field(XdmType.STRING, refused=("", "null")),
    },
    required=frozenset({"_id"}),
)


def table(*rows: dict[str, object], chunk: int | None = None) -> pa.Table:
    made = pa.Table.from_pylist(list(rows), schema=arrow_schema(ROOT))
    return pa.Table.from_batches(made.to_batches(max_chunksize=chunk)) if chunk else made


@pytest.mark.parametrize(
    ("row", "path", "rule"),
    [
        ({"_id": None}, "_id", "required"),
        ({"_id": "a b"}, "_id", "format"),
        ({"person": {"email": None}}, "person.email", "required"),
        ({"person": {"email": "nobody"}}, "person.email", "format"),
        ({"person": {"email": "a@b.co", "age": -1}}, "person.age", "range"),
        ({"tags": ["x", "z"]}, "tags[*]", "enum"),
        ({"counts": [("k", 6)]}, "counts.*", "range"),
        ({"big": 2**53}, "big", "range"),
        ({"rate": math.nan}, "rate", "number"),
        ({"rate": math.inf}, "rate", "number"),
        ({"code": "ab"}, "code", "pattern"),
        ({"code": "ABCD"}, "code", "pattern"),
        ({"key": " "}, "key", "identity"),
        ({"key": "null"}, "key", "identity"),
    ],
)
def test_a_violation_is_told_with_field_value_and_rule(row: dict[str, object], path: str, rule: str) -> None:
    found = validate(table({"_id": "1"}, {"_id": "2", **row}, {"_id": "3"}), ROOT)
    first = found.rejections[0]
    assert (first.row, first.path, first.rule) == (1, path, rule)
    assert found.valid.column("_id").to_pylist() == ["1", "3"]


@pytest.mark.parametrize(
    "row",
    [
        {"person": None},
        {"person": {"email": "José@exämple.com", "age": 0}},
        {"tags": []},
        {"tags": ["x", "y", "x"]},
        {"counts": [("k", None)]},
        {"big": 2**53 - 1},
        {"code": None},
        {"_id": "a/b?c=d%20e"},
    ],
)
def test_what_is_allowed_passes(row: dict[str, object]) -> None:
    given_table = table({"_id": "1", **row})
    assert validate(given_table, ROOT).valid is given_table


def test_rows_are_counted_over_all_chunks_and_behind_empty_lists() -> None:
    rows = [{"_id": str(n), "tags": [], "counts": []} for n in range(10)]
    rows[7] = {"_id": "7", "tags": ["x", "bad"], "counts": [("a", 1), ("b", 9)]}
    found = validate(table(*rows, chunk=3).slice(1), ROOT)
    assert {(each.row, each.path) for each in found.rejections} == {(6, "tags[*]"), (6, "counts.*")}
    assert found.rejected_rows == [6]
    assert found.valid.num_rows == 8


def test_a_required_column_that_is_not_there_rejects_every_row() -> None:
    found = validate(pa.table({"rate": [1.0, 2.0]}), ROOT)
    assert [each.rule for each in found.rejections] == ["required", "required"]


def test_a_column_that_the_schema_does_not_have_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="surprise"):
        validate(pa.table({"_id": ["1"], "surprise": [1]}), ROOT)


def test_a_pattern_with_look_ahead_is_tried_by_value() -> None:
    root = Field(XdmType.OBJECT, fields={"x": Field(XdmType.STRING, pattern="^(?!no).*$")})
    found = validate(pa.table({"x": ["yes", "no", None, "no"]}), root)
    assert found.rejected_rows == [1, 3]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=30))
def test_exactly_the_values_out_of_range_are_rejected(values: list[int | None]) -> None:
    root = Field(XdmType.OBJECT, fields={"n": Field(XdmType.LONG, minimum=-10)})
    found = validate(pa.table({"n": pa.array(values, pa.int64())}), root)
    expected = [row for row, value in enumerate(values) if value is not None and not -10 <= value < 2**53]
    assert found.rejected_rows == expected
