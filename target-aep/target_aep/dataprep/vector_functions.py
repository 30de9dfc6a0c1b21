"""Functions of the language as Arrow operations, where the results are equal in every case.

Each builder takes the vectors of the arguments and answers the vector of the
call, or ``None`` if it has none for arguments of those kinds.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep import regexes, vector_dates
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions import regex, strings
from target_aep.dataprep.limits import check_text
from target_aep.dataprep.vectors import (
    ARROW,
    BOOLEAN,
    INTEGER,
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
        joined = pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
        # Bytes are no fewer than characters; by record it shows which texts are too long.
        check_text(pc.max(pc.binary_length(joined)).as_py() or 0, "the concatenation")
        return joined

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


def _digest(algorithm: Callable[..., hashlib._Hash]) -> Callable[[list[Vector]], Vector | None]:
    """A hash of a text in UTF-8: no Arrow operation, but no detour either."""

    def build(arguments: list[Vector]) -> Vector | None:
        text = arguments[0]
        if len(arguments) > 1 or text.kind != STRING or text.constant:
            return None

        def compute(source: Source) -> Column:
            values = text.values(source)
            return [value if value is None else algorithm(value.encode()).hexdigest() for value in values]

        return Vector(STRING, compute)

    return build


def _matches_regex(arguments: list[Vector]) -> Vector | None:
    """A constant pattern on texts that are short enough to need no time-out."""
    text, pattern = arguments
    if text.kind != STRING or text.constant or not (pattern.constant and pattern.kind == STRING):
        return None
    try:
        known = regexes.compile_pattern(str(pattern.value))
    except TransformError:
        return None
    by_value = mapped(regex.matches_regex, arguments, BOOLEAN)
    match = known.compiled.fullmatch

    def compute(source: Source) -> Column:
        values = text.values(source)
        if max((len(value) for value in values if value is not None), default=0) > known.short:
            return by_value.compute(source)
        return [value if value is None else match(value) is not None for value in values]

    return Vector(BOOLEAN, compute)


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
    "date": vector_dates.date,
    "format": vector_dates.format_,
    "md5": _digest(functools.partial(hashlib.md5, usedforsecurity=False)),
    "sha1": _digest(functools.partial(hashlib.sha1, usedforsecurity=False)),
    "sha256": _digest(hashlib.sha256),
    "sha512": _digest(hashlib.sha512),
    "matches_regex": _matches_regex,
}
