"""Columnar conversion of single values, by Adobe's matrix of inbound and target types.

===================  ========================================================
in the data          accepted for
===================  ========================================================
string               string, integers, double, date, date-time (not boolean)
integer, double      string, integers (whole and within range), double
64-bit integer       these, and date and date-time as milliseconds since 1970
date                 date
timestamp            date-time
boolean              boolean
===================  ========================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emulator.aep.ingestion import xdm
from emulator.aep.ingestion.problems import CONVERSION, BatchFailure, RowErrors

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.aep.ingestion.problems import RowNumbers

_Route: TypeAlias = "Callable[[pa.Array, str, str, RowNumbers], pa.Array]"

_INTEGER = r"^[+-]?[0-9]{1,18}$"
_DOUBLE = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DATE_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_DAY_MS = 86_400_000
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999
_LARGEST_WHOLE_DOUBLE = 2.0**62


@dataclass
class ScalarConverter:
    """Converts columns of single values.

    Attributes:
        errors: Where problems of single rows go; a bad value becomes null.
        local_timestamps: Take a timestamp without zone as UTC.
    """

    errors: RowErrors
    local_timestamps: bool = True

    def convert(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        """Return `array` as the XDM type `kind`; `rows` are the numbers of the values' rows.

        Raises:
            BatchFailure: for a column type that is not accepted for `kind`.
        """
        source = _source_kind(array.type)
        if source == "timestamp" and array.type.tz is None and not self.local_timestamps:
            raise incompatible(path, array.type, kind)
        route = self._routes().get((source, "integer" if kind in xdm.INTEGERS else kind))
        if route is None:
            raise incompatible(path, array.type, kind)
        return route(array, kind, path, rows)

    def _routes(self) -> dict[tuple[str, str], _Route]:
        routes: dict[tuple[str, str], _Route] = {
            ("string", "string"): _cast,
            ("string", "integer"): self._integer_from_text,
            ("string", "double"): self._double_from_text,
            ("string", "date"): self._date_from_text,
            ("string", "date-time"): self._time_from_text,
            ("boolean", "boolean"): _cast,
            ("date", "date"): _cast,
            ("timestamp", "date-time"): _milliseconds,
            ("long", "date"): self._date_from_epoch,
            ("long", "date-time"): self._time_from_epoch,
            ("double", "integer"): self._integer_from_double,
        }
        for number in ("integer", "long", "double"):
            routes[number, "string"] = _cast
            routes[number, "double"] = _cast_loosely
            routes.setdefault((number, "integer"), self._integer)
        return routes

    def _integer(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        array = pc.cast(array, pa.int64())
        target, low, high = xdm.INTEGERS[kind]
        within = pc.and_(pc.greater_equal(array, low), pc.less_equal(array, high))
        return pc.cast(self._keep(array, within, path, rows, f"is beyond the range of {kind}"), target)

    def _integer_from_double(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        whole = pc.and_(pc.is_finite(array), pc.equal(pc.round(array), array))
        whole = pc.and_(whole, pc.less(pc.abs(array), _LARGEST_WHOLE_DOUBLE))
        array = self._keep(array, whole, path, rows, f"is not a whole number, as {kind} needs")
        return self._integer(pc.cast(array, pa.int64()), kind, path, rows)

    def _integer_from_text(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        array = pc.utf8_ltrim(self._matching(array, _INTEGER, kind, path, rows), "+")
        return self._integer(pc.cast(array, pa.int64()), kind, path, rows)

    def _double_from_text(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        return pc.cast(pc.utf8_ltrim(self._matching(array, _DOUBLE, kind, path, rows), "+"), pa.float64())

    def _date_from_text(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        return self._parsed(self._matching(array, _DATE, kind, path, rows), kind, path, rows)

    def _time_from_text(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        array = self._matching(array, _DATE_TIME, kind, path, rows)
        return self._parsed(pc.replace_substring_regex(array, r"(\.[0-9]{3})[0-9]+", r"\1"), kind, path, rows)

    def _time_from_epoch(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        array = pc.cast(array, pa.int64())
        within = pc.and_(pc.greater_equal(array, _FIRST_MS), pc.less_equal(array, _LAST_MS))
        array = self._keep(array, within, path, rows, "is not a time in milliseconds since 1970")
        return pc.cast(array, _lake_type("date-time"))

    def _date_from_epoch(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        milliseconds = pc.cast(self._time_from_epoch(array, kind, path, rows), pa.int64())
        absent = np.asarray(milliseconds.is_null())
        days = np.floor_divide(np.asarray(milliseconds.fill_null(0)), _DAY_MS).astype(np.int32)
        return pc.cast(pa.array(days, mask=absent), pa.date32())

    def _parsed(self, array: pa.Array, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        """Parse dates or times that have the right form; those that name no day or hour are bad."""
        try:
            return pc.cast(array, _lake_type(kind))
        except pa.ArrowInvalid:
            distinct = pc.unique(array).to_pylist()
            bad = [value for value in distinct if value is not None and not _names_a_time(value)]
            good = pc.invert(pc.is_in(array, value_set=pa.array(bad, pa.string())))
            array = self._keep(array, good, path, rows, "is not a date that exists")
            return pc.cast(array, _lake_type(kind))

    def _matching(self, array: pa.Array, form: str, kind: str, path: str, rows: RowNumbers) -> pa.Array:
        good = pc.match_substring_regex(array, form)
        return self._keep(array, good, path, rows, f"cannot be read as {kind}")

    def _keep(self, array: pa.Array, good: pa.Array, path: str, rows: RowNumbers, complaint: str) -> pa.Array:
        """Return `array` with null in place of the values that are not good, noting their rows."""
        if pc.all(good).as_py() in {True, None}:
            return array
        bad = pc.invert(pc.if_else(array.is_valid(), good, pa.scalar(value=True)))
        for index in np.flatnonzero(np.asarray(bad)):
            self.errors.add([rows[index]], CONVERSION, path, f"{array[int(index)].as_py()!r} {complaint}")
        return pc.if_else(bad, pa.scalar(None, array.type), array)


def incompatible(path: str, source: Any, kind: str) -> BatchFailure:
    """Return the failure of a column whose type is not accepted."""
    text = f"TypeCompatibilityException: the field {path} is {source} in the data and {kind} in the schema."
    return BatchFailure("INGEST-1408-400", text)


def _lake_type(kind: str) -> pa.DataType:
    return xdm.arrow_type(xdm.XdmField(kind))


def _cast(array: pa.Array, kind: str, _path: str, _rows: RowNumbers) -> pa.Array:
    return pc.cast(array, _lake_type(kind))


def _cast_loosely(array: pa.Array, kind: str, _path: str, _rows: RowNumbers) -> pa.Array:
    return pc.cast(array, _lake_type(kind), safe=False)


def _milliseconds(array: pa.Array, kind: str, _path: str, _rows: RowNumbers) -> pa.Array:
    """Return timestamps in milliseconds; finer parts are cut off."""
    milliseconds = pc.cast(array, pa.timestamp("ms", array.type.tz), safe=False)
    return pc.cast(pc.cast(milliseconds, pa.int64()), _lake_type(kind))


def _names_a_time(text: str) -> bool:
    if len(text) == len("2000-01-01"):
        text += "T00:00:00Z"
    zone = "" if text.endswith("Z") else text[-6:]
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return not zone or (int(zone[1:3]) < 24 and int(zone[4:]) < 60)


_SOURCE_KINDS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_string, "string"),
    (pa.types.is_int64, "long"),
    (pa.types.is_uint32, "long"),
    (pa.types.is_uint64, "other"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_float32, "double"),
    (pa.types.is_float64, "double"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_date32, "date"),
)


def _source_kind(kind: pa.DataType) -> str:
    for check, name in _SOURCE_KINDS:
        if check(kind):
            return name
    # Spark, which reads Parquet there, knows no nanoseconds.
    return "timestamp" if pa.types.is_timestamp(kind) and kind.unit != "ns" else "other"
