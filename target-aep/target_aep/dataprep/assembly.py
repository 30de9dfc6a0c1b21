"""Objects, arrays and maps put together from the columns of their parts.

A part that is null is left out, and a container without parts is null, as when
records are put together one by one (``rows.py``).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from target_aep.xdm.arrow import arrow_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_aep.xdm.types import Field


def struct_of(columns: Mapping[str, pa.Array]) -> pa.StructArray:
    """Objects of their attributes; null where all of them are."""
    nulls = functools.reduce(pc.and_, (column.is_null() for column in columns.values()))
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    mask = nulls if nulls.true_count else None
    return pa.StructArray.from_arrays(list(columns.values()), fields=fields, mask=mask)


def attributes_of(objects: pa.StructArray) -> dict[str, pa.Array]:
    """The attributes of objects, null where the object is."""
    names = [field.name for field in objects.type]
    return dict(zip(names, objects.flatten(), strict=True))


def list_of(elements: Mapping[int, pa.Array], items: Field) -> pa.ListArray:
    """Arrays of the columns of their elements by position; the last element is one that is not null."""
    columns = {index: completed(column, items) for index, column in elements.items()}
    rows = len(next(iter(columns.values())))
    lengths = np.zeros(rows, np.int64)
    for index in sorted(columns):
        lengths[columns[index].is_valid().to_numpy(zero_copy_only=False)] = index + 1
    empty = pa.nulls(rows, arrow_type(items))
    count = int(lengths.max(initial=0))
    ordered = [columns.get(index, empty) for index in range(count)]
    chosen = np.arange(count) < lengths[:, None]
    values = _row_by_row(ordered, chosen) if ordered else empty.slice(0, 0)
    return pa.ListArray.from_arrays(_offsets(lengths), values)


def map_of(entries: Mapping[str, pa.Array], items: Field) -> pa.MapArray:
    """Maps of the columns of their keys."""
    columns = [completed(column, items) for column in entries.values()]
    chosen = np.stack([column.is_valid().to_numpy(zero_copy_only=False) for column in columns], axis=1)
    names = pa.array(list(entries), pa.string())
    keys = names.take(pa.array(np.nonzero(chosen)[1]))
    return pa.MapArray.from_arrays(_offsets(chosen.sum(axis=1)), keys, _row_by_row(columns, chosen))


class Places(NamedTuple):
    """Where the members of many lists stood."""

    rows: np.ndarray
    positions: np.ndarray


def members_of(lists: Sequence[object]) -> tuple[Places, list[object]]:
    """The members of lists, one after the other; null has none, anything else is its only one."""
    each = [value if isinstance(value, list) else [] if value is None else [value] for value in lists]
    lengths = np.fromiter(map(len, each), np.int64, len(each))
    return _places(lengths), [member for members in each for member in members]


def zip_of(
    rows: int, places: Sequence[Places], parts: Sequence[tuple[Sequence[Any], pa.Array]], items: Field
) -> pa.ListArray:
    """Arrays of objects of the members of lists, by position; the last element is one that is not null.

    Args:
        rows: How many arrays.
        places: Where the members of each part stood.
        parts: The attribute that each part fills, as a path in the element, and the members.
        items: The type of the elements.
    """
    lengths = np.zeros(rows, np.int64)
    for place in places:
        np.maximum.at(lengths, place.rows, place.positions + 1)
    starts, grid = np.cumsum(lengths) - lengths, _places(lengths)
    attributes: dict[str, Any] = {}
    element: Any = None
    for place, (path, members) in zip(places, parts, strict=True):
        source = np.full(len(grid.rows), -1)
        source[starts[place.rows] + place.positions] = np.arange(len(members))
        column = members.take(pa.array(source, mask=source < 0))
        inner = attributes
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        if path:
            inner[path[-1]] = column
        else:
            element = column
    elements = completed(_nested(attributes) if element is None else element, items)
    valid = elements.is_valid().to_numpy(zero_copy_only=False)
    kept = np.zeros(rows, np.int64)
    np.maximum.at(kept, grid.rows[valid], grid.positions[valid] + 1)
    return pa.ListArray.from_arrays(
        _offsets(kept), elements.filter(pa.array(grid.positions < kept[grid.rows]))
    )


def _nested(attributes: Mapping[str, Any]) -> pa.StructArray:
    return struct_of(
        {name: _nested(each) if isinstance(each, dict) else each for name, each in attributes.items()}
    )


def _places(lengths: np.ndarray) -> Places:
    rows = np.repeat(np.arange(len(lengths)), lengths)
    return Places(rows, np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths))


def _row_by_row(columns: Sequence[pa.Array], chosen: np.ndarray) -> pa.Array:
    """The chosen cells of columns, one row after the other."""
    row, column = np.nonzero(chosen)
    return pa.concat_arrays(columns).take(pa.array(column * len(chosen) + row))


def _offsets(lengths: np.ndarray) -> pa.Array:
    """Where each row's members begin; null for a row without any."""
    starts = np.concatenate(([0], np.cumsum(lengths)))
    return pa.array(starts, pa.int32(), mask=np.append(lengths == 0, values=False))


def completed(array: pa.Array, field: Field) -> pa.Array:
    """The array with every attribute that its objects may have, null where nothing is mapped to it."""
    wanted = arrow_type(field)
    if array.type == wanted or not pa.types.is_struct(wanted):
        return array
    present = attributes_of(array)
    columns = [
        completed(present[each.name], field.fields[each.name])
        if each.name in present
        else pa.nulls(len(array), each.type)
        for each in wanted
    ]
    return pa.StructArray.from_arrays(columns, fields=list(wanted), mask=array.is_null())


def with_nulls(array: pa.Array) -> pa.Array:
    """Make objects without any value objects of nulls, as Data Prep writes them when nulls are allowed."""
    if not pa.types.is_struct(array.type):
        return array
    columns = {name: with_nulls(column) for name, column in attributes_of(array).items()}
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    return pa.StructArray.from_arrays(list(columns.values()), fields=fields)
