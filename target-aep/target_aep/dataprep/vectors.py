"""Expressions evaluated column by column: the same values as by record, without a call chain per row.

A vector is an Arrow array or a list of values. What has an Arrow operation
of provably equal results uses it (``vector_functions.py``); every other
function is applied to the lists of its arguments. Both branches of a choice
are computed. If anything fails, the caller evaluates by record, which finds
out where. Lambdas and functions of the whole record are left to that, too.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep import casts, methods, nodes, paths, semantics
from target_aep.dataprep.compiler import TAKE_NAMES
from target_aep.dataprep.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_aep.dataprep.sources import Source

Column: TypeAlias = "pa.Array | list[object]"

STRING, INTEGER, REAL, BOOLEAN, MOMENT, NULL, ANY = range(7)
"""What is known of a vector's values, besides that they may be null."""

ARROW = {STRING: pa.string(), INTEGER: pa.int64(), REAL: pa.float64(), BOOLEAN: pa.bool_()}


class NoVectorError(Exception):
    """An expression, or its values, must be evaluated by record."""


@dataclass(frozen=True)
class Vector:
    """Values of a node.

    Args:
        kind: What is known of them.
        compute: Source → column.
        constant: Whether they are the same in every row; then ``value`` is that.
    """

    kind: int
    compute: Callable[[Source], Column]
    constant: bool = False
    value: object = None

    def arrow(self, source: Source) -> Any:
        """The column as an Arrow array of its kind, or a constant as a scalar."""
        if self.constant:
            return pa.scalar(self.value, ARROW.get(self.kind))
        column = self.compute(source)
        return pa.array(column, ARROW[self.kind]) if isinstance(column, list) else column

    def values(self, source: Source) -> Any:
        """The column as values of the language, one a row."""
        if self.constant:
            return itertools.repeat(self.value, source.num_rows)
        column = self.compute(source)
        return column if isinstance(column, list) else casts.to_values(column)


def compile_vector(tree: nodes.Node, schema: pa.Schema) -> Vector | None:
    """The vector of an expression over tables of a schema; ``None`` where there is none."""
    try:
        vector = _compile(tree, schema)
    except NoVectorError:
        return None
    return None if vector.constant else vector


def _compile(node: nodes.Node, schema: pa.Schema) -> Vector:  # noqa: C901, PLR0911, PLR0912  # one line a node
    from target_aep.dataprep import vector_functions  # noqa: PLC0415  # functions are vectors of vectors

    match node:
        case nodes.Literal():
            return constant(node.value)
        case nodes.Reference():
            return _field(node.names, schema)
        case nodes.Call("nullify"):
            return constant(None)
        case nodes.Call("iif", (test, then, otherwise)):
            return choice(*(_compile(each, schema) for each in (test, then, otherwise)))
        case nodes.Call(function, (_, nodes.Reference())) if function in TAKE_NAMES:
            raise NoVectorError  # whether the second argument is a name or a field depends on the record
        case nodes.Call() if not FUNCTIONS[node.function].reads_record:
            arguments = [_compile(each, schema) for each in node.arguments]
            special = vector_functions.SPECIAL.get(node.function)
            return (special(arguments) if special else None) or _function(node.function, arguments)
        case nodes.Template():
            arguments = [_compile(each, schema) for each in node.parts]
            return vector_functions.SPECIAL["concat"](arguments) or _function("concat", arguments)
        case nodes.Access():
            return _access(node, schema)
        case nodes.Unary():
            return _unary(node.operator, _compile(node.operand, schema))
        case nodes.Arithmetic():
            vector = _compile(node.first, schema)
            for sign, operand in node.rest:
                vector = mapped(semantics.ARITHMETIC[sign], [vector, _compile(operand, schema)])
            return vector
        case nodes.Comparison():
            return _comparison(node.operator, _compile(node.left, schema), _compile(node.right, schema))
        case nodes.Logical():
            return _logical(node.operator, [_compile(each, schema) for each in node.operands])
        case nodes.Conditional():
            return choice(*(_compile(each, schema) for each in (node.test, node.then, node.otherwise)))
        case nodes.Default("??"):
            sides = [_compile(node.left, schema), _compile(node.right, schema)]
            return vector_functions.SPECIAL["coalesce"](sides) or mapped(_or_else, sides)
    raise NoVectorError


def constant(value: object) -> Vector:
    """The same value in every row."""
    kinds = {str: STRING, int: INTEGER, float: REAL, bool: BOOLEAN, type(None): NULL}
    kind = kinds.get(type(value), ANY)
    if kind == INTEGER and not -(2**63) <= value < 2**63:  # type: ignore[operator]
        kind = ANY
    return Vector(kind, lambda source: [value] * source.num_rows, constant=True, value=value)


def mapped(function: Callable[..., object], arguments: Sequence[Vector], kind: int = ANY) -> Vector:
    """A function of values applied to columns."""
    if not arguments or all(argument.constant for argument in arguments):
        raise NoVectorError  # nothing says that it has one answer for all rows

    def compute(source: Source) -> Column:
        return list(map(function, *(argument.values(source) for argument in arguments)))

    return Vector(kind, compute)


def _function(name: str, arguments: list[Vector]) -> Vector:
    implementation = FUNCTIONS[name].implementation
    returns = str(implementation.__annotations__.get("return"))
    kind = {"str | None": STRING, "bool | None": BOOLEAN, "bool": BOOLEAN, "str": STRING}.get(returns, ANY)
    return mapped(implementation, arguments, kind)


def _field(names: tuple[str, ...], schema: pa.Schema) -> Vector:
    path = ".".join(names)
    prefixes = [".".join(names[:end]) for end in range(len(names), 0, -1)]
    first = next((prefix for prefix in prefixes if prefix in schema.names), None)
    if first is None:
        return constant(None)
    if first != path or schema.get_all_field_indices(path)[1:]:
        raise NoVectorError
    arrow = casts.plain_type(schema.field(path).type)
    if pa.types.is_signed_integer(arrow):
        return Vector(INTEGER, lambda source: source.array(path).cast(pa.int64()))
    kinds = {pa.string(): STRING, pa.float64(): REAL, pa.bool_(): BOOLEAN}
    kind = kinds.get(arrow, MOMENT if pa.types.is_timestamp(arrow) else ANY)
    if kind == ANY:
        return Vector(ANY, lambda source: source.values(path))
    return Vector(kind, lambda source: source.array(path))


def _access(node: nodes.Access, schema: pa.Schema) -> Vector:
    vector = _compile(node.base, schema)
    for step in node.steps:
        match step:
            case nodes.MethodCall():
                arguments = [_compile(each, schema) for each in step.arguments]
                vector = _method(step.name, vector, arguments)
            case nodes.Key():
                vector = mapped(paths.member, [vector, _compile(step.key, schema)])
            case nodes.Member():
                vector = mapped(paths.member, [vector, constant(step.name)])
    return vector


def _method(name: str, vector: Vector, arguments: list[Vector]) -> Vector:
    if name == "equals" and vector.kind == STRING and [each.kind for each in arguments] == [STRING]:
        other = arguments[0]
        if other.constant and not vector.constant:
            return Vector(BOOLEAN, lambda source: pc.equal(vector.arrow(source), other.arrow(source)))
    method = methods.METHODS[name]
    return mapped(lambda value, *given: methods.call(name, method, value, list(given)), [vector, *arguments])


def _unary(sign: str, operand: Vector) -> Vector:
    if sign == "!" and not operand.constant:
        return Vector(BOOLEAN, lambda source: pc.invert(_truth(operand, source)))
    return mapped(semantics.UNARY[sign], [operand])


def _truth(vector: Vector, source: Source) -> pa.BooleanArray:
    """Which values are truthy; never null."""
    if vector.constant:
        return pa.array([semantics.truthy(vector.value)] * source.num_rows, pa.bool_())
    column = vector.compute(source)
    if isinstance(column, list) or vector.kind not in ARROW:
        values = column if isinstance(column, list) else casts.to_values(column)
        return pa.array(list(map(semantics.truthy, values)), pa.bool_())
    if vector.kind == STRING:
        false = pc.is_in(column, value_set=pa.array(["", "false"]))
        return pc.and_(pc.invert(false), column.is_valid())
    if vector.kind == BOOLEAN:
        return pc.fill_null(column, fill_value=False)
    real = pc.not_equal(column, 0)
    real = pc.and_(real, pc.invert(pc.is_nan(column))) if vector.kind == REAL else real
    return pc.fill_null(real, fill_value=False)


def _logical(sign: str, operands: list[Vector]) -> Vector:
    if all(operand.constant for operand in operands):
        raise NoVectorError
    combine = pc.or_ if sign == "||" else pc.and_

    def compute(source: Source) -> Column:
        result = _truth(operands[0], source)
        for operand in operands[1:]:
            result = combine(result, _truth(operand, source))
        return result

    return Vector(BOOLEAN, compute)


_ORDER = {
    "<": pc.less,
    ">": pc.greater,
    "<=": pc.less_equal,
    ">=": pc.greater_equal,
    "==": pc.equal,
    "!=": pc.equal,
}


def _comparison(sign: str, left: Vector, right: Vector) -> Vector:
    if left.constant and right.constant:
        raise NoVectorError
    both = {left.kind, right.kind}
    if sign in {"==", "!="} and NULL in both:
        other = left if right.kind == NULL else right
        return Vector(BOOLEAN, lambda source: _is_null(other, source, negated=sign == "!="))
    if sign not in _ORDER or len(both) > 1 or not both <= {STRING, INTEGER, REAL}:
        return mapped(semantics.COMPARISON[sign], [left, right], ANY if sign == ".." else BOOLEAN)

    def compute(source: Source) -> Column:
        one, other = left.arrow(source), right.arrow(source)
        result = pc.fill_null(_ORDER[sign](one, other), fill_value=False)
        if sign in {"<", ">"}:
            return result
        if not (left.constant or right.constant):
            result = pc.or_(result, pc.and_(one.is_null(), other.is_null()))
        return pc.invert(result) if sign == "!=" else result

    return Vector(BOOLEAN, compute)


def _is_null(vector: Vector, source: Source, *, negated: bool) -> Column:
    column = vector.compute(source)
    if isinstance(column, list):
        return pa.array([(value is None) is not negated for value in column], pa.bool_())
    return column.is_valid() if negated else column.is_null()


def choice(test: Vector, then: Vector, otherwise: Vector) -> Vector:
    """``test ? then : otherwise``."""
    if test.constant:
        return then if semantics.truthy(test.value) else otherwise
    kinds = {then.kind, otherwise.kind} - {NULL}
    kind = kinds.pop() if len(kinds) == 1 else NULL if not kinds else ANY
    if kind in ARROW:

        def compute(source: Source) -> Column:
            sides = (
                pa.scalar(None, ARROW[kind]) if side.kind == NULL else side.arrow(source)
                for side in (then, otherwise)
            )
            return pc.if_else(_truth(test, source), *sides)

        return Vector(kind, compute)

    def choose(source: Source) -> Column:
        tests = _truth(test, source).to_pylist()
        sides = zip(tests, then.values(source), otherwise.values(source), strict=True)
        return [first if true else second for true, first, second in sides]

    return Vector(kind, choose)


def _or_else(value: object, default: object) -> object:
    return default if value is None else value
