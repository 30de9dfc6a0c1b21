"""A calculated field, compiled: what it computes and which source fields it reads."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.dataprep import nodes, paths
from target_aep.dataprep.compiler import Compiler
from target_aep.dataprep.errors import ExpressionError, TransformError
from target_aep.dataprep.functions import FUNCTIONS
from target_aep.dataprep.moments import ZonedDateTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Expression:
    """A compiled calculated field; calling it with a record gives its value.

    Args:
        text: As its author wrote it.
        tree: As it was parsed.
        closure: What it was compiled to.
        reads: Dotted paths of the source fields that it may read, ``None`` if
            that cannot be told from its text.
    """

    text: str
    tree: nodes.Node
    closure: Callable[[Mapping[str, object]], object]
    reads: frozenset[tuple[str, ...]] | None

    def __call__(self, record: Mapping[str, object]) -> object:
        """The value for one record.

        Returns:
            ``None``, ``bool``, a number, ``str``, ``list``, ``dict``, or a
            ``ZonedDateTime``, whose text is ISO 8601.

        Raises:
            TransformError: The value cannot be computed.
        """
        value = self.evaluate(record)
        return ZonedDateTime.of(value) if isinstance(value, dt.datetime) else value

    def evaluate(self, record: Mapping[str, object]) -> object:
        """The value for one record, date-times as plain ``datetime``.

        Raises:
            TransformError: The value cannot be computed.
        """
        try:
            return self.closure(record)
        except TransformError:
            raise
        except RecursionError:
            message = "the value is nested too deeply"
            raise TransformError(message) from None
        except Exception as error:  # the language has one error, whatever the data are
            message = f"{type(error).__name__}: {error}"
            raise TransformError(message) from error


def compile_expression(text: str) -> Expression:
    """Compile a calculated field.

    Args:
        text: An expression of Adobe Data Prep, at most 4,096 characters.

    Returns:
        A callable from a record (a dict) to a value.

    Raises:
        ExpressionError: It cannot be understood; the error says where and why.
    """
    if not isinstance(text, str):
        message = f"an expression is a text, and not {type(text).__name__}"
        raise ExpressionError(message)
    # Only here: the parser's library is a seventh of what a run without expressions would import.
    from target_aep.dataprep.parser import parse  # noqa: PLC0415

    tree = parse(text)
    return Expression(text, tree, Compiler(text).compile(tree), _reads(tree))


def references(tree: nodes.Node) -> Iterator[nodes.Reference]:
    """The source fields that an expression names, in the order of its text."""
    pending: list[tuple[nodes.Node | nodes.Step, frozenset[str]]] = [(tree, frozenset())]
    while pending:
        node, parameters = pending.pop()
        if isinstance(node, nodes.Lambda):
            parameters |= frozenset(node.parameters)
        elif isinstance(node, nodes.Reference) and node.names[0] not in parameters:
            yield node
        pending += [(child, parameters) for child in reversed(list(nodes.children(node)))]


def _reads(tree: nodes.Node) -> frozenset[tuple[str, ...]] | None:
    found = {reference.names for reference in references(tree)}
    for node in nodes.walk(tree):
        if isinstance(node, nodes.Call) and FUNCTIONS[node.function].reads_record:
            path = node.arguments[0]
            if not (isinstance(path, nodes.Literal) and isinstance(path.value, str)):
                return None
            found |= _path_reads(path.value)
    return frozenset(found)


def _path_reads(path: str) -> set[tuple[str, ...]]:
    try:
        steps = paths.parse(path)
    except ExpressionError:
        return {(path,)}
    names = tuple(itertools.takewhile(lambda step: isinstance(step, str), steps))
    return {(path,), tuple(map(str, names))}
