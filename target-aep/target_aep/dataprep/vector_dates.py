"""``date`` and ``format`` as Arrow operations, where the results are equal in every case.

Dates in usual patterns are numbers in a fixed order: Arrow reads and writes
those many times as fast. As soon as one value of a column is different, the
whole column is left to ``functions/dates.py``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep.date_patterns import Token, tokens
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions import dates
from target_aep.dataprep.vectors import MOMENT, STRING, Column, Vector, mapped

if TYPE_CHECKING:
    from target_aep.dataprep.sources import Source

_ISO_TEXTS = {
    "yyyy-MM-dd": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "yyyy-MM-dd HH:mm:ss": r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    "yyyy-MM-dd'T'HH:mm:ss": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "yyyy-MM-dd'T'HH:mm:ss'Z'": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "yyyy-MM-dd'T'HH:mm:ssX": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "yyyy-MM-dd'T'HH:mm:ssXXX": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "yyyy-MM-dd'T'HH:mm:ss.SSSX": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
    None: r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?Z?",
}
"""Texts in ISO order and UTC that a pattern reads, and that Arrow reads alike. ``None`` is no pattern."""


def date(arguments: list[Vector]) -> Vector | None:
    """``date(text)`` and ``date(text, pattern)`` of a column and a constant pattern."""
    text, pattern = arguments[0], arguments[1].value if len(arguments) > 1 else None
    if text.kind != STRING or text.constant or any(not each.constant for each in arguments[1:]):
        return None
    if len(arguments) > 2 or not (pattern is None or isinstance(pattern, str)):  # noqa: PLR2004
        return None
    by_value = mapped(dates.date, arguments)
    texts = _ISO_TEXTS.get(pattern)
    if texts is None:
        return _numeric_date(text, pattern or "", by_value)
    # Arrow knows a year 0, and Python does not.
    whole = f"^[12][0-9]{{3}}{texts.removeprefix('[0-9]{4}')}$"

    def compute(source: Source) -> Column:
        array = text.arrow(source)
        if pc.all(pc.match_substring_regex(array, whole)).as_py() is not False:
            try:
                return _utc(array)
            except pa.ArrowInvalid:
                pass  # a day that does not exist
        return by_value.compute(source)

    return Vector(MOMENT, compute)


def _utc(array: pa.StringArray) -> pa.TimestampArray:
    local = pc.utf8_rtrim(array, characters="Z")
    return local.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


_FIELDS = {"y": "year", "M": "month", "d": "day", "H": "hour", "m": "minute", "s": "second"}


def _numeric_date(text: Vector, pattern: str, by_value: Vector) -> Vector | None:
    """Patterns of numbers in any order: each text is rewritten in ISO order."""
    try:
        parsed = tokens(pattern)
    except TransformError:
        return None
    letters = [token.letter for token in parsed if token.letter]
    if len(set(letters)) != len(letters) or not set("yMd") <= set(letters) <= set(_FIELDS):
        return None
    if any(token.width != 4 if token.letter == "y" else token.width > 2 for token in parsed if token.letter):  # noqa: PLR2004
        return None
    expression = "".join(map(_group, parsed))

    def compute(source: Source) -> Column:
        array = text.arrow(source)
        fields = pc.extract_regex(array, f"^{expression}$")
        if fields.null_count > array.null_count:
            return by_value.compute(source)
        parts = {
            name: pc.utf8_lpad(pc.struct_field(fields, name), 2, "0")
            if letter in letters
            else pa.scalar("00")
            for letter, name in _FIELDS.items()
        }
        day = pc.binary_join_element_wise(parts["year"], parts["month"], parts["day"], "-")
        time = pc.binary_join_element_wise(parts["hour"], parts["minute"], parts["second"], ":")
        try:
            return _utc(pc.binary_join_element_wise(day, time, "T"))
        except pa.ArrowInvalid:
            return by_value.compute(source)

    return Vector(MOMENT, compute)


def _group(token: Token) -> str:
    if not token.letter:
        return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", token.text)
    digits = "[12][0-9]{3}" if token.letter == "y" else "[0-9]{2}" if token.width == 2 else "[0-9]{1,2}"  # noqa: PLR2004
    return f"(?P<{_FIELDS[token.letter]}>{digits})"


_DIRECTIVES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_YEAR_1970, _YEAR_9999 = 0, 253_402_300_799


def format_(arguments: list[Vector]) -> Vector | None:
    """``format(moment, pattern)`` in numbers of fixed width, for moments in UTC from 1970 on."""
    moment, pattern = arguments
    if moment.kind != MOMENT or not pattern.constant or not isinstance(pattern.value, str):
        return None
    try:
        parsed = tokens(pattern.value)
    except TransformError:
        return None
    if any(token.letter and token.text not in _DIRECTIVES for token in parsed):
        return None
    wanted = "".join(_DIRECTIVES[t.text] if t.letter else t.text.replace("%", "%%") for t in parsed)
    by_value = mapped(dates.format_, arguments, STRING)

    def compute(source: Source) -> Column:
        column = moment.compute(source)
        if isinstance(column, list) or column.type.tz not in {None, "UTC"}:
            return by_value.compute(source)
        seconds = column.cast(pa.timestamp("s", tz=column.type.tz), safe=False)
        span = pc.min_max(seconds.cast(pa.int64())).as_py()
        if span["min"] is None or span["min"] <= _YEAR_1970 or span["max"] > _YEAR_9999:
            return by_value.compute(source)
        return pc.strftime(seconds, format=wanted)

    return Vector(STRING, compute)
