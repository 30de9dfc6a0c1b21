"""Arithmetic, comparison and truth, as Apache Commons JEXL 3.3 has them.

Where Adobe does not say whether JEXL runs strict or lenient, the choice is
this: null is harmless (``1 + null`` is 1, ``null < 1`` is false, ``"a" + null``
is ``"a"``), numeric texts are numbers beside a number, and what has no answer
(``10 / 0``, ``"a" * 2``) is an error, which nulls the destination.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import operator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from target_aep.dataprep import regexes
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_DIGITS, MAX_RANGE, check_text
from target_aep.dataprep.moments import aware
from target_aep.dataprep.values import is_number, parse_number, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Number: TypeAlias = int | float | Decimal

_MAX_BITS = (10**MAX_DIGITS).bit_length()
_DECIMAL128 = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN)


def truthy(value: object) -> bool:
    """False: null, ``false``, 0, NaN, ``""`` and ``"false"``; everything else is true."""
    if value is True or value is False or value is None:
        return value is True
    if isinstance(value, str):
        return value not in {"", "false"}
    if is_number(value):
        return not (value == 0 or value != value)  # noqa: PLR0124  # NaN
    return True


def is_empty(value: object) -> bool:
    """The operator ``empty``: null, ``""``, an empty array or object, 0, NaN."""
    if is_number(value):
        return not truthy(value)
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def size(value: object) -> int:
    """The operator ``size``: length of a text, members of an array or object, 0 of null.

    Raises:
        TransformError: Numbers, truth values and dates have no size.
    """
    if value is None:
        return 0
    if isinstance(value, (str, list, dict)):
        return len(value)
    message = f"{describe(value)} has no size"
    raise TransformError(message)


def number(value: object) -> Number:
    """``value`` as an operand of arithmetic; null counts as 0.

    Raises:
        TransformError: It is no number and no text of one.
    """
    if is_number(value):
        return value
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        return int(value)
    parsed = parse_number(value) if isinstance(value, str) else None
    if parsed is None:
        message = f"{describe(value)} is not a number"
        raise TransformError(message)
    return parsed


def describe(value: object) -> str:  # noqa: PLR0911  # one answer a type
    """A value in an error message: what it is, and its beginning."""
    match value:
        case None:
            return "null"
        case bool():
            return text(value)
        case str():
            return f"the text {value[:40]!r}" + ("…" if len(value) > 40 else "")  # noqa: PLR2004
        case list():
            return f"an array of {len(value)}"
        case dict():
            return "an object"
        case dt.date():
            return f"the date {value}"
        case _:
            return f"the number {str(value)[:40]}"


def add(left: object, right: object) -> object:
    """``left + right``: a sum of numbers and numeric texts, else a concatenation."""
    if isinstance(left, str) and isinstance(right, str):
        return _concatenate(left, right)
    try:
        return calculate(operator.add, left, right)
    except TransformError:
        return _concatenate("" if left is None else text(left), "" if right is None else text(right))


def _concatenate(left: str, right: str) -> str:
    check_text(len(left) + len(right), "the concatenation")
    return left + right


def calculate(function: Callable[[Number, Number], Number], left: object, right: object) -> Number:
    """An arithmetic function of two operands, of which a decimal one makes both decimal.

    Two nulls make 0 whatever the function is.
    """
    if type(left) is int and type(right) is int:
        return function(left, right)
    if left is None and right is None:
        return 0
    one, other = number(left), number(right)
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        with decimal.localcontext(_DECIMAL128):
            return function(Decimal(str(one)), Decimal(str(other)))
    return function(one, other)


def multiply(left: Number, right: Number) -> Number:
    """The product, of at most ``MAX_DIGITS`` digits."""
    product = left * right  # type: ignore[operator]
    if type(product) is int and product.bit_length() > _MAX_BITS:
        message = f"a product of more than {MAX_DIGITS} digits"
        raise TransformError(message)
    return product


def divide(left: Number, right: Number) -> Number:
    """Integers divide to an integer, rounded towards zero."""
    if right == 0:
        message = "division by zero"
        raise TransformError(message)
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right  # type: ignore[operator]


def remainder(left: Number, right: Number) -> Number:
    """The remainder has the sign of ``left``."""
    if right == 0:
        message = "division by zero"
        raise TransformError(message)
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right) if isinstance(left, float) or isinstance(right, float) else left % right


def _bits(function: Callable[[int, int], int]) -> Callable[[object, object], object]:
    return lambda left, right: function(truncated(left), truncated(right))


def _numbers(function: Callable[[Number, Number], Number]) -> Callable[[object, object], object]:
    return lambda left, right: calculate(function, left, right)


ARITHMETIC: Mapping[str, Callable[[object, object], object]] = {
    "+": add,
    "-": _numbers(operator.sub),
    "*": _numbers(multiply),
    "/": _numbers(divide),
    "%": _numbers(remainder),
    "&": _bits(operator.and_),
    "|": _bits(operator.or_),
    "^": _bits(operator.xor),
}


def integer(value: object) -> int:
    """``value`` as an integer.

    Raises:
        TransformError: It has a fraction, or is no number.
    """
    if type(value) is int:
        return value
    result = number(value)
    if math.isfinite(result) and result == int(result):
        return int(result)
    message = f"{describe(value)} is not an integer"
    raise TransformError(message)


def truncated(value: object) -> int:
    """``value`` as an operand of a bit operator or a range: a number loses its fraction, as Java casts it.

    Raises:
        TransformError: It is no number, or a text of one with a fraction.
    """
    if isinstance(value, (float, Decimal)) and math.isfinite(value):
        return int(value)
    return integer(value)


def negate(value: object) -> object:
    """``-value``; null stays null."""
    if isinstance(value, bool):
        return not value
    return None if value is None else -number(value)


def plus(value: object) -> object:
    """``+value``; null stays null."""
    return None if value is None else number(value)


def complement(value: object) -> object:
    """``~value``."""
    return ~truncated(value)


def equal(left: object, right: object) -> bool:
    """``left == right``: null equals only null, a text beside a number is read as one."""
    kind = type(left)
    if kind is type(right) and kind in _SELF_ORDERED:
        return left == right
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return truthy(left) == truthy(right)
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return left == right
    return compare(left, right) == 0


def compare(left: object, right: object) -> int:
    """-1, 0 or 1 by the natural order of two values that are not null.

    Raises:
        TransformError: They have no order.
    """
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        first, second = _instant(left), _instant(right)
        return (first > second) - (first < second)
    numbers = _as_numbers(left, right)
    if numbers:
        left_number, right_number = numbers
        return 0 if left_number == right_number else -1 if left_number < right_number else 1
    if isinstance(left, str) or isinstance(right, str):
        return compare(text(left), text(right))
    message = f"{describe(left)} and {describe(right)} have no order"
    raise TransformError(message)


def _instant(value: dt.date) -> dt.datetime:
    if isinstance(value, dt.datetime):
        # Of two in one zone Python compares the clocks, which show an hour of autumn twice.
        return value if value.tzinfo is dt.timezone.utc else aware(value).astimezone(dt.timezone.utc)
    return dt.datetime(value.year, value.month, value.day, tzinfo=dt.timezone.utc)


def _as_numbers(left: object, right: object) -> tuple[Number, Number] | None:
    truths = isinstance(left, bool) and isinstance(right, bool)
    if not (truths or is_number(left) or is_number(right)):
        return None
    try:
        return number(left), number(right)
    except TransformError:
        return None


_SELF_ORDERED = frozenset({int, float, str})
_KINDS = (str, bool, int, float, Decimal, list, dict, dt.datetime)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    of_nulls = test(0, 0)

    def ordered(left: object, right: object) -> bool:
        kind = type(left)
        if kind is type(right) and kind in _SELF_ORDERED:
            return test(left, right)
        if left is None or right is None:
            return of_nulls and left is right
        return test(compare(left, right), 0)

    return ordered


def same(left: object, right: object) -> bool:
    """Equality as Java's ``equals`` has it: values of one kind, no text beside a number, no 1 beside 1.0."""
    if type(left) is type(right):
        return left == right
    kinds = [next((kind for kind in _KINDS if isinstance(side, kind)), None) for side in (left, right)]
    return kinds[0] is kinds[1] and left == right


def matches(left: object, right: object) -> bool:
    """``left =~ right``: a member of an array or object, else a whole match of a pattern."""
    if left is None or right is None:
        return left is right
    if isinstance(right, list):
        return any(same(left, item) for item in right)
    if isinstance(right, dict):
        return left in right if isinstance(left, (str, int)) else False
    return regexes.full_match(text(right), text(left))


def starts_with(left: object, right: object) -> bool:
    """``left =^ right``: of a text; what is none begins with what equals it."""
    if not isinstance(left, str) or right is None:
        return equal(left, right)
    return left.startswith(text(right))


def ends_with(left: object, right: object) -> bool:
    """``left =$ right``: of a text; what is none ends with what equals it."""
    if not isinstance(left, str) or right is None:
        return equal(left, right)
    return left.endswith(text(right))


def span(left: object, right: object) -> list[int]:
    """``left..right``, both ends included.

    Raises:
        TransformError: It has more than ``MAX_RANGE`` members.
    """
    first, last = truncated(left), truncated(right)
    if abs(last - first) >= MAX_RANGE:
        message = f"the range {first}..{last} has more than {MAX_RANGE} members"
        raise TransformError(message)
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def _not(test: Callable[[object, object], bool]) -> Callable[[object, object], bool]:
    return lambda left, right: not test(left, right)


COMPARISON: Mapping[str, Callable[[object, object], object]] = {
    "==": equal,
    "!=": _not(equal),
    "<": _ordered(operator.lt),
    ">": _ordered(operator.gt),
    "<=": _ordered(operator.le),
    ">=": _ordered(operator.ge),
    "=~": matches,
    "!~": _not(matches),
    "=^": starts_with,
    "!^": _not(starts_with),
    "=$": ends_with,
    "!$": _not(ends_with),
    "..": span,
}
UNARY: Mapping[str, Callable[[object], object]] = {
    "-": negate,
    "+": plus,
    "~": complement,
    "!": lambda value: not truthy(value),
    "empty": is_empty,
    "size": size,
}
