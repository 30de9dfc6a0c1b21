"""Conversion of one value to an XDM type: one function a type, one dispatch.

``null`` converts to null everywhere. A value that cannot be converted raises
``TransformError``, which nulls the smallest field around it. The columnar
form of the same rules is ``casts.py``.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING

from target_aep.dataprep import dates
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.moments import UTC, aware, iso_text
from target_aep.dataprep.semantics import describe
from target_aep.dataprep.values import DECIMAL, INTEGER, parse_integer, text
from target_aep.xdm.types import INTEGER_RANGES, Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Callable

TRUE_TEXTS = ("y", "yes", "Y", "YES", "on", "ON", "true", "TRUE")
FALSE_TEXTS = ("n", "N", "no", "NO", "off", "OFF", "false", "FALSE")
BLANKS = " \t\n\f\r"
"""White space around the text of a number or a date, which does not count."""

INTEGER_BOUNDS = dict(INTEGER_RANGES) | {XdmType.LONG: (-(2**63), 2**63 - 1)}
"""What an integer type can hold in a file. A long beyond 2^53 is held, and fails validation."""

_STRING = Field(XdmType.STRING)
_BEYOND = 2**64


def convert(value: object, field: Field, warn: Callable[[str, object, str], None], path: str = "") -> object:
    """``value`` as the field's type wants it.

    Objects keep the attributes that the field has and lose the rest (object
    copy). What fails inside an object, array or map becomes null there.

    Args:
        value: Any value of the language.
        field: The destination.
        warn: Called with path, value and reason for what becomes null inside.
        path: Where ``value`` stands, for ``warn``.

    Returns:
        ``None``, a scalar (``date`` for a date, an aware ``datetime`` for a
        date-time), a list or a dict.

    Raises:
        TransformError: The value as a whole does not fit the type.
    """
    if value is None:
        return None
    if field.type is XdmType.OBJECT:
        return _object(value, field, warn, path)
    if field.type is XdmType.ARRAY:
        return _array(value, field.items or _STRING, warn, path)
    if field.type is XdmType.MAP:
        return _map(value, field.items or _STRING, warn, path)
    return SCALARS[field.type](value)


def _inside(value: object, field: Field, warn: Callable[[str, object, str], None], path: str) -> object:
    try:
        return convert(value, field, warn, path)
    except TransformError as error:
        warn(path, value, str(error))
        return None


def _object(value: object, field: Field, warn: Callable[[str, object, str], None], path: str) -> object:
    if not isinstance(value, dict):
        raise _misfit(value, "an object")
    names = (name for name in value if name in field.fields)
    result = {name: _inside(value[name], field.fields[name], warn, f"{path}.{name}") for name in names}
    return {name: content for name, content in result.items() if content is not None} or None


def _array(value: object, items: Field, warn: Callable[[str, object, str], None], path: str) -> object:
    if not isinstance(value, list):
        if not items.type.is_scalar or isinstance(value, dict):
            raise _misfit(value, "an array")
        return [convert(value, items, warn, path)]
    return [_inside(item, items, warn, f"{path}[{index}]") for index, item in enumerate(value)]


def _map(value: object, items: Field, warn: Callable[[str, object, str], None], path: str) -> object:
    if not isinstance(value, dict):
        raise _misfit(value, "a map")
    result = {to_string(key): _inside(item, items, warn, f"{path}.{key}") for key, item in value.items()}
    return {key: item for key, item in result.items() if item is not None} or None


def _misfit(value: object, wanted: str) -> TransformError:
    return TransformError(f"{describe(value)} is not {wanted}")


def to_string(value: object) -> str:
    """Scalars as text: numbers in decimal notation, dates in ISO 8601."""
    if isinstance(value, (list, dict)):
        raise _misfit(value, "a text")
    result = text(value)
    if not result.isascii():
        try:
            result.encode()
        except UnicodeEncodeError:
            message = "the text has half of a surrogate pair"
            raise TransformError(message) from None
    return result


def to_boolean(value: object) -> bool:
    """A truth value, or one of the documented texts."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value in TRUE_TEXTS:
            return True
        if value in FALSE_TEXTS:
            return False
    raise _misfit(value, "true or false")


def to_double(value: object) -> float:
    """A number or its text in decimal notation, if it is finite."""
    given = value
    if isinstance(value, str) and DECIMAL.fullmatch(value.strip(BLANKS)):
        value = float(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _misfit(given, "a number")


def _to_integer(xdm_type: XdmType) -> Callable[[object], int]:
    low, high = INTEGER_BOUNDS[xdm_type]

    def to_integer(value: object) -> int:
        """An integer in the type's range; a fraction must be zero."""
        number = _whole(value)
        if number is None:
            raise _misfit(value, "an integer")
        if not low <= number <= high:
            message = f"{number} is beyond the range of {xdm_type.value}, {low} to {high}"
            raise TransformError(message)
        return number

    return to_integer


def _whole(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str):
        stripped = value.strip(BLANKS)
        if INTEGER.fullmatch(stripped):
            return parse_integer(stripped)
        value = Decimal(stripped) if DECIMAL.fullmatch(stripped) else None
    if isinstance(value, (float, Decimal)) and math.isfinite(value) and -_BEYOND < value < _BEYOND:
        return int(value) if value == int(value) else None
    return None


def to_date(value: object) -> dt.date:
    """The day of a date or date-time in its own zone; texts as ``dates.parse``."""
    if type(value) is dt.date:
        return value
    return dates.to_date_time(value).date()


def to_date_time(value: object) -> dt.datetime:
    """A date-time; see ``dates.to_date_time``."""
    return dates.to_date_time(value)


SCALARS: dict[XdmType, Callable[[object], object]] = {
    XdmType.STRING: to_string,
    XdmType.BOOLEAN: to_boolean,
    XdmType.DOUBLE: to_double,
    XdmType.DATE: to_date,
    XdmType.DATE_TIME: to_date_time,
} | {integer: _to_integer(integer) for integer in INTEGER_BOUNDS}


def to_json(value: object) -> object:  # noqa: PLR0911  # one line a type
    """A converted value as JSON has it: dates as ISO 8601, date-times in UTC, no infinite numbers."""
    match value:
        case dt.datetime():
            return iso_text(aware(value).astimezone(UTC))
        case dt.date():
            return value.isoformat()
        case float() | Decimal() if not math.isfinite(value):
            return None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case _:
            return value
