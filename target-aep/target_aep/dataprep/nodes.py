"""The syntax tree of a calculated field.

Chains of operators and of member accesses are flat, so that the depth of a
tree is the nesting that its author wrote, and ``depth`` bounds every walk.
Positions are offsets into the text and do not take part in comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Literal:
    """A constant: text, number, ``true``, ``false`` or ``null``."""

    value: object
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Reference:
    r"""A source field, or a parameter of the lambda around it.

    ``names`` are the steps of a dotted path: ``person.name`` has two,
    ``${First\.Name}`` has one.
    """

    names: tuple[str, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Key:
    """A step ``[expression]``."""

    key: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Member:
    """A step ``.name``, ``.'a name'`` or ``.0`` on something that is no plain field."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class MethodCall:
    """A step ``.name(arguments)``."""

    name: str
    arguments: tuple[Node, ...]
    at: int = field(default=0, compare=False)


Step: TypeAlias = "Key | Member | MethodCall"


@dataclass(frozen=True)
class Access:
    """``base`` followed by one or more steps."""

    base: Node
    steps: tuple[Step, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ArrayLiteral:
    """``[a, b]``."""

    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class SetLiteral:
    """``{a, b}``; ``{}`` is the empty set, as in JEXL."""

    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class MapLiteral:
    """``{"key": value}``; ``{:}`` is the empty map."""

    entries: tuple[tuple[Node, Node], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Template:
    """A back-quoted text with ``${expression}`` in it."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Unary:
    """``- + ~ ! empty size``."""

    operator: str
    operand: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Arithmetic:
    """``first op operand op operand …``, applied from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Comparison:
    """One comparison, containment test or range; they do not chain."""

    operator: str
    left: Node
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Logical:
    """``&&`` or ``||`` over two or more operands, evaluated only as far as needed."""

    operator: str
    operands: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Conditional:
    """``test ? then : otherwise``."""

    test: Node
    then: Node
    otherwise: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Default:
    """``left ?: right`` (unless truthy) or ``left ?? right`` (unless not null)."""

    operator: str
    left: Node
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    """``function(arguments)``."""

    function: str
    arguments: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Lambda:
    """``x -> body`` or ``(x, y) -> body``."""

    parameters: tuple[str, ...]
    body: Node
    at: int = field(default=0, compare=False)


Node: TypeAlias = (
    "Literal | Reference | Access | ArrayLiteral | SetLiteral | MapLiteral | Template | Unary | Arithmetic"
    " | Comparison | Logical | Conditional | Default | Call | Lambda"
)


def children(node: Node | Step) -> Iterator[Node | Step]:
    """The nodes directly below ``node``, in the order of the text."""
    for name in node.__dataclass_fields__:
        yield from _nodes_in(getattr(node, name))


def _nodes_in(value: object) -> Iterator[Node | Step]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)
    elif is_dataclass(value):
        yield value  # type: ignore[misc]


def walk(root: Node) -> Iterator[Node | Step]:
    """Every node of a tree, parents before children, without recursion."""
    stack: list[Node | Step] = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def depth(root: Node) -> int:
    """How deep a tree is nested, without recursion."""
    deepest, level = 0, [root]
    while level:
        deepest += 1
        level = [below for node in level for below in children(node)]  # type: ignore[misc]
    return deepest
