"""What the nodes of a syntax tree become: closures that take a record and give a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from target_aep.dataprep import paths, semantics
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.limits import MAX_ARGUMENT_WEIGHT, MAX_LAMBDA_CALLS, MAX_LAMBDA_WEIGHT, weight
from target_aep.dataprep.semantics import truthy
from target_aep.dataprep.values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Record: TypeAlias = "Mapping[str, object]"
Closure: TypeAlias = "Callable[[Record], object]"


class Scope(dict[str, object]):
    """The parameters of a lambda in front of the record that its text sees.

    All scopes of one evaluation share ``budget``: the calls and the weight that are left.
    """

    __slots__ = ("budget", "record")

    def __init__(self, record: Record, budget: list[int]) -> None:
        super().__init__()
        self.record = record
        self.budget = budget

    def get(self, name: str, default: object = None) -> object:
        """The parameter or field of that name."""
        return self[name] if dict.__contains__(self, name) else self.record.get(name, default)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in self.record

    def __missing__(self, name: str) -> object:
        return self.record[name]


def constant(value: object) -> Closure:
    """A literal."""
    return lambda _: value


def reference(names: tuple[str, ...]) -> Closure:
    """A source field, or a parameter of the lambda around it."""
    if len(names) == 1:
        name = names[0]
        return lambda record: record.get(name)
    return lambda record: paths.field(record, names)


def by_field_or_name(function: Callable[..., object], objects: Closure, name: str) -> Closure:
    """Adobe's sample is ``object_to_map(addresses, type)``, where ``type`` is no field of the record."""

    def call(record: Record) -> object:
        first = objects(record)
        named = isinstance(first, list) and name not in record
        return function(first, name if named else record.get(name))

    return call


def unary(operation: Callable[[object], object], operand: Closure) -> Closure:
    """An operator before its operand."""
    return lambda record: operation(operand(record))


def binary(operation: Callable[[object, object], object], left: Closure, right: Closure) -> Closure:
    """An operation on two operands, which are always evaluated."""
    return lambda record: operation(left(record), right(record))


def conditional(test: Closure, then: Closure, otherwise: Closure) -> Closure:
    """A choice; only the value that is returned is evaluated."""
    return lambda record: then(record) if truthy(test(record)) else otherwise(record)


def default(operator: str, left: Closure, right: Closure) -> Closure:
    """``left ?: right`` or ``left ?? right``; ``right`` is evaluated where it is needed."""

    def unless_truthy(record: Record) -> object:
        value = left(record)
        return value if truthy(value) else right(record)

    def unless_not_null(record: Record) -> object:
        value = left(record)
        return right(record) if value is None else value

    return unless_truthy if operator == "?:" else unless_not_null


def logical(operator: str, operands: tuple[Closure, ...]) -> Closure:
    """``&&`` or ``||``, evaluated as far as needed."""
    if operator == "||":
        return lambda record: any(truthy(operand(record)) for operand in operands)
    return lambda record: all(truthy(operand(record)) for operand in operands)


def array_of(items: tuple[Closure, ...]) -> Closure:
    """An array of what is in brackets."""
    return lambda record: [item(record) for item in items]


def set_of(items: tuple[Closure, ...]) -> Closure:
    """An array of what is in braces, each value once."""

    def distinct(record: Record) -> list[object]:
        found: list[object] = []
        for item in items:
            value = item(record)
            if not any(semantics.same(value, other) for other in found):
                found.append(value)
        return found

    return distinct


def map_of(entries: tuple[tuple[Closure, Closure], ...]) -> Closure:
    """A map; keys are texts."""
    return lambda record: {text(key(record)): value(record) for key, value in entries}


def with_record(function: Callable[..., object], arguments: tuple[Closure, ...]) -> Closure:
    """A call of a function that looks at the whole record."""
    return lambda record: function(record, *[argument(record) for argument in arguments])


def call_of(function: Callable[..., object], arguments: tuple[Closure, ...]) -> Closure:
    """A call; up to three arguments are passed without a list in between."""
    match arguments:
        case ():
            return lambda _: function()
        case (first,):
            return lambda record: function(first(record))
        case (first, second):
            return lambda record: function(first(record), second(record))
        case (first, second, third):
            return lambda record: function(first(record), second(record), third(record))
        case _:
            return lambda record: function(*[argument(record) for argument in arguments])


def _charge(budget: list[int], value: object) -> None:
    if isinstance(value, (str, list, dict)):
        found = weight(value, MAX_ARGUMENT_WEIGHT)
        budget[1] -= found
        if found > MAX_ARGUMENT_WEIGHT or budget[1] < 0:
            message = "the arrays and texts in lambdas grow too large"
            raise TransformError(message)


def lambda_of(parameters: tuple[str, ...], body: Closure) -> Closure:
    """A function of the language; its calls and what they handle are bounded in one evaluation."""

    def make(record: Record) -> object:
        budget = record.budget if isinstance(record, Scope) else [MAX_LAMBDA_CALLS, MAX_LAMBDA_WEIGHT]

        def call(*arguments: object) -> object:
            budget[0] -= 1
            if budget[0] < 0:
                message = f"more than {MAX_LAMBDA_CALLS} calls of lambdas in one expression"
                raise TransformError(message)
            for argument in arguments:
                _charge(budget, argument)
            scope = Scope(record, budget)
            scope.update(zip(parameters, arguments, strict=False))
            result = body(scope)
            _charge(budget, result)
            return result

        return call

    return make
