"""Functions that make numbers of texts."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.registry import Category, function
from target_aep.dataprep.semantics import describe
from target_aep.dataprep.values import is_number, parse_number

if TYPE_CHECKING:
    from decimal import Decimal

_INTEGERS = range(-(2**31), 2**31)


def _number(value: object) -> int | float | Decimal:
    found = value if is_number(value) else parse_number(value.strip()) if isinstance(value, str) else None
    if found is None:
        message = f"{describe(value)} is not a number"
        raise TransformError(message)
    return found


@function("to_bigint(STRING)", Category.CONVERSION)
def to_bigint(value: object) -> int | float | Decimal | None:
    """Make a big integer of a text. A fraction is kept, as in Adobe's sample."""
    return None if value is None else _number(value)


@function("to_decimal(STRING)", Category.CONVERSION)
def to_decimal(value: object) -> float | None:
    """Make a double of a text."""
    return None if value is None else float(_number(value))


@function("to_float(STRING)", Category.CONVERSION)
def to_float(value: object) -> float | None:
    """Make a number of 32-bit precision of a text, printed with as few digits as tell it apart."""
    if value is None:
        return None
    try:
        single = struct.unpack("f", struct.pack("f", _number(value)))[0]
    except OverflowError:
        single = math.inf
    if not math.isfinite(single):
        message = f"{describe(value)} is beyond the range of a number of 32 bits"
        raise TransformError(message)
    texts = (f"{single:.{digits}g}" for digits in range(6, 10))
    return float(
        next(text for text in texts if struct.unpack("f", struct.pack("f", float(text)))[0] == single)
    )


@function("to_integer(STRING)", Category.CONVERSION)
def to_integer(value: object) -> int | None:
    """Make a 32-bit integer of a text; one with a fraction or out of range is an error."""
    if value is None:
        return None
    number = _number(value)
    if number != int(number) or int(number) not in _INTEGERS:
        message = f"{describe(value)} is not an integer of 32 bits"
        raise TransformError(message)
    return int(number)
