"""Rows without an identity are counted by column."""

from __future__ import annotations

import pyarrow as pa

from target_aep.columnar.identities import rows_without

TABLE = pa.table(
    {
        "a": pa.chunked_array([["x", " "], [None, "null"]]),
        "o": pa.array([{"b": "y"}, {"b": None}, None, {"b": "z"}]),
        "m": pa.array([["1"], None, [], None]),
    }
)


def test_nulls_and_values_that_are_none_are_counted_wherever_they_stand() -> None:
    assert rows_without(TABLE, ["a", "o.b", "m"], ["", "null"]) == {"a": 3, "o.b": 2, "m": 2}


def test_what_is_not_mapped_is_in_no_row() -> None:
    assert rows_without(TABLE, ["c", "o.c", "a.b"], []) == {"c": 4, "o.c": 4, "a.b": 4}
    assert rows_without(TABLE.slice(0, 0), ["a"], []) == {"a": 0}
