"""Conditions on rows and on metadata objects, as SOAP filters and REST ``$filter`` both express them.

A condition is a :class:`Comparison` or a :class:`Combination`. For rows it becomes SQL, for metadata
objects (a few thousand at most) it is evaluated in Python.
"""

from __future__ import annotations

import enum
import operator
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.sfmc import clock
from emulator.sfmc.data_extensions import DataExtension, Field, FieldType
from emulator.sfmc.store import ROW_KEY, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ConditionError(ValueError):
    """A condition that the server cannot carry out, in its words."""


class Operator(enum.Enum):
    EQUALS = "="
    NOT_EQUALS = "<>"
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="
    BETWEEN = "between"
    IN = "in"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"
    LIKE = "like"


@dataclass(frozen=True)
class Comparison:
    """A column or property against values, which are texts or datetimes on the server's clock."""

    name: str
    operator: Operator
    operands: tuple[str | datetime, ...] = ()


@dataclass(frozen=True)
class Combination:
    """Several conditions joined by one logical operator."""

    conjunction: bool
    conditions: tuple[Condition, ...]


Condition: TypeAlias = "Comparison | Combination"

_COUNTS = {
    Operator.BETWEEN: (2, 2),
    Operator.IN: (1, None),
    # Whether an empty Value must be sent with isNull is not documented, so it is accepted.
    Operator.IS_NULL: (0, None),
    Operator.IS_NOT_NULL: (0, None),
}


def check_operands(comparison: Comparison) -> None:
    """See that an operator has as many operands as it needs."""
    least, most = _COUNTS.get(comparison.operator, (1, 1))
    count = len(comparison.operands)
    if count < least or (most is not None and count > most):
        name = comparison.operator.name.lower().replace("_", " ")
        message = f"Invalid argument for the {name} operator."
        raise ConditionError(message)


def to_sql(
    condition: Condition, data_extension: DataExtension, *, row_key: bool = False
) -> tuple[str, list[Any]]:
    """A WHERE expression over a data extension's table and its parameters.

    Text is compared without regard to case, as the server's collation does. Null satisfies no
    comparison but the null tests.

    Args:
        condition: What to express.
        data_extension: Gives the columns and their types.
        row_key: Allow ``_CustomObjectKey`` as a column.

    Raises:
        ConditionError: for an unknown column, or a value that the column's type cannot be compared with.
    """
    if isinstance(condition, Combination):
        parts = [to_sql(each, data_extension, row_key=row_key) for each in condition.conditions]
        joint = " AND " if condition.conjunction else " OR "
        return f"({joint.join(sql for sql, _ in parts)})", [value for _, values in parts for value in values]
    check_operands(condition)
    if row_key and condition.name.lower() == ROW_KEY.lower():
        field = Field(ROW_KEY, FieldType.NUMBER)
    else:
        found = data_extension.field(condition.name)
        if found is None:
            message = f"Invalid column name '{condition.name}'."
            raise ConditionError(message)
        field = found
    return _comparison_sql(condition, field)


def _comparison_sql(comparison: Comparison, field: Field) -> tuple[str, list[Any]]:
    column = quoted(field.name)
    if comparison.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        return f"{column} {comparison.operator.value}", []
    operands = [_operand(field, operand) for operand in comparison.operands]
    marks = ["?"] * len(operands)
    if field.type.is_text:
        column = f"lower({column})"
        marks = ["lower(?)"] * len(operands)
    if comparison.operator is Operator.BETWEEN:
        return f"{column} BETWEEN {marks[0]} AND {marks[1]}", operands
    if comparison.operator is Operator.IN:
        return f"{column} IN ({', '.join(marks)})", operands
    if comparison.operator is Operator.LIKE and not field.type.is_text:
        message = f"The operator like cannot be used with column '{field.name}'."
        raise ConditionError(message)
    return f"{column} {comparison.operator.value} {marks[0]}", operands


def _operand(field: Field, operand: str | datetime) -> Any:
    if field.type.is_text:
        return str(operand)
    if field.type is FieldType.DATE:
        moment = operand if isinstance(operand, datetime) else clock.parse(operand)
        if moment is None:
            message = "Conversion failed when converting date and/or time from character string."
            raise ConditionError(message)
        return moment
    text = str(operand).strip()
    if field.type is FieldType.BOOLEAN:
        if text.lower() in {"true", "false", "1", "0"}:
            return text.lower() in {"true", "1"}
    else:
        try:
            return int(text) if field.type is FieldType.NUMBER else Decimal(text)
        except (ValueError, InvalidOperation):
            pass
    kind = {FieldType.NUMBER: "int", FieldType.DECIMAL: "decimal", FieldType.BOOLEAN: "bit"}[field.type]
    message = f"Conversion failed when converting the nvarchar value '{text}' to data type {kind}."
    raise ConditionError(message)


def holds(condition: Condition, read: Callable[[str], Any]) -> bool:
    """Whether a metadata object satisfies a condition; ``read`` gives a property or raises."""
    if isinstance(condition, Combination):
        results = [holds(each, read) for each in condition.conditions]
        return all(results) if condition.conjunction else any(results)
    check_operands(condition)
    value = read(condition.name)
    if condition.operator is Operator.IS_NULL:
        return value is None
    if condition.operator is Operator.IS_NOT_NULL:
        return value is not None
    if value is None:
        return False
    return _compare(condition.operator, value, [_like(value, operand) for operand in condition.operands])


def _compare(kind: Operator, value: Any, operands: list[Any]) -> bool:
    mine = value.lower() if isinstance(value, str) else value
    if kind is Operator.BETWEEN:
        return bool(operands[0] <= mine <= operands[1])
    if kind is Operator.IN:
        return mine in operands
    if kind is Operator.LIKE:
        return re.fullmatch(re.escape(operands[0]).replace("%", ".*"), str(mine)) is not None
    return bool(_BINARY[kind](mine, operands[0]))


_BINARY: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQUALS: operator.eq,
    Operator.NOT_EQUALS: operator.ne,
    Operator.GREATER: operator.gt,
    Operator.LESS: operator.lt,
    Operator.GREATER_OR_EQUAL: operator.ge,
    Operator.LESS_OR_EQUAL: operator.le,
}


def _like(value: object, operand: str | datetime) -> Any:
    """The operand in the type of the property's value."""
    text = str(operand)
    if isinstance(value, bool):
        return text.lower() in {"true", "1"}
    if isinstance(value, datetime):
        return operand if isinstance(operand, datetime) else clock.parse(text) or datetime.min
    if isinstance(value, int):
        try:
            return int(text)
        except ValueError:
            message = f"Conversion failed when converting the nvarchar value '{text}' to data type int."
            raise ConditionError(message) from None
    return text.lower()
