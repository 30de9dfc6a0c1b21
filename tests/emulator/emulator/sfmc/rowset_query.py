"""What a client asks of a rowset: ``$page``, ``$pagesize``, ``$filter``, ``$orderBy``, ``$fields``, ``$top``.

Names are compared without regard to case, and the ``$`` may be missing. The filter language is what
production clients are seen to send: ``Field op value [and ...]`` with ``eq ne gt ge lt le like =`` and
``between ... and ...``; field names may hold spaces or stand in double quotes, values stand in single or
double quotes or bare. There is no evidence for ``or``, ``not``, parentheses, ``in`` or null tests, so they
are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.sfmc.predicates import Combination, Comparison, Condition, ConditionError, Operator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OPERATORS = {
    "eq": Operator.EQUALS,
    "=": Operator.EQUALS,
    "ne": Operator.NOT_EQUALS,
    "gt": Operator.GREATER,
    "ge": Operator.GREATER_OR_EQUAL,
    "lt": Operator.LESS,
    "le": Operator.LESS_OR_EQUAL,
    "like": Operator.LIKE,
    "between": Operator.BETWEEN,
}
_HEAD = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<bare>[^'"()=]+?))\s*
        (?:(?P<sign>=)|(?<=[\s"])(?P<word>eq|ne|gt|ge|lt|le|like|between)(?=[\s'"]))\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_VALUE = re.compile(r"""'(?P<single>(?:[^']|'')*)'|"(?P<double>[^"]*)"|(?P<plain>[^\s'"()]+)""")
_MAX_NUMBER = 2**31 - 1
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True)
class RowsetParameters:
    """Parsed parameters; ``order`` is pairs of (field name, descending)."""

    page: int = 1
    page_size: int | None = None
    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] = ()
    top: int = 0
    skip: int = 0


def parse_parameters(pairs: Iterable[tuple[str, str]]) -> RowsetParameters:
    """Parameters of a rowset URL.

    Raises:
        ConditionError: for a number that is none, or a filter that is not understood.
    """
    given = {name.lower().removeprefix("$"): value for name, value in pairs}
    page_size = _number(given, "pagesize", 0)
    return RowsetParameters(
        page=_number(given, "page", 1) or 1,
        page_size=page_size or None,
        condition=parse_filter(given["filter"]) if given.get("filter", "").strip() else None,
        order=tuple(_order(part) for part in given.get("orderby", "").split(",") if part.strip()),
        fields=tuple(name.strip() for name in given.get("fields", "").split(",") if name.strip()),
        top=_number(given, "top", 0),
        skip=_number(given, "offset", 0) or _number(given, "skip", 0),
    )


def parse_filter(text: str) -> Condition:
    """A ``$filter``.

    Raises:
        ConditionError: at the first part that is not understood.
    """
    conditions: list[Condition] = []
    position = 0
    while True:
        comparison, position = _comparison(text, position)
        conditions.append(comparison)
        if not text[position:].strip():
            return conditions[0] if len(conditions) == 1 else Combination(True, tuple(conditions))
        conjunction = _AND.match(text, position)
        if not conjunction:
            raise ConditionError(_unexpected(text, position))
        position = conjunction.end()


def _comparison(text: str, position: int) -> tuple[Comparison, int]:
    head = _HEAD.match(text, position)
    if not head:
        raise ConditionError(_unexpected(text, position))
    operator = _OPERATORS[(head["sign"] or head["word"]).lower()]
    value, position = _value(text, head.end())
    values = [value]
    if operator is Operator.BETWEEN:
        conjunction = _AND.match(text, position)
        if not conjunction:
            raise ConditionError(_unexpected(text, position))
        value, position = _value(text, conjunction.end())
        values.append(value)
    return Comparison((head["quoted"] or head["bare"]).strip(), operator, tuple(values)), position


def _value(text: str, position: int) -> tuple[str, int]:
    match = _VALUE.match(text, position)
    if not match:
        raise ConditionError(_unexpected(text, position))
    if match["single"] is not None:
        return match["single"].replace("''", "'"), match.end()
    return match["double"] if match["double"] is not None else match["plain"], match.end()


def _order(text: str) -> tuple[str, bool]:
    match = re.fullmatch(r"\s*(.+?)(?:\s+(asc|desc))?\s*", text, re.IGNORECASE)
    if not match:
        message = f"Invalid value for $orderBy: {text}"
        raise ConditionError(message)
    return match[1].strip('"[]'), (match[2] or "").lower() == "desc"


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        message = f"Invalid value for ${name}: {text}"
        raise ConditionError(message)
    number = int(text)
    if number > _MAX_NUMBER:
        message = f"Value was either too large or too small for an Int32: ${name}"
        raise ConditionError(message)
    return number


def _unexpected(text: str, position: int) -> str:
    return f"Invalid value for $filter near '{text[position : position + 20]}'."
