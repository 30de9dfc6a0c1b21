"""Conversion of a column to an XDM type: ``conversion.py``, vectorised where that is proven equal.

Each rule answers an array of the target type that is null where the rule has
no answer. What was not null before is then converted one by one, so that a
rule need cover only the usual spellings, and a few odd values cost little.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep.conversion import BLANKS, FALSE_TEXTS, INTEGER_BOUNDS, TRUE_TEXTS, convert
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.moments import EPOCH, UTC, aware
from target_aep.xdm.arrow import arrow_type
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MICROSECONDS = pa.timestamp("us", tz="UTC")
_NATURAL = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    dt.datetime: _MICROSECONDS,
    dt.date: pa.date32(),
}
_INT_MAX = 2**31 - 1
_EXACT = 2**53
_FIRST = -62_135_596_800_000
_LAST = 253_402_300_799_999
"""Milliseconds of the first and last moment that a date-time can be, of the years 1 to 9999."""

_INTEGER_TEXT = r"^[ \t\n\f\r]*-?[0-9]{1,18}[ \t\n\f\r]*$"
_DOUBLE_TEXT = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"
_DATE_TEXT = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_LOCAL_TEXT = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$"
_ZONED_TEXT = _LOCAL_TEXT[:-1].replace("[T ]", "T") + r"(Z|[+-][01][0-9]:[0-5][0-9])$"


class Failure(NamedTuple):
    """A value of a column that could not be converted, or part of one.

    Args:
        row: Its position, from 0.
        path: What stands below the column's own path, ``""`` for the whole value.
        value: As it was.
        message: Why.
    """

    row: int
    path: str
    value: object
    message: str


def cast(array: pa.Array, field: Field) -> tuple[pa.Array, list[Failure]]:
    """A column as the field's Arrow type; null where a value does not convert."""
    array = plain(array)
    target = arrow_type(field)
    if array.type == target and field.type not in _CHECKED:
        return array, []
    rule = _RULES.get(field.type)
    done = rule(array, target) if rule else None
    if done is None:
        return from_values(to_values(array), field, one_by_one=True)
    rest = pc.and_(array.is_valid(), done.is_null())
    if rest.true_count == 0:
        return done, []
    positions = pc.indices_nonzero(rest)
    values, failures = _convert_each(to_values(array.take(positions)), field)
    patch = pa.array(values, target)
    rows = positions.to_pylist()
    return pc.replace_with_mask(done, rest, patch), [f._replace(row=rows[f.row]) for f in failures]


def from_values(
    values: Sequence[object], field: Field, *, one_by_one: bool = False
) -> tuple[pa.Array, list[Failure]]:
    """Values of the language as a column of the field's Arrow type.

    Args:
        values: One a row.
        field: What they become.
        one_by_one: Skip the vectorised rules.
    """
    if not one_by_one:
        kinds = set(map(type, values)) - {type(None)}
        kind = kinds.pop() if len(kinds) == 1 else None
        natural = _NATURAL.get(kind) if kind else None
        if kind is dt.datetime and field.type is not XdmType.DATE_TIME and not _all_in_utc(values):
            natural = None  # a date or a text is that of the date-time's own zone, which Arrow does not keep
        if natural is not None and field.type.is_scalar:
            try:
                return cast(pa.array(values, natural), field)
            except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
                pass  # an integer beyond 64 bits, half a surrogate pair: those values fail one by one
    converted, failures = _convert_each(values, field)
    return pa.array(converted, arrow_type(field)), failures


def _all_in_utc(values: Sequence[object]) -> bool:
    return all(value.tzinfo is UTC for value in values if isinstance(value, dt.datetime))


def to_values(array: pa.Array) -> list[object]:
    """A column as values of the language, one a row."""
    array = plain(array)
    if not pa.types.is_timestamp(array.type):
        return _values_within(array)
    whole = array.type.unit in {"s", "ms"}
    unit, thousands = ("ms", 1) if whole else ("us", 1_000)
    moments = array.cast(pa.timestamp(unit, tz=array.type.tz), safe=False).cast(pa.int64())
    # A file may hold moments beyond the calendar; as values they are nothing.
    possible = pc.and_(
        pc.greater_equal(moments, _FIRST * thousands), pc.less(moments, (_LAST + 1) * thousands)
    )
    read = _of_milliseconds if whole else _of_microseconds
    return [None if moment is None else read(moment) for moment in _only(possible, moments).to_pylist()]


def _of_milliseconds(milliseconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(milliseconds=milliseconds)


def _of_microseconds(microseconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=microseconds)


def _values_within(array: pa.Array) -> list[object]:
    """Nested values; date-times inside them are those of the language, too."""
    values: list[object] = array.to_pylist(**_MAPS if pa.types.is_nested(array.type) else {})
    return [_own(value) for value in values] if pa.types.is_nested(array.type) else values


_MAPS = {"maps_as_pydicts": "lossy"}


def _own(value: object) -> object:
    if isinstance(value, dict):
        return {key: _own(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_own(item) for item in value]
    return aware(value) if isinstance(value, dt.datetime) else value


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that ``plain`` leaves of a column."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_large_string(kind) or kind == pa.string_view() else kind


def plain(array: pa.Array) -> pa.Array:
    """A column in one piece, without encodings that only differ in memory."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    wanted = plain_type(array.type)
    return array if array.type == wanted else array.cast(wanted)


def _convert_each(values: Iterable[object], field: Field) -> tuple[list[object], list[Failure]]:
    failures: list[Failure] = []
    row = 0

    def warn(path: str, value: object, message: str) -> None:
        failures.append(Failure(row, path, value, message))

    converted = []
    for row, value in enumerate(values):  # noqa: B007  # read by warn
        converted.append(_converted(value, field, warn))
    return converted, failures


def _converted(value: object, field: Field, warn: Callable[[str, object, str], None]) -> object:
    try:
        return storable(convert(value, field, warn))
    except TransformError as error:
        warn("", value, str(error))
        return None


def storable(value: object) -> object:
    """Milliseconds are what a date-time holds."""
    if isinstance(value, dt.datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, dict):
        return {key: storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def _only(keep: pa.BooleanArray, array: pa.Array) -> pa.Array:
    return pc.if_else(keep, array, pa.scalar(None, array.type))


def _matching(array: pa.StringArray, pattern: str) -> pa.StringArray:
    return _only(pc.match_substring_regex(array, pattern), array)


def _to_string(array: pa.Array, target: pa.DataType) -> pa.Array | None:
    if pa.types.is_boolean(array.type) or pa.types.is_integer(array.type):
        return array.cast(target)
    return None


def _to_boolean(array: pa.Array, _target: pa.DataType) -> pa.Array | None:
    if not pa.types.is_string(array.type):
        return None
    true, false = (pc.is_in(array, value_set=pa.array(texts)) for texts in (TRUE_TEXTS, FALSE_TEXTS))
    return _only(pc.or_(true, false), true)


def _to_integer(xdm_type: XdmType) -> Callable[[pa.Array, pa.DataType], pa.Array | None]:
    low, high = INTEGER_BOUNDS[xdm_type]

    def to_integer(array: pa.Array, target: pa.DataType) -> pa.Array | None:
        if pa.types.is_string(array.type):
            trimmed = pc.utf8_trim(_matching(array, _INTEGER_TEXT), characters=BLANKS)
            array = trimmed.cast(pa.int64())
        elif pa.types.is_float64(array.type):
            whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), _EXACT))
            array = _only(whole, array).cast(pa.int64())
        elif not pa.types.is_signed_integer(array.type):
            return None
        if array.type.bit_width > target.bit_width:
            fits = pc.and_(pc.greater_equal(array, low), pc.less_equal(array, high))
            array = _only(fits, array)
        return array.cast(target)

    return to_integer


def _to_double(array: pa.Array, target: pa.DataType) -> pa.Array | None:
    if pa.types.is_string(array.type):
        return _matching(array, _DOUBLE_TEXT).cast(target)
    if pa.types.is_signed_integer(array.type):
        return array.cast(target, safe=False)
    if pa.types.is_float64(array.type):
        finite = pc.is_finite(array)
        return array if pc.all(finite).as_py() is not False else _only(finite, array)
    return None


def _to_date(array: pa.Array, target: pa.DataType) -> pa.Array | None:
    if pa.types.is_timestamp(array.type) and array.type.tz in {None, "UTC"}:
        return pc.floor_temporal(array, unit="day").cast(target)
    if not pa.types.is_string(array.type):
        return None
    try:
        days = _matching(array, _DATE_TEXT)
        zoned = _matching(array, _ZONED_TEXT)
        zoned.cast(_MICROSECONDS)
        return pc.coalesce(days, pc.utf8_slice_codeunits(zoned, 0, 10)).cast(target)
    except pa.ArrowInvalid:
        return None  # a day that does not exist: one by one


def _to_date_time(array: pa.Array, target: pa.DataType) -> pa.Array | None:
    if pa.types.is_timestamp(array.type):
        return _milliseconds(array.cast(pa.timestamp(array.type.unit, tz="UTC"))).cast(target)
    if pa.types.is_date32(array.type):
        return array.cast(pa.timestamp("ms")).cast(target)
    if pa.types.is_int64(array.type):
        within = pc.and_(pc.greater_equal(array, _FIRST), pc.less_equal(array, _LAST))
        long = pc.or_(pc.greater(array, _INT_MAX), pc.less(array, -_INT_MAX))
        return _only(pc.and_(within, long), array).cast(target)
    if not pa.types.is_string(array.type):
        return None
    try:
        moments = _matching(array, _ZONED_TEXT).cast(_MICROSECONDS)
        if moments.null_count > array.null_count:
            local = _matching(array, _LOCAL_TEXT)
            if local.null_count < len(local):
                moments = pc.coalesce(moments, local.cast(pa.timestamp("us")).cast(_MICROSECONDS))
        return _milliseconds(moments).cast(target)
    except pa.ArrowInvalid:
        return None


def _milliseconds(moments: pa.Array) -> pa.Array:
    """Without what is finer: a cast would do, but it rounds the years before 1970 up."""
    if moments.type.unit in {"s", "ms"}:
        return moments
    earliest = pc.min(moments.cast(pa.int64())).as_py()
    if earliest is None or earliest >= 0:
        return moments.cast(pa.timestamp("ms", tz=moments.type.tz), safe=False)
    return pc.floor_temporal(moments, unit="millisecond")


_CHECKED = frozenset({XdmType.DOUBLE, XdmType.OBJECT, XdmType.ARRAY, XdmType.MAP})
"""Types of which a column of the same Arrow type may still hold what does not convert."""

_RULES: dict[XdmType, Callable[[pa.Array, pa.DataType], pa.Array | None]] = {
    XdmType.STRING: _to_string,
    XdmType.BOOLEAN: _to_boolean,
    XdmType.DOUBLE: _to_double,
    XdmType.DATE: _to_date,
    XdmType.DATE_TIME: _to_date_time,
} | {integer: _to_integer(integer) for integer in INTEGER_BOUNDS}
