"""Columnar conversion of what a file holds to the types of the schema.

Adobe documents which inbound type is accepted for which field. What a whole column's type rules out
fails the batch (`TypeCompatibilityException`); what single values rule out fails their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.problems import CONVERSION, UNKNOWN_FIELD, BatchFailure, RowErrors

if TYPE_CHECKING:
    from emulator.aep.ingestion.problems import RowNumbers
    from emulator.aep.ingestion.xdm import XdmField

_INTEGER = r"^[+-]?[0-9]{1,18}$"
_DOUBLE = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DATE_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_DAY_MS = 86_400_000
# Years 1 to 9999.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999


@dataclass
class Converter:
    """Converts the columns of one file.

    Attributes:
        errors: Where problems of single rows go.
        fail_unknown: Fields that the schema does not have fail the batch (Parquet); otherwise they fail their
            rows, or are dropped when `drop_unknown` is set.
        local_timestamps: Take a timestamp without zone as UTC.
    """

    errors: RowErrors
    fail_unknown: bool = True
    drop_unknown: bool = False
    local_timestamps: bool = True

    def table(self, table: pa.Table, root: XdmField, rows: RowNumbers) -> pa.Table:
        """Return the columns of `table` that the schema has, in the schema's types; bad values become null."""
        columns, names = [], []
        for name in table.column_names:
            array = _one_chunk(table.column(name))
            child = root.fields.get(name)
            if child is None or xdm.arrow_type(child) is None:
                self._unknown(array, name, rows)
                continue
            names.append(name)
            columns.append(self.array(array, child, name, rows))
        return pa.table(columns, names=names)

    def array(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        """Return `array` in the type of `field`."""
        array = _plain(array)
        target = xdm.arrow_type(field)
        assert target is not None
        if pa.types.is_null(array.type):
            return pa.nulls(len(array), target)
        if field.kind == "object":
            return self._struct(array, field, path, rows)
        if field.kind == "array":
            return self._list(array, field, path, rows)
        if field.kind == "map":
            return self._map(array, field, path, rows)
        return self._scalar(array, field.kind, target, path, rows)

    def _unknown(self, array: pa.Array, path: str, rows: RowNumbers) -> None:
        if self.drop_unknown:
            return
        if self.fail_unknown:
            raise BatchFailure("INGEST-1407-400", f"The field {path} in the data is not in the schema.")
        self.errors.add(
            _rows_where(array.is_valid(), rows),
            UNKNOWN_FIELD,
            path,
            f"The field {path} is not in the schema.",
        )

    def _struct(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        if not pa.types.is_struct(array.type):
            raise _incompatible(path, array.type, field.kind)
        children = {array.type.field(index).name: index for index in range(array.type.num_fields)}
        flattened = array.flatten()  # the parent's nulls are put into the children
        for name, index in children.items():
            child = field.fields.get(name)
            if child is None or xdm.arrow_type(child) is None:
                self._unknown(_plain(flattened[index]), f"{path}.{name}", rows)
        target = xdm.arrow_type(field)
        assert target is not None
        parts, fields = [], []
        for name, index in children.items():
            child = field.fields.get(name)
            if child is None or xdm.arrow_type(child) is None:
                continue
            part = self.array(flattened[index], child, f"{path}.{name}", rows)
            parts.append(part)
            fields.append(pa.field(name, part.type))
        if not parts:
            return pa.nulls(len(array), target)
        return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null())

    def _list(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        if not pa.types.is_list(array.type):
            raise _incompatible(path, array.type, field.kind)
        assert field.items is not None
        parents = np.asarray(pc.list_parent_indices(array))
        values = self.array(array.flatten(), field.items, path, rows[parents])
        return pa.ListArray.from_arrays(_offsets(array), values)

    def _map(self, array: pa.Array, field: XdmField, path: str, rows: RowNumbers) -> pa.Array:
        assert field.items is not None
        if pa.types.is_struct(array.type):
            array = _struct_to_map(array)
        if not pa.types.is_map(array.type):
            raise _incompatible(path, array.type, field.kind)
        lengths = np.diff(np.asarray(array.offsets))
        parents = np.repeat(np.arange(len(array)), np.where(np.asarray(array.is_valid()), lengths, 0))
        offsets = _offsets(array)
        first, last = int(np.asarray(array.offsets)[0]), int(np.asarray(array.offsets)[-1])
        keys, items = array.keys.slice(first, last - first), array.items.slice(first, last - first)
        if array.null_count and int(lengths[~np.asarray(array.is_valid())].sum()):
            keep = np.repeat(np.asarray(array.is_valid()), lengths)
            keys, items = keys.filter(pa.array(keep)), items.filter(pa.array(keep))
        keys = self._scalar(_plain(keys), "string", pa.string(), f"{path} (key)", rows[parents])
        values = self.array(items, field.items, path, rows[parents])
        return pa.MapArray.from_arrays(offsets, keys, values)

    def _scalar(
        self, array: pa.Array, kind: str, target: pa.DataType, path: str, rows: RowNumbers
    ) -> pa.Array:
        source = _source_kind(array.type)
        if (
            source == "timestamp"
            and kind == "date-time"
            and (array.type.tz is not None or self.local_timestamps)
        ):
            array = pc.cast(array, pa.timestamp("us", array.type.tz))
            milliseconds = pc.cast(array, pa.timestamp("ms", array.type.tz), safe=False)
            return pc.cast(pc.cast(milliseconds, pa.int64()), target)
        if (source, kind) in {("date", "date"), ("boolean", "boolean")}:
            return pc.cast(array, target)
        if source == "string":
            return self._from_string(array, kind, target, path, rows)
        if source in {"integer", "long"} and kind in xdm.INTEGERS:
            return self._to_integer(array, kind, target, path, rows)
        if source in {"integer", "long", "double"} and kind == "double":
            return pc.cast(array, target, safe=False)
        if source in {"integer", "long", "double"} and kind == "string":
            return pc.cast(array, target)
        if source == "double" and kind in xdm.INTEGERS:
            whole = pc.and_(pc.is_finite(array), pc.equal(pc.round(array), array))
            whole = pc.and_(whole, pc.less(pc.abs(array), 2.0**62))
            array = self._keep(array, whole, path, rows, f"is not a whole number, as {kind} needs")
            return self._to_integer(pc.cast(array, pa.int64()), kind, target, path, rows)
        if source == "long" and kind in {"date", "date-time"}:
            return self._from_epoch(pc.cast(array, pa.int64()), kind, target, path, rows)
        raise _incompatible(path, array.type, kind)

    def _to_integer(
        self, array: pa.Array, kind: str, target: pa.DataType, path: str, rows: RowNumbers
    ) -> pa.Array:
        array = pc.cast(array, pa.int64())
        _, low, high = xdm.INTEGERS[kind]
        within = pc.and_(pc.greater_equal(array, low), pc.less_equal(array, high))
        return pc.cast(self._keep(array, within, path, rows, f"is beyond the range of {kind}"), target)

    def _from_epoch(
        self, array: pa.Array, kind: str, target: pa.DataType, path: str, rows: RowNumbers
    ) -> pa.Array:
        within = pc.and_(pc.greater_equal(array, _FIRST_MS), pc.less_equal(array, _LAST_MS))
        array = self._keep(array, within, path, rows, "is not a time in milliseconds since 1970")
        if kind == "date-time":
            return pc.cast(array, target)
        days = np.floor_divide(np.asarray(array.fill_null(0)), _DAY_MS).astype(np.int32)
        return pc.cast(pa.array(days, mask=np.asarray(array.is_null())), target)

    def _from_string(
        self, array: pa.Array, kind: str, target: pa.DataType, path: str, rows: RowNumbers
    ) -> pa.Array:
        if kind == "string":
            return pc.cast(array, target)
        if kind in xdm.INTEGERS:
            array = self._matching(array, _INTEGER, kind, path, rows)
            return self._to_integer(pc.cast(pc.utf8_ltrim(array, "+"), pa.int64()), kind, target, path, rows)
        if kind == "double":
            return pc.cast(pc.utf8_ltrim(self._matching(array, _DOUBLE, kind, path, rows), "+"), target)
        if kind == "date":
            return self._parsed(self._matching(array, _DATE, kind, path, rows), target, path, rows)
        if kind == "date-time":
            array = self._matching(array, _DATE_TIME, kind, path, rows)
            array = pc.replace_substring_regex(array, r"(\.[0-9]{3})[0-9]+", r"\1")
            return self._parsed(array, target, path, rows)
        raise _incompatible(path, array.type, kind)

    def _parsed(self, array: pa.Array, target: pa.DataType, path: str, rows: RowNumbers) -> pa.Array:
        """Parse dates or times that have the right form; those that name no day or hour are bad."""
        try:
            return pc.cast(array, target)
        except pa.ArrowInvalid:
            distinct = pc.unique(array)
            bad = [value for value in distinct.to_pylist() if value is not None and not _names_a_time(value)]
            good = pc.invert(pc.is_in(array, value_set=pa.array(bad, pa.string())))
            array = self._keep(array, good, path, rows, "is not a date that exists")
            return pc.cast(array, target)

    def _matching(self, array: pa.Array, form: str, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        return self._keep(
            array, pc.match_substring_regex(array, form), path, rows, f"cannot be read as {kind}"
        )

    def _keep(self, array: pa.Array, good: pa.Array, path: str, rows: RowNumbers, complaint: str) -> pa.Array:
        """Return `array` with null in place of the values that are not good, noting their rows."""
        if pc.all(good).as_py() in {True, None}:
            return array
        bad = pc.invert(good.fill_null(True))
        where = np.flatnonzero(np.asarray(bad))
        for index in where:
            message = f"{array[int(index)].as_py()!r} {complaint}"
            self.errors.add([rows[index]], CONVERSION, path, message)
        return pc.if_else(bad, pa.scalar(None, array.type), array)


def _names_a_time(text: str) -> bool:
    try:
        if len(text) == len("2000-01-01"):
            datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        else:
            datetime.fromisoformat(text.replace("Z", "+00:00")[:19])
    except ValueError:
        return False
    hours = text[-6:]
    return not (hours[0] in "+-" and ":" in hours and (int(hours[1:3]) > 23 or int(hours[4:]) > 59))


def _source_kind(kind: pa.DataType) -> str:
    types = pa.types
    if types.is_string(kind):
        return "string"
    if types.is_int64(kind) or types.is_uint32(kind):
        return "long"
    if types.is_integer(kind) and not types.is_uint64(kind):
        return "integer"
    if types.is_float32(kind) or types.is_float64(kind):
        return "double"
    if types.is_boolean(kind):
        return "boolean"
    if types.is_date32(kind):
        return "date"
    if types.is_timestamp(kind) and kind.unit in {"s", "ms", "us"}:
        return "timestamp"
    return "other"


def _incompatible(path: str, source: Any, kind: str) -> BatchFailure:
    text = f"TypeCompatibilityException: the field {path} is {source} in the data and {kind} in the schema."
    return BatchFailure("INGEST-1408-400", text)


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


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _offsets(array: pa.Array) -> pa.Array:
    """Return offsets that start at 0, with nulls where the list or map is null."""
    valid = np.asarray(array.is_valid())
    lengths = np.where(valid, np.diff(np.asarray(array.offsets)), 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.array(offsets, mask=np.concatenate([~valid, [False]]))


def _struct_to_map(array: pa.Array) -> pa.Array:
    """Return a struct whose fields have one type as a map of the fields that are there."""
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    columns = [_plain(child) for child in array.flatten()]
    if not columns:
        return array
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(kinds) != 1:
        return array
    kind = kinds.pop()
    columns = [pc.cast(column, kind) for column in columns]
    count, width = len(array), len(columns)
    present = np.column_stack([np.asarray(column.is_valid()) for column in columns])
    order = np.arange(count * width).reshape(width, count).T.ravel()[present.ravel()]
    keys = pa.array(np.tile(np.arange(width), count)[present.ravel()])
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    values = pa.concat_arrays(columns).take(pa.array(order))
    mask = np.concatenate([np.asarray(array.is_null()), [False]])
    return pa.MapArray.from_arrays(pa.array(offsets, mask=mask), pa.array(names).take(keys), values)


def _rows_where(mask: pa.Array, rows: RowNumbers) -> RowNumbers:
    found: RowNumbers = rows[np.flatnonzero(np.asarray(mask))]
    return found
