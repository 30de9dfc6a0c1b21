"""Literals and names: what their text stands for, and how they are written."""

from __future__ import annotations

import math
import re
from decimal import Decimal

RESERVED = frozenset(
    [
        "new",
        "mod",
        "or",
        "break",
        "var",
        "lt",
        "for",
        "false",
        "while",
        "eq",
        "gt",
        "div",
        "not",
        "null",
        "continue",
        "else",
        "and",
        "ne",
        "true",
        "le",
        "if",
        "ge",
        "return",
        "_errors",
        "do",
        "function",
        "empty",
        "size",
    ]
)
"""Words that name a field only as ``${word}`` (functions.md, «Fields»)."""

IDENTIFIER = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
"""A name that needs no escape: letters of any script, digits, ``$`` and ``_``."""

_CONTROLS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_STEP = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)


def unescape(body: str, quote: str) -> str:
    r"""What stands between two quotes, as JEXL 3.2 and later read it.

    Only the own quote, the backslash, ``\uXXXX`` and five control characters
    are escapes; any other backslash is kept, so that ``"\d+"`` is a regular
    expression without doubling.
    """

    def replace(match: re.Match[str]) -> str:
        escape = match[1]
        if escape in (quote, "\\"):
            return escape
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        return _CONTROLS.get(escape, match[0])

    return _ESCAPE.sub(replace, body) if "\\" in body else body


def quote(text: str) -> str:
    """``text`` as a double-quoted literal."""

    def escape(match: re.Match[str]) -> str:
        character = match[0]
        return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04x}"

    return '"' + re.sub(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]', escape, text) + '"'


def split_names(escaped: str) -> tuple[str, ...]:
    r"""The steps of ``a.b\.c``: plain dots separate, ``\.`` belongs to a name."""
    return tuple(re.sub(r"\\([.}\\])", r"\1", step) for step in _STEP.findall(escaped))


def join_names(names: tuple[str, ...]) -> str:
    """The inverse of ``split_names``, as an expression writes a field."""
    if all(IDENTIFIER.fullmatch(name) for name in names) and names[0] not in {*RESERVED, "NaN"}:
        return ".".join(names)
    escaped = (re.sub(r"([.}\\])", r"\\\1", name) for name in names)
    return "${" + ".".join(escaped) + "}"


def integer(token: str) -> int:
    """``12``, ``0x1F``, ``010`` (octal), each with an optional suffix ``L`` or ``H``."""
    digits = token.rstrip("lLhH")
    if digits[:2] in ("0x", "0X"):
        return int(digits, 16)
    return int(digits, 8 if digits[0] == "0" else 10)


def real(token: str) -> float | Decimal:
    """``1.5``, ``1e3``, ``2f``, ``2d``, ``1.5B`` (a decimal).

    Raises:
        OverflowError: The number is larger than a double.
    """
    if token[-1] in "bB":
        return Decimal(token[:-1])
    value = float(token.rstrip("fFdD"))
    if math.isinf(value):
        raise OverflowError
    return value
