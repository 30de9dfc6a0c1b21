"""Sizes of rows, by column: about what a row takes as JSON.

Adobe limits records and events for Profile by size and does not say in which form it measures them;
JSON is the form in which they reach Profile by streaming, and the larger one.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

PUNCTUATION = 4
"""Quotes, colon and comma of a member."""
SCALAR = 8
"""Characters of a number, date or boolean, about."""


def row_bytes(table: pa.Table) -> list[int]:
    """Return the size of each row in bytes."""
    sizes: list[int] = []
    for batch in table.to_batches():
        total = pa.repeat(pa.scalar(2, pa.int64()), batch.num_rows)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            total = pc.add(total, _member(name, column))
        sizes += total.to_pylist()
    return sizes


def _member(name: str, values: pa.Array) -> pa.Array:
    """Sizes of an object's member, 0 where it is null."""
    size = pc.add(_sizes(values), pa.scalar(len(name) + PUNCTUATION, pa.int64()))
    return pc.if_else(values.is_valid(), size, pa.scalar(0, pa.int64()))


def _sizes(values: pa.Array) -> pa.Array:
    if pa.types.is_struct(values.type):
        total = pa.repeat(pa.scalar(2, pa.int64()), len(values))
        for field, child in zip(values.type, values.flatten(), strict=True):
            total = pc.add(total, _member(field.name, child))
        return total
    if pa.types.is_map(values.type):
        entries = pc.add(
            pc.add(_sizes(values.keys), _sizes(values.items)), pa.scalar(PUNCTUATION, pa.int64())
        )
        return _summed(values, entries)
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        return _summed(values, pc.add(_sizes(values.values), pa.scalar(1, pa.int64())))
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        lengths = pc.binary_length(values).cast(pa.int64())
        return pc.add(pc.fill_null(lengths, 0), pa.scalar(2, pa.int64()))
    return pa.repeat(pa.scalar(SCALAR, pa.int64()), len(values))


def _summed(lists: pa.Array, elements: pa.Array) -> pa.Array:
    """Sum the sizes of each list's elements: the running total at its end less that at its begin."""
    running = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(elements)])
    offsets = lists.offsets
    ends, starts = offsets.slice(1), offsets.slice(0, len(offsets) - 1)
    return pc.add(pc.subtract(running.take(ends), running.take(starts)), pa.scalar(2, pa.int64()))
