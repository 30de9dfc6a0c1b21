"""Syntax tree → a callable from a record to a value.

Every node becomes one closure that takes the record. Parameters of lambdas
are fields of a ``Scope``, which is a record with a few names on top.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeAlias

from target_aep.dataprep import methods, nodes, paths, semantics
from target_aep.dataprep.errors import ExpressionError, TransformError
from target_aep.dataprep.functions import FUNCTIONS
from target_aep.dataprep.limits import MAX_ARGUMENT_WEIGHT, MAX_LAMBDA_CALLS, MAX_LAMBDA_WEIGHT, weight
from target_aep.dataprep.semantics import truthy
from target_aep.dataprep.values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Record: TypeAlias = "Mapping[str, object]"
Closure: TypeAlias = "Callable[[Record], object]"

_TAKE_LAMBDAS = ("filterArray", "transformArray")
_ELSEWHERE = {
    "nvl": "coalesce",
    "ifnull": "coalesce",
    "case": "decode",
    "length": "size_of",
    "len": "size_of",
    "substring": "substr",
    "mid": "substr",
    "replace": "replacestr",
    "indexof": "instr",
    "strpos": "instr",
    "to_number": "to_decimal",
    "to_int": "to_integer",
    "to_date": "date",
    "to_timestamp": "date",
    "date_format": "format",
    "count": "size_of",
}
"""What other languages call what Data Prep has under another name."""

TAKE_NAMES = ("object_to_map", "array_to_map")
"""Functions whose second argument may name an attribute of the objects in the first, without quotes."""


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


class Compiler:
    """Compiles one expression.

    Args:
        source: Its text, for messages.
    """

    def __init__(self, source: str) -> None:
        self._source = source

    def compile(self, node: nodes.Node) -> Closure:  # noqa: C901, PLR0911, PLR0912  # one line a node
        """The closure of a node.

        Raises:
            ExpressionError: It calls what does not exist, or with a wrong number of arguments.
        """
        match node:
            case nodes.Literal():
                return _constant(node.value)
            case nodes.Reference():
                return _reference(node.names)
            case nodes.Call():
                return self._call(node)
            case nodes.Access():
                return self._access(node)
            case nodes.Unary():
                return _unary(semantics.UNARY[node.operator], self.compile(node.operand))
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Comparison():
                operation = semantics.COMPARISON[node.operator]
                return _binary(operation, self.compile(node.left), self.compile(node.right))
            case nodes.Logical():
                return _logical(node.operator, self._all(node.operands))
            case nodes.Conditional():
                return _conditional(*map(self.compile, (node.test, node.then, node.otherwise)))
            case nodes.Default():
                return _default(node.operator, self.compile(node.left), self.compile(node.right))
            case nodes.Lambda():
                message = f"a lambda stands only in {' and '.join(_TAKE_LAMBDAS)}, as their second argument"
                raise self._error(message, node.at)
            case nodes.ArrayLiteral():
                return _array(self._all(node.items))
            case nodes.SetLiteral():
                return _set(self._all(node.items))
            case nodes.MapLiteral():
                keys, values = self._all(k for k, _ in node.entries), self._all(v for _, v in node.entries)
                return _map(tuple(zip(keys, values, strict=True)))
            case nodes.Template():
                return self._function("concat", self._all(node.parts), node.at)

    def _all(self, each: Iterable[nodes.Node]) -> tuple[Closure, ...]:
        return tuple(map(self.compile, each))

    def _error(self, message: str, at: int) -> ExpressionError:
        return ExpressionError(message, self._source, at)

    def _call(self, node: nodes.Call) -> Closure:
        arguments: tuple[Closure, ...]
        match node.arguments:
            case (array, nodes.Lambda() as predicate) if node.function in _TAKE_LAMBDAS:
                arguments = (self.compile(array), _lambda(predicate.parameters, self.compile(predicate.body)))
            case (objects, nodes.Reference(names=(name,))) if node.function in TAKE_NAMES:
                function = FUNCTIONS[node.function].implementation
                return _by_field_or_name(function, self.compile(objects), name)
            case _:
                arguments = self._all(node.arguments)
        return self._function(node.function, arguments, node.at)

    def _function(self, name: str, arguments: tuple[Closure, ...], at: int) -> Closure:
        function = FUNCTIONS.get(name)
        if function is None:
            known = _ELSEWHERE.get(name.lower())
            close = [known] if known else difflib.get_close_matches(name, FUNCTIONS, 1, 0.7)
            hint = f"; {close[0]} is one" if close else ""
            message = f"{name} is no function of Data Prep{hint}"
            raise self._error(message, at)
        self._count(f"{name}()", len(arguments), function.fewest, function.most, at)
        if name == "iif":
            return _conditional(*arguments)
        if function.reads_record:
            return _with_record(function.implementation, arguments)
        return _apply(function.implementation, arguments)

    def _count(self, what: str, given: int, fewest: int, most: int | None, at: int) -> None:
        if fewest <= given and (most is None or given <= most):
            return
        wanted = (
            f"{fewest}" if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
        )
        message = f"{what} takes {wanted} argument{'' if wanted == '1' else 's'}, not {given}"
        raise self._error(message, at)

    def _access(self, node: nodes.Access) -> Closure:
        closure = self.compile(node.base)
        for step in node.steps:
            match step:
                case nodes.Key():
                    closure = _binary(paths.member, closure, self.compile(step.key))
                case nodes.Member():
                    closure = _binary(paths.member, closure, _constant(step.name))
                case nodes.MethodCall():
                    closure = self._method(closure, step)
        return closure

    def _method(self, value: Closure, step: nodes.MethodCall) -> Closure:
        name, method = step.name, methods.METHODS.get(step.name)
        if method is None:
            close = difflib.get_close_matches(name, methods.METHODS, 1, 0.7)
            message = f"there is no method {name}" + (f"; {close[0]} is one" if close else "")
            raise self._error(message, step.at)
        arguments = self._all(step.arguments)
        self._count(f".{name}()", len(arguments), method.fewest, method.most, step.at)
        return lambda record: methods.call(
            name, method, value(record), [argument(record) for argument in arguments]
        )

    def _arithmetic(self, node: nodes.Arithmetic) -> Closure:
        closure = self.compile(node.first)
        for operator, operand in node.rest[:1]:
            closure = _binary(semantics.ARITHMETIC[operator], closure, self.compile(operand))
        if len(node.rest) == 1:
            return closure
        rest = [
            (semantics.ARITHMETIC[operator], self.compile(operand)) for operator, operand in node.rest[1:]
        ]

        def chain(record: Record) -> object:
            value = closure(record)
            for operation, operand in rest:
                value = operation(value, operand(record))
            return value

        return chain


def _constant(value: object) -> Closure:
    return lambda _: value


def _reference(names: tuple[str, ...]) -> Closure:
    if len(names) == 1:
        name = names[0]
        return lambda record: record.get(name)
    return lambda record: paths.field(record, names)


def _by_field_or_name(function: Callable[..., object], objects: Closure, name: str) -> Closure:
    """Adobe's sample is ``object_to_map(addresses, type)``, where ``type`` is no field of the record."""

    def call(record: Record) -> object:
        first = objects(record)
        named = isinstance(first, list) and name not in record
        return function(first, name if named else record.get(name))

    return call


def _unary(operation: Callable[[object], object], operand: Closure) -> Closure:
    return lambda record: operation(operand(record))


def _binary(operation: Callable[[object, object], object], left: Closure, right: Closure) -> Closure:
    return lambda record: operation(left(record), right(record))


def _conditional(test: Closure, then: Closure, otherwise: Closure) -> Closure:
    return lambda record: then(record) if truthy(test(record)) else otherwise(record)


def _default(operator: str, left: Closure, right: Closure) -> Closure:
    def unless_truthy(record: Record) -> object:
        value = left(record)
        return value if truthy(value) else right(record)

    def unless_not_null(record: Record) -> object:
        value = left(record)
        return right(record) if value is None else value

    return unless_truthy if operator == "?:" else unless_not_null


def _logical(operator: str, operands: tuple[Closure, ...]) -> Closure:
    if operator == "||":
        return lambda record: any(truthy(operand(record)) for operand in operands)
    return lambda record: all(truthy(operand(record)) for operand in operands)


def _array(items: tuple[Closure, ...]) -> Closure:
    return lambda record: [item(record) for item in items]


def _set(items: tuple[Closure, ...]) -> Closure:
    def distinct(record: Record) -> list[object]:
        found: list[object] = []
        for item in items:
            value = item(record)
            if not any(semantics.equal(value, other) for other in found):
                found.append(value)
        return found

    return distinct


def _map(entries: tuple[tuple[Closure, Closure], ...]) -> Closure:
    return lambda record: {text(key(record)): value(record) for key, value in entries}


def _with_record(function: Callable[..., object], arguments: tuple[Closure, ...]) -> Closure:
    return lambda record: function(record, *[argument(record) for argument in arguments])


def _apply(function: Callable[..., object], arguments: tuple[Closure, ...]) -> Closure:
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


def _lambda(parameters: tuple[str, ...], body: Closure) -> Closure:
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
