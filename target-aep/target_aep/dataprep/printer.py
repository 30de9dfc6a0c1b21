"""Syntax tree → text, so that ``parse(to_text(tree)) == tree``."""

from __future__ import annotations

import math
from decimal import Decimal

from target_aep.dataprep import lexical, nodes

# How tightly a node binds: an operand that binds less tightly than its place needs gets parentheses.
_LAMBDA, _CONDITIONAL, _OR, _AND, _BIT_OR, _BIT_XOR, _BIT_AND, _EQUALITY, _RELATION = range(9)
_SUM, _PRODUCT, _UNARY, _ACCESS, _PRIMARY = range(9, 14)

_BINDING = {
    "|": _BIT_OR,
    "^": _BIT_XOR,
    "&": _BIT_AND,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
    "==": _EQUALITY,
    "!=": _EQUALITY,
    "..": _EQUALITY,
}


def to_text(node: nodes.Node) -> str:
    """The expression that ``node`` stands for, on one line."""
    return _write(node, _LAMBDA)


def _write(node: nodes.Node, needed: int) -> str:
    text, binding = _text(node)
    return text if binding >= needed else f"({text})"


def _text(node: nodes.Node) -> tuple[str, int]:  # noqa: C901, PLR0911, PLR0912  # one case a node, none of them long
    match node:
        case nodes.Literal():
            return _literal(node.value), _PRIMARY
        case nodes.Reference():
            return lexical.join_names(node.names), _PRIMARY
        case nodes.Call():
            return f"{node.function}({_list(node.arguments)})", _PRIMARY
        case nodes.Access():
            return _write(node.base, _PRIMARY) + "".join(map(_step, node.steps)), _ACCESS
        case nodes.ArrayLiteral():
            return f"[{_list(node.items)}]", _PRIMARY
        case nodes.SetLiteral():
            return f"{{{_list(node.items)}}}", _PRIMARY
        case nodes.MapLiteral():
            entries = (f"{_write(key, _LAMBDA)}: {_write(value, _LAMBDA)}" for key, value in node.entries)
            return f"{{{', '.join(entries) or ':'}}}", _PRIMARY
        case nodes.Template():
            return _template(node), _PRIMARY
        case nodes.Unary():
            return f"{node.operator} {_write(node.operand, _UNARY)}", _UNARY
        case nodes.Arithmetic():
            return _chain(node)
        case nodes.Comparison():
            binding = _BINDING.get(node.operator, _RELATION)
            left, right = (_write(side, binding + 1) for side in (node.left, node.right))
            return f"{left} {node.operator} {right}", binding
        case nodes.Logical():
            binding = _OR if node.operator == "||" else _AND
            return f" {node.operator} ".join(_write(item, binding + 1) for item in node.operands), binding
        case nodes.Conditional():
            test, then = _write(node.test, _OR), _write(node.then, _LAMBDA)
            return f"{test} ? {then} : {_write(node.otherwise, _LAMBDA)}", _CONDITIONAL
        case nodes.Default():
            left = _write(node.left, _OR)
            return f"{left} {node.operator} {_write(node.right, _LAMBDA)}", _CONDITIONAL
        case nodes.Lambda():
            return f"({', '.join(node.parameters)}) -> {_lambda_body(node.body)}", _LAMBDA


def _list(items: tuple[nodes.Node, ...]) -> str:
    return ", ".join(_write(item, _LAMBDA) for item in items)


def _chain(node: nodes.Arithmetic) -> tuple[str, int]:
    binding = _BINDING[node.rest[0][0]]
    rest = (f" {operator} {_write(operand, binding + 1)}" for operator, operand in node.rest)
    return _write(node.first, binding + 1) + "".join(rest), binding


def _step(step: nodes.Step) -> str:
    match step:
        case nodes.Key():
            return f"[{_write(step.key, _LAMBDA)}]"
        case nodes.MethodCall():
            return f".{step.name}({_list(step.arguments)})"
        case nodes.Member():
            plain = lexical.IDENTIFIER.fullmatch(step.name)
            return f".{step.name if plain else lexical.quote(step.name)}"


def _lambda_body(body: nodes.Node) -> str:
    text = _write(body, _LAMBDA)
    # A set of one item after an arrow would be read as a block.
    return f"{{{text};}}" if isinstance(body, nodes.SetLiteral) else text


def _template(node: nodes.Template) -> str:
    def part(item: nodes.Node) -> str:
        if isinstance(item, nodes.Literal) and isinstance(item.value, str):
            escaped = lexical.quote(item.value)[1:-1].replace('\\"', '"')
            return escaped.replace("`", "\\`").replace("$", "\\u0024")
        return f"${{{to_text(item)}}}"

    return "`" + "".join(map(part, node.parts)) + "`"


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return lexical.quote(value)
        case Decimal():
            return f"{value:f}B"
        case float():
            return "NaN" if math.isnan(value) else _real(value)
        case _:
            return str(value)


def _real(value: float) -> str:
    text = repr(value)
    return text if "." in text or "e" in text else f"{text}d"
