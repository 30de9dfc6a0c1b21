"""What a value is in the language, and how it is written as text.

Values are ``None``, ``bool``, ``int`` (Java's Byte to BigInteger), ``float``,
``Decimal``, ``str``, ``datetime``, ``date``, ``list`` and ``dict``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeGuard

from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_DIGITS
from target_aep.dataprep.moments import epoch_milliseconds, iso_text

if TYPE_CHECKING:
    from collections.abc import Mapping

INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """A number and not a truth value, which Python takes for one."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def text(value: object) -> str:  # noqa: PLR0911  # one answer a type
    """The text of a value; ``null`` has none.

    Raises:
        TransformError: ``value`` is null.
    """
    match value:
        case str():
            return value
        case None:
            message = "null has no text"
            raise TransformError(message)
        case bool():
            return "true" if value else "false"
        case int():
            return integer_text(value)
        case float() | Decimal():
            return number_text(value)
        case dt.datetime():
            return iso_text(value)
        case list():
            return "[" + ",".join(member_text(item) for item in value) + "]"
        case dict():
            return object_text(value)
        case _:
            return str(value)


def integer_text(value: int) -> str:
    """An integer in decimal notation.

    Raises:
        TransformError: It has more than ``MAX_DIGITS`` digits, or about as many.
    """
    if value.bit_length() > MAX_DIGITS * 10 // 3:
        message = f"an integer of more than {MAX_DIGITS} digits"
        raise TransformError(message)
    return str(value)


def number_text(value: float | Decimal) -> str:
    """A fractional number in decimal notation, without an exponent: ``20.5``, ``5.0``."""
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    shortest = repr(value) if isinstance(value, float) else str(value)
    return format(Decimal(shortest), "f") if "e" in shortest or "E" in shortest else shortest


def object_text(value: Mapping[str, object]) -> str:
    """An object inside a text, in the form that Adobe's destinations print.

    ``{'id':123,'founded':1990,'latestInteraction':1708041600000}``: no blanks,
    single quotes, dates as epoch milliseconds. An XDM date is an ISO text in a
    JSON record, so texts of that form count as dates here.
    """
    return "{" + ",".join(f"'{key}':{member_text(item)}" for key, item in value.items()) + "}"


def member_text(value: object) -> str:
    """A member of an object or array inside a text."""
    match value:
        case None:
            return "null"
        case str():
            instant = _iso_instant(value)
            return f"'{value}'" if instant is None else str(instant)
        case dt.date():
            return str(epoch_milliseconds(value))
        case _:
            return text(value)


_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|[+-]\d\d:\d\d))?")


def _iso_instant(value: str) -> int | None:
    if not _ISO.fullmatch(value):
        return None
    try:
        if "T" in value:
            instant = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
            return epoch_milliseconds(instant)
        return epoch_milliseconds(dt.date.fromisoformat(value))
    except ValueError:
        return None


def parse_integer(value: str) -> int | None:
    """The integer that a text spells, or ``None``.

    Raises:
        TransformError: It has more than ``MAX_DIGITS`` digits.
    """
    if not INTEGER.fullmatch(value):
        return None
    if len(value) > MAX_DIGITS:
        message = f"an integer of more than {MAX_DIGITS} digits"
        raise TransformError(message)
    return int(value)


def parse_number(value: str) -> int | float | None:
    """The number that a text spells in decimal notation, or ``None``."""
    whole = parse_integer(value)
    if whole is not None:
        return whole
    return float(value) if DECIMAL.fullmatch(value) else None
