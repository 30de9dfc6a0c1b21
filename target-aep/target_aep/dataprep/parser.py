"""Text of a calculated field → syntax tree."""

from __future__ import annotations

import functools
import re
from importlib import resources

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from target_aep.dataprep import nodes
from target_aep.dataprep.builder import Builder
from target_aep.dataprep.errors import ExpressionError

MAX_LENGTH = 4096
"""Longest calculated field that Adobe accepts, in characters (troubleshooting guide)."""

MAX_DEPTH = 100
"""Deepest nesting that is accepted here; Adobe publishes no bound."""

_OPERAND = "a field, a value or a function"
_EXPECTED = {
    "RPAR": "')'",
    "RSQB": "']'",
    "RBRACE": "'}'",
    "COMMA": "','",
    "COLON": "':'",
    "SEMICOLON": "';'",
    "$END": "the end of the expression",
    "NAME": _OPERAND,
    "INTEGER": _OPERAND,
}
_STATEMENT = re.compile(r"\s*(var|if|for|while|do|return|break|continue|function)\b")
_OPERATOR = re.compile(r"(?<![\w$.])(size|empty)\s*\Z")
_CHAINED = "comparisons do not chain; join them with &&"
_HINTS = dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "eq", "ne", "lt", "gt", "le", "ge"), _CHAINED) | {
    "=": "a calculated field assigns nothing; == compares",
    ";": "a calculated field is one expression, without statements",
    '"': "a text ends with the quote it began with, on the same line",
    "'": "a text ends with the quote it began with, on the same line",
    "\\": "outside ${…} and texts, a backslash stands only before a dot of a field name",
    "$": "an escaped field name is ${name}",
    "*": "[*] stands in attribute paths and destinations, not in calculated fields",
}


def parse(text: str) -> nodes.Node:
    """Parse one calculated field.

    Args:
        text: The expression, at most ``MAX_LENGTH`` characters.

    Raises:
        ExpressionError: With the place and the reason.
    """
    if len(text) > MAX_LENGTH:
        message = f"a calculated field has at most {MAX_LENGTH} characters; this one has {len(text)}"
        raise ExpressionError(message, text, MAX_LENGTH)
    try:
        tree: nodes.Node = Builder(parse).transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _explained(error, text) from None
    except VisitError as error:
        if not isinstance(error.orig_exc, ExpressionError):
            raise
        # The builder sees nodes and not the text.
        raise ExpressionError(error.orig_exc.message, text, error.orig_exc.position) from None
    if nodes.depth(tree) > MAX_DEPTH:
        message = f"the expression is nested deeper than {MAX_DEPTH} levels"
        raise ExpressionError(message, text)
    return tree


@functools.cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _explained(error: UnexpectedInput, text: str) -> ExpressionError:
    statement = _STATEMENT.match(text)
    if statement:
        message = (
            f"{statement[1]} is a reserved word: a calculated field is one expression, without statements"
        )
        return ExpressionError(message, text, statement.start(1))
    position: int = error.pos_in_stream or 0  # type: ignore[redundant-expr]  # None at the end of the text
    expected: set[str] = set()
    found, sign = "the end of the expression", ""
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type == "$END":
            position = len(text)
        else:
            position, sign = error.token.start_pos or 0, str(error.token)
            found = repr(sign)
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
        sign = text[position]
        found = repr(sign)
    message = f"{found} is not expected here"
    hint = _HINTS.get(sign)
    wanted = dict.fromkeys(_EXPECTED[name] for name in _EXPECTED if name in expected)
    if hint:
        message += f": {hint}"
    elif wanted:
        message += f"; {' or '.join(wanted)} could stand here"
    operator = _OPERATOR.search(text, 0, position)
    if operator:
        message += f"; a field named {operator[1]} is written ${{{operator[1]}}}"
    return ExpressionError(message, text, position)
