"""From a column of wire texts to a column of typed values.

The wire is all texts: ``"42"``, ``"12.50"``, ``"True"``, ``"6/23/2024 1:02:03 PM"``, and ``""``
for null. Everything here works on whole columns and lets other threads run meanwhile.

A text that is no value of its type becomes null. It is counted, and never guessed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tap_sfmc.values.clock import fixed_offset
from tap_sfmc.values.field_types import Kind, arrow_type, field_type

if TYPE_CHECKING:
    from datetime import tzinfo

    from tap_sfmc.data_extensions import Field

_WIRE_DATE = "%m/%d/%Y %I:%M:%S %p"
# What the wire would have if a tenant's culture or a gateway wrote dates otherwise.
_OTHER_DATES = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
_END_OF_TIME = pa.scalar(253_402_300_799, pa.int64())  # 9999-12-31T23:59:59Z
_START_OF_TIME = pa.scalar(-62_135_596_800, pa.int64())  # 0001-01-01T00:00:00Z


def read(texts: pa.Array, field: Field, zone: tzinfo) -> pa.Array:
    """Type a column.

    Args:
        texts: Strings as the wire has them; null where the wire had nothing at all.
        field: Says the type, and whether ``""`` is a value: it is one in required texts.
        zone: The clock of its dates.

    Returns:
        As many values, of the field's Arrow type.
    """
    kind = field_type(field).kind
    if kind is Kind.TEXT:
        return texts if field.required else _blank_to_null(texts)
    given = _blank_to_null(texts)
    values = _READERS[kind](given, arrow_type(field), zone)
    if values.null_count > given.null_count:
        values = _READERS[kind](_blank_to_null(pc.utf8_trim_whitespace(texts)), arrow_type(field), zone)
    return values


def unreadable(texts: pa.Array, values: pa.Array) -> int:
    """How many texts that say something became null."""
    if values.null_count == texts.null_count or pa.types.is_string(values.type):
        return 0
    blank = pc.sum(pc.equal(pc.utf8_trim_whitespace(texts), "")).as_py() or 0
    return int(max(0, values.null_count - texts.null_count - blank))


def _blank_to_null(texts: pa.Array) -> pa.Array:
    blank = pc.equal(texts, "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), texts) if pc.any(blank).as_py() else texts


def _numbers(texts: pa.Array, to: pa.DataType, zone: tzinfo) -> pa.Array:
    try:
        return pc.cast(texts, to)
    except pa.ArrowInvalid:
        # One text that is no number fails the whole cast: halve until it stands alone.
        if len(texts) == 1:
            return pa.nulls(1, to)
        middle = len(texts) // 2
        return pa.concat_arrays([_numbers(texts[:middle], to, zone), _numbers(texts[middle:], to, zone)])


def _booleans(texts: pa.Array, to: pa.DataType, zone: tzinfo) -> pa.Array:  # noqa: ARG001
    true, false = pc.equal(texts, "True"), pc.equal(texts, "False")
    if pc.all(pc.or_(true, false)).as_py():
        return true
    words = pc.utf8_lower(texts)
    true, false = pc.is_in(words, pa.array(["true", "1"])), pc.is_in(words, pa.array(["false", "0"]))
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, to))


def _date_times(texts: pa.Array, to: pa.DataType, zone: tzinfo) -> pa.Array:
    readings = _readings(texts, _WIRE_DATE)
    if readings.null_count > texts.null_count:
        plain = pc.replace_substring_regex(texts, r"\.\d+$", "")
        for form in _OTHER_DATES:
            readings = pc.coalesce(readings, _readings(plain, form))
    offset = fixed_offset(zone)
    if offset is None:
        moments = pc.assume_timezone(readings, str(zone), ambiguous="earliest", nonexistent="latest")
        seconds = pc.cast(moments, pa.int64())
    else:
        seconds = pc.subtract(
            pc.cast(readings, pa.int64()), pa.scalar(offset // timedelta(seconds=1), pa.int64())
        )
    # The year 10000 cannot be written: "never" is often stored as the last second of 9999.
    inside = pc.and_(pc.less_equal(seconds, _END_OF_TIME), pc.greater_equal(seconds, _START_OF_TIME))
    return pc.cast(pc.if_else(inside, seconds, None), to)


def _readings(texts: pa.Array, form: str) -> pa.Array:
    parsed = pc.strptime(texts, format=form, unit="s", error_is_null=True)
    # The C library reads 2/30 as 3/1; a day that does not exist is not to be invented.
    early = pc.indices_nonzero(pc.less_equal(pc.day(parsed), 3))
    overflowed = early.filter(pc.match_substring_regex(texts.take(early), r"^\d+[/-](\d+-)?(29|30|31)\b"))
    if not len(overflowed):
        return parsed
    unreal = pc.is_in(pa.array(range(len(texts)), overflowed.type), overflowed)
    return pc.if_else(unreal, pa.scalar(None, parsed.type), parsed)


_READERS = {
    Kind.INTEGER: _numbers,
    Kind.DECIMAL: _numbers,
    Kind.BOOLEAN: _booleans,
    Kind.DATE_TIME: _date_times,
}
