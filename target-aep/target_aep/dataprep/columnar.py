"""Applying a mapping set to a table.

Destinations form a tree. A leaf with one mapping is one column: attributes
and constants are Arrow operations, expressions are evaluated over just the
columns that they read. Objects, array elements and map entries are put
together from their columns, arrays of objects from one list an attribute, an
object that is copied with exceptions from the copy and theirs. What is left
(several ``[*]``, several mappings to one field) is assembled by record, by the
same code as a preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from target_aep.dataprep import assembly, casts, rows
from target_aep.dataprep.assignments import Assignment, compile_mappings
from target_aep.dataprep.branches import Branch, tree, vectorise
from target_aep.dataprep.mapping_set import SourceType
from target_aep.dataprep.sources import Source
from target_aep.xdm.arrow import arrow_type
from target_aep.xdm.types import XdmType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_aep.dataprep.casts import Failure
    from target_aep.dataprep.mapping_set import MappingSet
    from target_aep.dataprep.vectors import Column, Vector
    from target_aep.xdm.types import Field

MAX_WARNINGS = 1_000
"""Warnings that one call keeps per destination; all of them are counted."""


class CellWarning(NamedTuple):
    """A value that became null on its way to the destination.

    Args:
        row: Its position in the source table, from 0.
        destination: Dotted path; inside an object or array, deeper than the mapping says.
        value: What could not be used; ``None`` if it was never computed.
        message: Why.
    """

    row: int
    destination: str
    value: object
    message: str


@dataclass(frozen=True)
class Mapped:
    """A mapped table.

    Args:
        table: One row a source row, in the Arrow types of the output schema.
        warnings: What became null, at most ``MAX_WARNINGS`` for one mapping.
        warning_counts: How often, by the mapping's destination.
    """

    table: pa.Table
    warnings: list[CellWarning]
    warning_counts: Mapping[str, int]


class TableMapper:
    """Maps tables of one source schema to one output schema.

    Args:
        mapping_set: With its tenant resolved.
        source: The columns that the tables will have.
        target: The output schema's root.

    Raises:
        ExpressionError: A mapping cannot be understood, or the schema lacks its destination.
    """

    def __init__(self, mapping_set: MappingSet, source: pa.Schema, target: Field) -> None:
        self.source = source
        self.target = target
        assignments = compile_mappings(mapping_set, target)
        self.missing_sources = _missing(assignments, source)
        """Attribute sources that the tables lack; their destinations stay null."""
        self._root = tree(assignments, target)
        self._keeps_nulls = mapping_set.allows_null_values
        vectorise(self._root, source)
        self._reads = _reads(assignments, source)
        self.only_moments = _only_moments(assignments, source)
        """Columns that go to date-times as they are, or nowhere: texts of moments may come as moments."""

    def map(self, table: pa.Table) -> Mapped:
        """Map a table; whatever is wrong with a value becomes a warning."""
        source = Source(table, self._reads)
        log = _Log()
        children = self._root.children
        names = [name for name in self.target.fields if name in children]
        columns = [_column(children[name], source, log) for name in names]
        if self._keeps_nulls:
            columns = [assembly.with_nulls(column) for column in columns]
        if not columns:
            return Mapped(table.select([]), [], {})
        return Mapped(pa.table(columns, names=names), log.warnings, log.counts)


class _Log:
    def __init__(self) -> None:
        self.warnings: list[CellWarning] = []
        self.counts: dict[str, int] = {}

    def add(self, mapping_destination: str, warning: CellWarning) -> None:
        count = self.counts.get(mapping_destination, 0)
        self.counts[mapping_destination] = count + 1
        if count < MAX_WARNINGS:
            self.warnings.append(warning)

    def failures(self, destination: str, failures: list[Failure]) -> None:
        for failure in failures:
            path = destination + failure.path
            self.add(destination, CellWarning(failure.row, path, failure.value, failure.message))


def _missing(assignments: list[Assignment], source: pa.Schema) -> list[str]:
    attributes = (each for each in assignments if each.mapping.source_type is SourceType.ATTRIBUTE)
    return [each.mapping.source for each in attributes if not _columns(each, source)]


def _columns(assignment: Assignment, source: pa.Schema) -> set[str]:
    """The columns of the source that an assignment may read."""
    if assignment.reads is None:
        return set(source.names)
    prefixes = {".".join(names[:end]) for names in assignment.reads for end in range(1, len(names) + 1)}
    return prefixes & set(source.names)


def _reads(assignments: list[Assignment], source: pa.Schema) -> list[str]:
    """The columns that records need: those of whatever is no plain column operation."""
    wanted: set[str] = set()
    for assignment in assignments:
        wanted |= _columns(assignment, source)
    return [name for name in source.names if name in wanted]


def _only_moments(assignments: list[Assignment], source: pa.Schema) -> frozenset[str]:
    others: set[str] = set()
    for each in assignments:
        is_copied = each.mapping.source_type is SourceType.ATTRIBUTE and each.mapping.source in source.names
        if not (is_copied and each.field and each.field.type is XdmType.DATE_TIME):
            others |= _columns(each, source)
    return frozenset(source.names) - others


def _column(branch: Branch, source: Source, log: _Log) -> pa.Array:
    if branch.is_container:
        return _container(branch, source, log)
    if branch.assignment and branch.is_column:
        return _leaf(branch, branch.assignment, source, log)
    if branch.assignment and branch.is_overlaid:
        return _overlaid(branch, _leaf(branch, branch.assignment, source, log), source, log)
    if branch.is_zipped:
        return _zipped(branch, source, log)
    return _assembled(branch, source, log)


def _leaf(branch: Branch, assignment: Assignment, source: Source, log: _Log) -> pa.Array:
    destination = assignment.mapping.destination
    if assignment.mapping.source_type is SourceType.ATTRIBUTE:
        column = source.column(assignment.mapping.source, assignment.source_steps)
        if column is None:
            return pa.nulls(source.num_rows, arrow_type(branch.field))
        array, failures = casts.cast(column, branch.field)
    elif assignment.mapping.source_type is SourceType.STATIC:
        one, failures = casts.from_values([assignment.mapping.source], branch.field)
        array = pa.repeat(one[0], source.num_rows) if not failures else pa.nulls(source.num_rows, one.type)
        failures = [failure._replace(row=row) for failure in failures for row in range(source.num_rows)]
    else:
        [(number, _)] = branch.assignments
        column = _computed(assignment, branch.vectors.get(number), source, log)
        convert = casts.from_values if isinstance(column, list) else casts.cast
        array, failures = convert(column, branch.field)
    log.failures(destination, failures)
    return array


def _computed(assignment: Assignment, vector: Vector | None, source: Source, log: _Log) -> Column:
    column = source.compute(vector) if vector else None
    if column is not None:
        return column
    values, errors = source.evaluate(assignment)
    destination = assignment.mapping.destination
    for row, message in errors:
        log.add(destination, CellWarning(row, destination, None, message))
    return values


def _container(branch: Branch, source: Source, log: _Log) -> pa.Array:
    columns: dict[Any, pa.Array] = {
        step: _column(child, source, log) for step, child in branch.children.items()
    }
    items = branch.field.items
    if branch.field.type is XdmType.ARRAY and items:
        return assembly.list_of(columns, items)
    if branch.field.type is XdmType.MAP and items:
        return assembly.map_of(columns, items)
    return assembly.struct_of({name: columns[name] for name in branch.field.fields if name in columns})


def _overlaid(branch: Branch, copied: pa.StructArray, source: Source, log: _Log) -> pa.Array:
    """A copied object, in which what is mapped by itself stands in place of what was copied."""
    columns: dict[Any, pa.Array] = dict(assembly.attributes_of(copied))
    for name, child in branch.children.items():
        if child.children and child.is_container:
            column = _overlaid(child, columns[name], source, log)
        else:
            column = _column(child, source, log)
        columns[name] = assembly.completed(column, child.field)
    return assembly.struct_of(columns)


def _zipped(branch: Branch, source: Source, log: _Log) -> pa.Array:
    """Arrays whose elements' attributes come from one list each."""
    places, parts = [], []
    for number, assignment in branch.assignments:
        column = _computed(assignment, branch.vectors.get(number), source, log)
        lists = column if isinstance(column, list) else casts.to_values(column)
        place, members = assembly.members_of(lists)
        array, failures = casts.from_values(members, assignment.field or branch.field)
        destination = assignment.mapping.destination
        for failure in failures:
            path = destination.replace("[*]", f"[{place.positions[failure.row]}]", 1)
            row = int(place.rows[failure.row])
            log.add(destination, CellWarning(row, path + failure.path, failure.value, failure.message))
        places.append(place)
        parts.append((assignment.steps[branch.depth + 1 :], array))
    return assembly.zip_of(source.num_rows, places, parts, branch.field.items or branch.field)


def _assembled(branch: Branch, source: Source, log: _Log) -> pa.Array:
    """Objects, arrays and maps put together record by record."""
    assignments, values = branch.below(), []
    for row, record in enumerate(source.records()):
        output: dict[str, object] = {}
        warnings: list[rows.Warning] = []
        for assignment in assignments:
            steps = ("", *assignment.steps[branch.depth :])
            rows.put_value(output, steps, assignment, record, warnings)
        values.append(casts.storable(output.get("")))
        for each in warnings:
            warning = CellWarning(row, each.destination, each.value, each.message)
            log.add(each.mapping.destination, warning)
    return pa.array(values, arrow_type(branch.field))
