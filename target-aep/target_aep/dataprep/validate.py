"""Checks of a mapping set before any row is read: all problems at once, each with its place."""

from __future__ import annotations

import difflib
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.dataprep import assignments, casts, expressions, nodes, regexes, source_fields
from target_aep.dataprep.compiler import TAKE_NAMES
from target_aep.dataprep.errors import ExpressionError, TransformError
from target_aep.dataprep.functions import FUNCTIONS, Scope
from target_aep.dataprep.mapping_set import Mapping, MappingSet, SourceType
from target_aep.xdm import paths as xdm_paths
from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from collections.abc import Mapping as Object

_NEVER: dict[XdmType, set[XdmType]] = {
    XdmType.OBJECT: {kind for kind in XdmType if kind not in {XdmType.OBJECT, XdmType.MAP}},
    XdmType.ARRAY: {kind for kind in XdmType if kind is not XdmType.ARRAY},
    XdmType.BOOLEAN: {
        kind for kind in XdmType if kind not in {XdmType.BOOLEAN, XdmType.STRING, XdmType.ARRAY}
    },
    XdmType.DOUBLE: {XdmType.BOOLEAN, XdmType.OBJECT, XdmType.MAP, XdmType.DATE, XdmType.DATE_TIME},
    XdmType.LONG: {XdmType.BOOLEAN, XdmType.OBJECT, XdmType.MAP},
    XdmType.DATE: {XdmType.BOOLEAN, XdmType.OBJECT, XdmType.MAP, XdmType.DOUBLE, XdmType.INT, XdmType.LONG},
    XdmType.DATE_TIME: {
        XdmType.BOOLEAN,
        XdmType.OBJECT,
        XdmType.MAP,
        XdmType.DOUBLE,
        XdmType.INT,
        XdmType.LONG,
    },
    XdmType.STRING: {XdmType.OBJECT, XdmType.MAP},
}
"""Types that no value of a source type converts to."""


class Severity(enum.Enum):
    """Whether a mapping set can be used with the problem in it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a mapping set.

    Args:
        severity: An error makes rows or fields unusable; a warning may be meant.
        message: What is wrong, as a sentence.
        index: Position of the mapping in the set, ``None`` if it concerns all of it.
        destination: The mapping's destination.
        line: Line in the mapping's source, from 1; 0 where it is no place in a text.
        column: Column in that line, from 1.
    """

    severity: Severity
    message: str
    index: int | None = None
    destination: str = ""
    line: int = 0
    column: int = 0


def validate(
    mapping_set: MappingSet,
    properties: Object[str, Any] | None,
    root: Field | None,
    needed: Collection[str] = (),
    *,
    open_root: str = "",
) -> list[Problem]:
    """Everything that is wrong with a mapping set, in the order of its mappings.

    Args:
        mapping_set: With its tenant resolved.
        properties: JSON Schemas of the stream's fields; ``None`` if they are not known.
        root: The output schema; ``None`` if it is not known.
        needed: Paths that must be mapped besides the schema's required fields: identities, keys.
        open_root: Root field below which missing fields would be added, and so are no problem.
    """
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for index, mapping in enumerate(mapping_set.mappings):
        known = None if open_root and mapping.destination.startswith(f"{open_root}.") else root
        problems += _mapping_problems(index, mapping, properties, known)
        before = first.setdefault(mapping.destination, index)
        if before != index:
            message = f"mapping {before + 1} has the same destination, and only one can fill it"
            problems.append(Problem(Severity.ERROR, message, index, mapping.destination))
    if root is not None:
        problems += _uncovered(set(first), root, needed)
    return problems


def _mapping_problems(
    index: int, mapping: Mapping, properties: Object[str, Any] | None, root: Field | None
) -> Iterator[Problem]:
    place = {"index": index, "destination": mapping.destination}
    field, complaint = _destination(mapping, root)
    if complaint:
        yield Problem(Severity.ERROR, complaint, **place)  # type: ignore[arg-type]
    try:
        compiled = assignments.compile_mapping(mapping, None)
    except ExpressionError as error:
        if error.text != mapping.destination:
            at = {"line": error.line, "column": error.column}
            yield Problem(Severity.ERROR, error.message, **place, **at)  # type: ignore[arg-type]
        return
    attribute = mapping.source_type is SourceType.ATTRIBUTE and properties is not None
    if attribute and source_fields.find(properties or {}, mapping.source) is None:
        yield Problem(Severity.ERROR, _unknown(mapping.source, properties or {}), **place)  # type: ignore[arg-type]
    for message in _misfits(mapping, compiled, field, properties):
        yield Problem(Severity.ERROR, message, **place)  # type: ignore[arg-type]
    if compiled.tree is None:
        return
    errors = () if properties is None else _unknown_references(compiled.tree, properties)
    told = [(Severity.ERROR, *each) for each in errors]
    told += [(Severity.WARNING, *each) for each in _lints(compiled.tree)]
    for severity, message, position in told:
        pointed = ExpressionError(message, mapping.source, position)
        at = {"line": pointed.line, "column": pointed.column}
        yield Problem(severity, message, **place, **at)  # type: ignore[arg-type]


def _destination(mapping: Mapping, root: Field | None) -> tuple[Field | None, str]:
    """The destination's field, and what is wrong with the destination."""
    try:
        steps = xdm_paths.parse(mapping.destination)
    except ValueError as error:
        return None, str(error)
    if root is None:
        return None, ""
    field = xdm_paths.find(root, steps)
    return (
        field,
        "" if field else f"the schema has no field {mapping.destination}{_near(mapping.destination, root)}",
    )


def _unknown_references(tree: nodes.Node, properties: Object[str, Any]) -> Iterator[tuple[str, int]]:
    """Fields that an expression reads and the stream lacks, each at its first place.

    The argument of ``contains_key`` may be missing: that is what it asks.
    """
    names = {
        node.arguments[1].at
        for node in nodes.walk(tree)
        if isinstance(node, nodes.Call) and node.function in TAKE_NAMES and len(node.arguments) > 1
    }
    told: set[tuple[str, ...]] = set()
    for reference in expressions.references(tree):
        if reference.at in names or reference.names in told:
            continue
        if source_fields.find_steps(properties, reference.names) is None:
            told.add(reference.names)
            yield _unknown(".".join(reference.names), properties), reference.at


def _unknown(path: str, properties: Object[str, Any]) -> str:
    if not path.strip():
        return "the source is empty"
    known = {name.lower(): name for name in properties}
    close = difflib.get_close_matches(path.lower(), known, 1)
    return f"the stream has no field {path}" + (f"; did you mean {known[close[0]]}?" if close else "")


def _near(destination: str, root: Field) -> str:
    known = {".".join(names).lower(): ".".join(names) for names, _ in root.leaves()}
    close = difflib.get_close_matches(destination.strip().lower(), known, 1)
    return f"; did you mean {known[close[0]]}?" if close else ""


def _misfits(
    mapping: Mapping,
    compiled: assignments.Assignment,
    field: Field | None,
    properties: Object[str, Any] | None,
) -> Iterator[str]:
    if field is None or mapping.source_type is SourceType.EXPRESSION:
        return
    if mapping.source_type is SourceType.STATIC:
        _, failures = casts.from_values([mapping.source], field)
        yield from (f"the constant does not fit: {failure.message}" for failure in failures)
        return
    schema = None if properties is None else source_fields.find(properties, mapping.source)
    kind = source_fields.type_of(schema) if schema is not None else None
    if kind is not None and not compiled.wildcards and field.type in _NEVER.get(kind, set()):
        yield f"{kind.value} {mapping.source} cannot become {field.type.value}"


def _lints(tree: nodes.Node) -> Iterator[tuple[str, int]]:
    for node in nodes.walk(tree):
        if not isinstance(node, nodes.Call):
            continue
        function = FUNCTIONS[node.function]
        if function.scope is not Scope.EVERYWHERE:
            yield f"{function.name} is {function.scope.value}", node.at
        match node:
            case nodes.Call(
                "extract_regex" | "matches_regex" | "explode", (_, nodes.Literal(str() as regex))
            ):
                try:
                    regexes.compile_pattern(regex)
                except TransformError as error:
                    yield str(error), node.at


def _uncovered(mapped: set[str], root: Field, needed: Collection[str]) -> Iterator[Problem]:
    for path in dict.fromkeys([*needed, *_required(root, "", mapped)]):
        if not _covered(path, mapped):
            message = f"nothing is mapped to {path}, which a row must have"
            yield Problem(Severity.ERROR, message, destination=path)


def _required(field: Field, prefix: str, mapped: set[str]) -> Iterator[str]:
    """Required fields, inside an object only if something in it is mapped."""
    for name in field.fields:
        path = f"{prefix}{name}"
        if name in field.required:
            yield path
        if any(each == path or each.startswith(f"{path}.") for each in mapped):
            yield from _required(field.fields[name], f"{path}.", mapped)


def _covered(path: str, mapped: set[str]) -> bool:
    return any(
        path == each or path.startswith(f"{each}.") or each.startswith((f"{path}.", f"{path}["))
        for each in mapped
    )
