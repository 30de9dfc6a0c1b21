"""Filters of a SOAP Retrieve: ``SimpleFilterPart`` and ``ComplexFilterPart`` as conditions.

A ``DateValue`` with a zone is converted to the server's clock, one without is on it already; a ``Value``
is left as text. The error texts are those that the service gives in ``OverallStatus``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.sfmc import clock
from emulator.sfmc.predicates import Combination, Comparison, Condition, ConditionError, Operator
from emulator.sfmc.soap.envelope import child, children, text, type_of

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

_OPERATORS = {
    "equals": Operator.EQUALS,
    "notEquals": Operator.NOT_EQUALS,
    "greaterThan": Operator.GREATER,
    "lessThan": Operator.LESS,
    "isNull": Operator.IS_NULL,
    "isNotNull": Operator.IS_NOT_NULL,
    "greaterThanOrEqual": Operator.GREATER_OR_EQUAL,
    "lessThanOrEqual": Operator.LESS_OR_EQUAL,
    "between": Operator.BETWEEN,
    "IN": Operator.IN,
    "like": Operator.LIKE,
}
_WITHOUT_OPERANDS = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})


def parse_filter(element: etree._Element, *, normalise_dates: bool) -> Condition:
    """The condition of a ``Filter`` or operand element.

    Raises:
        ConditionError: in the words of the service.
    """
    kind = type_of(element)
    if kind == "SimpleFilterPart":
        return _simple(element, normalise_dates=normalise_dates)
    if kind != "ComplexFilterPart":
        message = "Unknown filter of type FilterPart encountered"
        raise ConditionError(message)
    logical = text(element, "LogicalOperator").upper()
    left, right = child(element, "LeftOperand"), child(element, "RightOperand")
    additional = child(element, "AdditionalOperands")
    operands = [left, right, *(children(additional, "Operand") if additional is not None else ())]
    if logical not in {"AND", "OR"} or left is None or right is None:
        message = f"Incorrect syntax near the keyword '{logical or 'AND'}'."
        raise ConditionError(message)
    conditions = [
        parse_filter(each, normalise_dates=normalise_dates) for each in operands if each is not None
    ]
    return Combination(logical == "AND", tuple(conditions))


def _simple(element: etree._Element, *, normalise_dates: bool) -> Comparison:
    name = text(element, "SimpleOperator")
    operator = _OPERATORS.get(name)
    if operator is None:
        message = f"The operator {name} is not supported in a retrieve."
        raise ConditionError(message)
    operands: list[str | datetime] = [
        "".join(map(str, each.itertext())) for each in children(element, "Value")
    ]
    for each in children(element, "DateValue"):
        written = "".join(map(str, each.itertext())).strip()
        moment = clock.parse(written, normalise=normalise_dates)
        if moment is None:
            message = f"The string '{written}' is not a valid AllXsd value."
            raise ConditionError(message)
        operands.append(moment)
    if not operands and operator not in _WITHOUT_OPERANDS:
        message = f"Invalid argument for the {name} operator. Filter array cannot be null."
        raise ConditionError(message)
    return Comparison(text(element, "Property"), operator, tuple(operands))
