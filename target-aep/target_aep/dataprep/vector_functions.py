"""Functions of the language as Arrow operations, where the results are equal in every case.

Each builder takes the vectors of the arguments and answers the vector of the
call, or ``None`` if it has none for arguments of those kinds.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep.date_patterns import Token, tokens
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions import dates, strings
from target_aep.dataprep.vectors import (
    ARROW,
    INTEGER,
    MOMENT,
    NULL,
    STRING,
    Column,
    Vector,
    mapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_aep.dataprep.sources import Source

_LATIN = 0x250
"""Code points below are compared once with Python's case mapping; texts with others are left to it."""

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


def _concat(arguments: list[Vector]) -> Vector | None:
    if not {argument.kind for argument in arguments} <= {STRING, INTEGER, NULL}:
        return None
    if all(argument.constant for argument in arguments):
        return None

    def part(argument: Vector, source: Source) -> pa.Array:
        if argument.constant:
            return pa.scalar("" if argument.value is None else str(argument.value))
        column = argument.arrow(source)
        return column if argument.kind == STRING else column.cast(pa.string())

    def compute(source: Source) -> Column:
        parts = [part(argument, source) for argument in arguments]
        return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")

    return Vector(STRING, compute)


def _text_operation(
    arguments: list[Vector], operation: Callable[[pa.StringArray], pa.StringArray]
) -> Vector | None:
    text = arguments[0]
    if text.kind != STRING or text.constant:
        return None
    return Vector(STRING, lambda source: operation(text.arrow(source)))


def _case(
    operation: Callable[[pa.StringArray], pa.StringArray], change: Callable[[str], str]
) -> Callable[[list[Vector]], Vector | None]:
    @functools.cache
    def unlike() -> str:
        """Matches texts with a character that Arrow and Python may change differently."""
        letters = list(map(chr, range(_LATIN)))
        changed = operation(pa.array(letters)).to_pylist()
        odd = [one for one, other in zip(letters, changed, strict=True) if change(one) != other]
        listed = "".join(f"\\x{{{ord(one):x}}}" for one in odd)
        return f"[^\\x{{0}}-\\x{{{_LATIN - 1:x}}}]" + (f"|[{listed}]" if listed else "")

    def apply(array: pa.StringArray) -> pa.StringArray:
        result = operation(array)
        if pc.all(pc.string_is_ascii(array)).as_py() is not False:
            return result
        odd = pc.fill_null(pc.match_substring_regex(array, unlike()), fill_value=False)
        if odd.true_count == 0:
            return result
        patch = pa.array([change(text) for text in array.filter(odd).to_pylist()], pa.string())
        return pc.replace_with_mask(result, odd, patch)

    return lambda arguments: _text_operation(arguments, apply)


def _slice(arguments: list[Vector]) -> Vector | None:
    """``substr(text, 2, 3)`` and ``left(text, 3)`` with constant positions."""
    positions = arguments[1:]
    if any(not each.constant or each.kind != INTEGER for each in positions):
        return None
    numbers = [max(int(each.value), 0) for each in positions]  # type: ignore[call-overload]
    start, length = numbers if len(numbers) == 2 else (0, numbers[0])  # noqa: PLR2004
    return _text_operation(
        arguments, lambda array: pc.utf8_slice_codeunits(array, start=start, stop=start + length)
    )


def _substr(arguments: list[Vector]) -> Vector | None:
    return _slice(arguments) if len(arguments) == 3 else None  # noqa: PLR2004


def _coalesce(arguments: list[Vector]) -> Vector | None:
    kinds = {argument.kind for argument in arguments} - {NULL}
    if len(arguments) == 1 or len(kinds) != 1 or not kinds <= set(ARROW):
        return None
    given = [argument for argument in arguments if argument.kind != NULL]
    if given[0].constant:
        return None

    def compute(source: Source) -> Column:
        return pc.coalesce(*(argument.arrow(source) for argument in given))

    return Vector(kinds.pop(), compute)


def _decode(arguments: list[Vector]) -> Vector | None:
    key, *options = arguments
    default = options.pop() if len(options) % 2 else None
    keys, answers = options[::2], options[1::2]
    constant = all(option.constant for option in options)
    if key.kind != STRING or key.constant or not constant or not options:
        return None
    if {option.kind for option in keys} != {STRING} or not {each.kind for each in answers} <= {STRING, NULL}:
        return None
    if default is not None and default.kind not in {STRING, NULL}:
        return None
    table: dict[object, object] = {}
    for option, answer in zip(keys, answers, strict=True):
        table.setdefault(option.value, answer.value)
    known, found = pa.array(list(table), pa.string()), pa.array(list(table.values()), pa.string())

    def compute(source: Source) -> Column:
        places = pc.index_in(key.arrow(source), value_set=known)
        result = found.take(places)
        if default is None or default.kind == NULL:
            return result
        return pc.if_else(places.is_valid(), result, default.arrow(source))

    return Vector(STRING, compute)


def _date(arguments: list[Vector]) -> Vector | None:
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


def _format(arguments: list[Vector]) -> Vector | None:
    """Numbers of fixed width, for moments in UTC from 1970 on."""
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


def _stripped(function: Callable[..., pa.StringArray]) -> Callable[[list[Vector]], Vector | None]:
    return lambda arguments: _text_operation(
        arguments, lambda array: function(array, characters=strings.BLANKS)
    )


SPECIAL: dict[str, Callable[[list[Vector]], Vector | None]] = {
    "concat": _concat,
    "lower": _case(pc.utf8_lower, str.lower),
    "lcase": _case(pc.utf8_lower, str.lower),
    "upper": _case(pc.utf8_upper, str.upper),
    "ucase": _case(pc.utf8_upper, str.upper),
    "trim": _stripped(pc.utf8_trim),
    "ltrim": _stripped(pc.utf8_ltrim),
    "rtrim": _stripped(pc.utf8_rtrim),
    "substr": _substr,
    "left": _slice,
    "coalesce": _coalesce,
    "decode": _decode,
    "date": _date,
    "format": _format,
}
