"""What the grammar's rules become: nodes, built from the leaves up while a text is parsed."""

# ruff: noqa: D102  # each method is described by the rule of its name in grammar.lark

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Token, v_args
from lark.visitors import Transformer_NonRecursive

from target_aep.dataprep import lexical, nodes
from target_aep.dataprep.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable

_SYNONYMS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "div": "/",
    "mod": "%",
    "not": "!",
}
_PLACEHOLDER = re.compile(r"\$\{((?:[^}\\]|\\.)*)\}", re.DOTALL)


def operator(token: str) -> str:
    """The symbol of an operator that may be written as a word."""
    return _SYNONYMS.get(token, str(token))


class _Block(NamedTuple):
    """``{return x;}`` after an arrow, which without ``return`` and ``;`` is read as a set."""

    expression: nodes.Node


@v_args(meta=True, inline=True)
class Builder(Transformer_NonRecursive):  # type: ignore[type-arg]
    """One method a rule of ``grammar.lark``.

    Args:
        parse: Parses what stands in a ``${…}`` of a back-quoted text.
    """

    def __init__(self, parse: Callable[[str], nodes.Node]) -> None:
        super().__init__()
        self._parse = parse

    def text(self, meta: Any, token: Token) -> nodes.Node:
        return nodes.Literal(lexical.unescape(token[1:-1], token[0]), meta.start_pos)

    def integer(self, meta: Any, token: Token) -> nodes.Node:
        return nodes.Literal(lexical.integer(token), meta.start_pos)

    def real(self, meta: Any, token: Token) -> nodes.Node:
        try:
            return nodes.Literal(lexical.real(token), meta.start_pos)
        except OverflowError:
            message = f"the number {token} is larger than a double can be"
            raise ExpressionError(message) from None

    def true(self, meta: Any, _token: Token) -> nodes.Node:
        return nodes.Literal(value=True, at=meta.start_pos)

    def false(self, meta: Any, _token: Token) -> nodes.Node:
        return nodes.Literal(value=False, at=meta.start_pos)

    def null(self, meta: Any, _token: Token) -> nodes.Node:
        return nodes.Literal(None, meta.start_pos)

    def nan(self, meta: Any, _token: Token) -> nodes.Node:
        return nodes.Literal(math.nan, meta.start_pos)

    def template(self, meta: Any, token: Token) -> nodes.Node:
        body, at, end = token[1:-1], meta.start_pos, 0
        parts: list[nodes.Node] = []
        for match in _PLACEHOLDER.finditer(body):
            parts.append(nodes.Literal(lexical.unescape(body[end : match.start()], "`"), at))
            parts.append(self._parse(match[1]))
            end = match.end()
        parts.append(nodes.Literal(lexical.unescape(body[end:], "`"), at))
        return nodes.Template(tuple(part for part in parts if part != nodes.Literal("")), at)

    def reference(self, meta: Any, token: Token) -> nodes.Node:
        names = lexical.split_names(token)
        if token in lexical.RESERVED:
            message = f"{token} is a reserved word; a field of that name is written ${{{token}}}"
            raise ExpressionError(message, position=meta.start_pos)
        return nodes.Reference(names, meta.start_pos)

    def escaped(self, meta: Any, token: Token) -> nodes.Node:
        names = lexical.split_names(token[2:-1])
        if not names:
            message = "${} names no field"
            raise ExpressionError(message, position=meta.start_pos)
        return nodes.Reference(names, meta.start_pos)

    def call(self, meta: Any, token: Token, arguments: tuple[nodes.Node, ...] = ()) -> nodes.Node:
        if token in lexical.RESERVED:
            message = f"{token} is a reserved word: a calculated field is one expression, without statements"
            raise ExpressionError(message, position=meta.start_pos)
        return nodes.Call(str(token), arguments, meta.start_pos)

    def arguments(self, _meta: Any, *items: nodes.Node) -> tuple[nodes.Node, ...]:
        return items

    def array(self, meta: Any, items: tuple[nodes.Node, ...] = ()) -> nodes.Node:
        return nodes.ArrayLiteral(items, meta.start_pos)

    def set(self, meta: Any, items: tuple[nodes.Node, ...] = ()) -> nodes.Node:
        return nodes.SetLiteral(items, meta.start_pos)

    def map(self, meta: Any, *entries: tuple[nodes.Node, nodes.Node]) -> nodes.Node:
        return nodes.MapLiteral(entries, meta.start_pos)

    def entry(self, _meta: Any, key: nodes.Node, value: nodes.Node) -> tuple[nodes.Node, nodes.Node]:
        return key, value

    def name(self, meta: Any, token: Token) -> nodes.Step:
        return nodes.Member(lexical.split_names(token)[0], meta.start_pos)

    def escaped_name(self, meta: Any, token: Token) -> nodes.Step:
        names = lexical.split_names(token[2:-1])
        return nodes.Member(".".join(names), meta.start_pos)

    def quoted_name(self, meta: Any, token: Token) -> nodes.Step:
        return nodes.Member(lexical.unescape(token[1:-1], token[0]), meta.start_pos)

    def digits(self, meta: Any, token: Token) -> nodes.Step:
        return nodes.Member(str(token), meta.start_pos)

    def key(self, meta: Any, expression: nodes.Node) -> nodes.Step:
        return nodes.Key(expression, meta.start_pos)

    def method(self, meta: Any, token: Token, arguments: tuple[nodes.Node, ...] = ()) -> nodes.Step:
        return nodes.MethodCall(str(token), arguments, meta.start_pos)

    def access(self, meta: Any, base: nodes.Node, *steps: nodes.Step) -> nodes.Node:
        # Names that follow a field directly are its path: a column may be called "a.b" as a whole.
        rest = list(steps)
        while isinstance(base, nodes.Reference) and rest and isinstance(rest[0], nodes.Member):
            if not lexical.IDENTIFIER.match(rest[0].name):
                break
            base = nodes.Reference((*base.names, rest.pop(0).name), base.at)  # type: ignore[union-attr]
        return nodes.Access(base, tuple(rest), meta.start_pos) if rest else base

    def unary(self, meta: Any, token: Token, operand: nodes.Node) -> nodes.Node:
        return nodes.Unary(operator(token), operand, meta.start_pos)

    def arithmetic(self, meta: Any, first: nodes.Node, *rest: Any) -> nodes.Node:
        pairs = tuple((operator(rest[i]), rest[i + 1]) for i in range(0, len(rest), 2))
        return nodes.Arithmetic(first, pairs, meta.start_pos)

    def comparison(self, meta: Any, left: nodes.Node, token: Token, right: nodes.Node) -> nodes.Node:
        return nodes.Comparison(operator(token), left, right, meta.start_pos)

    def disjunction(self, meta: Any, *operands: nodes.Node) -> nodes.Node:
        return nodes.Logical("||", operands, meta.start_pos)

    def conjunction(self, meta: Any, *operands: nodes.Node) -> nodes.Node:
        return nodes.Logical("&&", operands, meta.start_pos)

    def conditional(self, meta: Any, test: nodes.Node, then: nodes.Node, other: nodes.Node) -> nodes.Node:
        return nodes.Conditional(test, then, other, meta.start_pos)

    def unless_truthy(self, meta: Any, left: nodes.Node, right: nodes.Node) -> nodes.Node:
        return nodes.Default("?:", left, right, meta.start_pos)

    def unless_not_null(self, meta: Any, left: nodes.Node, right: nodes.Node) -> nodes.Node:
        return nodes.Default("??", left, right, meta.start_pos)

    def block(self, _meta: Any, *parts: Any) -> _Block:
        return _Block(next(part for part in parts if not isinstance(part, Token)))

    def function(self, meta: Any, head: Token, body: nodes.Node | _Block) -> nodes.Node:
        parameters = tuple(re.findall(r"[^\W\d]\w*", head))
        if isinstance(body, _Block):
            body = body.expression
        elif isinstance(body, nodes.SetLiteral) and len(body.items) == 1:
            body = body.items[0]  # {x + 1} after an arrow is a block
        return nodes.Lambda(parameters, body, meta.start_pos)
