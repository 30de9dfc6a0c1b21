"""Columnar conversion of what a file holds to the types of the schema.

What a column's type rules out fails the batch; what single values rule out fails their rows. Objects, arrays
and maps are taken apart, and their values go through `scalars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.problems import UNKNOWN_FIELD, BatchFailure, RowErrors
from emulator.aep.ingestion.scalars import ScalarConverter, incompatible

if TYPE_CHECKING:
    from emulator.aep.ingestion.problems import RowNumbers
    from emulator.aep.ingestion.xdm import XdmField


@dataclass
class Converter:
    """Converts the columns of one file.

    Attributes:
        errors: Where problems of single rows go.
        unknown_fields: What a field does that the schema does not have: `fail_batch` (Parquet), `fail_row`
            or `drop` (JSON).
        local_timestamps: Take a timestamp without zone as UTC.
    """

    errors: RowErrors
    unknown_fields: str = "fail_batch"
    local_timestamps: bool = True

    def __post_init__(self) -> None:
        self._scalars = ScalarConverter(self.errors, local_timestamps=self.local_timestamps)

    def table(self, table: pa.Table, root: XdmField, rows: RowNumbers) -> pa.Table:
        """Return the columns that the schema has, in the schema's types; bad values become null."""
        columns, names = [], []
        for name in table.column_names:
            array = one_chunk(table.column(name))
            child = root.fields.get(name)
            if child is None:
                self._unknown(array, name, rows)
            else:
                names.append(name)
                columns.append(self.array(array, child, name, rows))
        return pa.table(columns, names=names)

    def array(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        """Return `array` in the type of `field`."""
        array = _plain(array)
        if pa.types.is_null(array.type):
            return pa.nulls(len(array), xdm.arrow_type(field))
        if field.kind == "object":
            return self._struct(array, field, path, rows)
        if field.kind == "array":
            return self._list(array, field, path, rows)
        if field.kind == "map":
            return self._map(array, field, path, rows)
        return self._scalars.convert(array, field.kind, path, rows)

    def _unknown(self, array: pa.Array, path: str, rows: RowNumbers) -> None:
        if self.unknown_fields == "fail_batch":
            raise BatchFailure("INGEST-1407-400", f"The field {path} in the data is not in the schema.")
        if self.unknown_fields == "fail_row":
            present = rows[np.flatnonzero(np.asarray(array.is_valid()))]
            self.errors.add(present, UNKNOWN_FIELD, path, f"The field {path} is not in the schema.")

    def _struct(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        if not pa.types.is_struct(array.type):
            raise incompatible(path, array.type, field.kind)
        parts, fields = [], []
        # Flattening puts the nulls of the object into its fields.
        for index, inner in enumerate(array.flatten()):
            name = array.type.field(index).name
            child = field.fields.get(name)
            if child is None:
                self._unknown(_plain(inner), f"{path}.{name}", rows)
            else:
                parts.append(self.array(inner, child, f"{path}.{name}", rows))
                fields.append(pa.field(name, parts[-1].type))
        if not parts:
            # An object that is there and empty must not look absent: it may lack what it requires.
            name, child = next(iter(field.fields.items()))
            parts.append(pa.nulls(len(array), xdm.arrow_type(child)))
            fields.append(pa.field(name, parts[0].type))
        return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null())

    def _list(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        if not pa.types.is_list(array.type):
            raise incompatible(path, array.type, field.kind)
        assert field.items is not None
        parents = np.asarray(pc.list_parent_indices(array))
        values = self.array(array.flatten(), field.items, path, rows[parents])
        return pa.ListArray.from_arrays(_offsets(array), values)

    def _map(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        assert field.items is not None
        if pa.types.is_struct(array.type):
            array = _struct_to_map(array)
        if not pa.types.is_map(array.type):
            raise incompatible(path, array.type, field.kind)
        valid = np.asarray(array.is_valid())
        raw_offsets = np.asarray(array.offsets)
        lengths = np.diff(raw_offsets)
        parents = np.repeat(np.arange(len(array)), np.where(valid, lengths, 0))
        first, count = int(raw_offsets[0]), int(raw_offsets[-1] - raw_offsets[0])
        keep = pa.array(np.repeat(valid, lengths))
        keys = array.keys.slice(first, count).filter(keep)
        items = array.items.slice(first, count).filter(keep)
        keys = self._scalars.convert(_plain(keys), "string", f"{path} (key)", rows[parents])
        values = self.array(items, field.items, path, rows[parents])
        return pa.MapArray.from_arrays(_offsets(array), keys, values)


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _plain(array: pa.Array) -> pa.Array:
    """Return dictionaries decoded, and 64-bit offsets and views as the ordinary types."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.cast(array, pa.string())
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind):
        return pc.cast(array, pa.list_(kind.value_type))
    return array


def _offsets(array: pa.Array) -> pa.Array:
    """Return offsets that start at 0, with nulls where the list or map is null."""
    valid = np.asarray(array.is_valid())
    lengths = np.where(valid, np.diff(np.asarray(array.offsets)), 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.array(offsets, mask=np.concatenate([~valid, [False]]))


def _struct_to_map(array: pa.Array) -> pa.Array:
    """Return an object whose fields have one type as a map of the fields that are there."""
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    columns = [_plain(child) for child in array.flatten()]
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(kinds) != 1:
        return array
    kind = kinds.pop()
    columns = [pc.cast(column, kind) for column in columns]
    count, width = len(array), len(columns)
    present = np.column_stack([np.asarray(column.is_valid()) for column in columns])
    # Column by column there are `count` values each; the map wants them row by row.
    order = np.arange(count * width).reshape(width, count).T.ravel()[present.ravel()]
    keys = pa.array(np.tile(np.arange(width), count)[present.ravel()])
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    mask = np.concatenate([np.asarray(array.is_null()), [False]])
    values = pa.concat_arrays(columns).take(pa.array(order))
    return pa.MapArray.from_arrays(pa.array(offsets, mask=mask), pa.array(names).take(keys), values)
