"""Syntax tree → a callable from a record to a value.

Every node becomes one closure that takes the record. Parameters of lambdas
are fields of a ``closures.Scope``, which is a record with a few names on top.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from target_aep.dataprep import closures, methods, nodes, paths, semantics
from target_aep.dataprep.errors import ExpressionError
from target_aep.dataprep.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_aep.dataprep.closures import Closure, Record

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
                return closures.constant(node.value)
            case nodes.Reference():
                return closures.reference(node.names)
            case nodes.Call():
                return self._call(node)
            case nodes.Access():
                return self._access(node)
            case nodes.Unary():
                return closures.unary(semantics.UNARY[node.operator], self.compile(node.operand))
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Comparison():
                operation = semantics.COMPARISON[node.operator]
                return closures.binary(operation, self.compile(node.left), self.compile(node.right))
            case nodes.Logical():
                return closures.logical(node.operator, self._all(node.operands))
            case nodes.Conditional():
                return closures.conditional(*map(self.compile, (node.test, node.then, node.otherwise)))
            case nodes.Default():
                return closures.default(node.operator, self.compile(node.left), self.compile(node.right))
            case nodes.Lambda():
                message = f"a lambda stands only in {' and '.join(_TAKE_LAMBDAS)}, as their second argument"
                raise self._error(message, node.at)
            case nodes.ArrayLiteral():
                return closures.array_of(self._all(node.items))
            case nodes.SetLiteral():
                return closures.set_of(self._all(node.items))
            case nodes.MapLiteral():
                keys, values = self._all(k for k, _ in node.entries), self._all(v for _, v in node.entries)
                return closures.map_of(tuple(zip(keys, values, strict=True)))
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
                arguments = (
                    self.compile(array),
                    closures.lambda_of(predicate.parameters, self.compile(predicate.body)),
                )
            case (objects, nodes.Reference(names=(name,))) if node.function in TAKE_NAMES:
                function = FUNCTIONS[node.function].implementation
                return closures.by_field_or_name(function, self.compile(objects), name)
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
            return closures.conditional(*arguments)
        if function.reads_record:
            return closures.with_record(function.implementation, arguments)
        return closures.call_of(function.implementation, arguments)

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
                    closure = closures.binary(paths.member, closure, self.compile(step.key))
                case nodes.Member():
                    closure = closures.binary(paths.member, closure, closures.constant(step.name))
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
            closure = closures.binary(semantics.ARITHMETIC[operator], closure, self.compile(operand))
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
