"""A mapping set compiled for one output schema: what to read, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from target_aep.dataprep import expressions, nodes, paths
from target_aep.dataprep.errors import ExpressionError
from target_aep.dataprep.mapping_set import Mapping, MappingSet, SourceType
from target_aep.xdm import paths as xdm_paths
from target_aep.xdm.paths import ANY, Wildcard
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Object

Steps: TypeAlias = "tuple[str | int | Wildcard, ...]"
Evaluation: TypeAlias = "Callable[[Object[str, object]], object]"

WELL_KNOWN: dict[Steps, Field] = {("_id",): Field(XdmType.STRING)}
"""Fields whose type is the same in every schema, for previews without one."""


@dataclass(frozen=True)
class Assignment:
    """One mapping, ready to be evaluated.

    Args:
        mapping: As it was written.
        steps: The destination.
        field: The destination's field, ``None`` without a schema.
        source_steps: The path of an attribute; empty for expressions and constants.
        evaluate: Record → value. Raises ``TransformError``.
        closure: The same, which may raise anything.
        reads: Paths of the source fields it may read, ``None`` if unknown.
        tree: The expression as it was parsed, ``None`` for attributes and constants.
        copied_elsewhere: Paths below an object copied without a schema that
            further mappings put elsewhere in the same object, and so rename.
    """

    mapping: Mapping
    steps: Steps
    field: Field | None
    source_steps: Steps
    evaluate: Evaluation
    closure: Evaluation
    reads: frozenset[tuple[str, ...]] | None
    tree: nodes.Node | None
    copied_elsewhere: tuple[tuple[str, ...], ...] = ()

    @property
    def wildcards(self) -> int:
        """How many lists the value is nested in, by its source."""
        return sum(step is ANY for step in self.source_steps)


def compile_mappings(mapping_set: MappingSet, root: Field | None) -> list[Assignment]:
    """The assignments of a mapping set, outer destinations before those inside them.

    Args:
        mapping_set: With its tenant resolved.
        root: The output schema, ``None`` if there is none.

    Raises:
        ExpressionError: A source or a destination cannot be understood, or the schema lacks a destination.
    """
    found = [compile_mapping(mapping, root) for mapping in mapping_set.mappings]
    return arranged(found, root)


def arranged(assignments: list[Assignment], root: Field | None) -> list[Assignment]:
    """Assignments in the order in which they apply: an object is copied before its attributes are set."""
    if root is None:
        assignments = [_with_renames(each, assignments) for each in assignments]
    return sorted(assignments, key=lambda each: len(each.steps))


def compile_mapping(mapping: Mapping, root: Field | None) -> Assignment:
    """The assignment of one mapping.

    Raises:
        ExpressionError: As ``compile_mappings``.
    """
    try:
        steps = xdm_paths.parse(mapping.destination)
    except ValueError as error:
        raise ExpressionError(str(error), mapping.destination) from None
    reader = _reader(mapping)
    destination = WELL_KNOWN.get(steps) if root is None else xdm_paths.find(root, steps)
    if root is not None and destination is None:
        message = f"the schema has no field {mapping.destination}"
        raise ExpressionError(message, mapping.destination)
    return Assignment(mapping, steps, destination, *reader)


def _reader(
    mapping: Mapping,
) -> tuple[Steps, Evaluation, Evaluation, frozenset[tuple[str, ...]] | None, nodes.Node | None]:
    """What an ``Assignment`` has of its source, in its order."""
    if mapping.source_type is SourceType.EXPRESSION:
        expression = expressions.compile_expression(mapping.source)
        return (), expression.evaluate, expression.closure, expression.reads, expression.tree
    if mapping.source_type is SourceType.STATIC:
        constant = _constant(mapping.source)
        return (), constant, constant, frozenset(), None
    steps = _source_steps(mapping.source)
    names = tuple(step for step in steps[: _plain(steps)] if isinstance(step, str))
    read = _attribute(mapping.source, steps)
    return steps, read, read, frozenset({names, (mapping.source,)}), None


def _constant(value: object) -> Evaluation:
    return lambda _: value


def _plain(steps: Steps) -> int:
    return next((i for i, step in enumerate(steps) if not isinstance(step, str)), len(steps))


def _source_steps(path: str) -> Steps:
    """The steps of an attribute; a text that is no path can only be the name of a column."""
    try:
        return paths.parse(path)
    except ExpressionError:
        return (path,)


def _attribute(path: str, steps: Steps) -> Evaluation:
    return lambda record: record[path] if path in record else paths.follow(record, steps)


def _with_renames(outer: Assignment, assignments: list[Assignment]) -> Assignment:
    if not outer.source_steps:
        return outer
    depth, source_depth = len(outer.steps), len(outer.source_steps)
    renamed = tuple(
        tuple(map(str, each.source_steps[source_depth:]))
        for each in assignments
        if len(each.steps) > depth
        and len(each.source_steps) > source_depth
        and each.steps[:depth] == outer.steps
        and each.source_steps[:source_depth] == outer.source_steps
        and each.steps[depth:] != each.source_steps[source_depth:]
    )
    return Assignment(**{**vars(outer), "copied_elsewhere": renamed}) if renamed else outer
