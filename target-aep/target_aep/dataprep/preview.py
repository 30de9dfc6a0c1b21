"""Previews: records in, XDM and warnings out, in the shape of Adobe's preview call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.dataprep import rows
from target_aep.dataprep.assignments import Assignment, arranged, compile_mapping
from target_aep.dataprep.conversion import to_json
from target_aep.dataprep.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_aep.dataprep.mapping_set import Mapping as MappingOf
    from target_aep.dataprep.mapping_set import MappingSet
    from target_aep.xdm.types import Field


def preview(
    mapping_set: MappingSet, records: Iterable[Mapping[str, Any]], schema: Field | None
) -> list[dict[str, Any]]:
    """Map records and say what went wrong beside each.

    A mapping that cannot be understood is an error of every record, and the
    others still apply.

    Returns:
        For each record ``{"data": …, "errors": None}`` or, beside the data, a
        list of errors with ``destination``, ``exception``, ``source``,
        ``columnName`` and ``sourceType``.
    """
    assignments: list[Assignment] = []
    broken: list[dict[str, str]] = []
    for mapping in mapping_set.mappings:
        compiled = _compiled(mapping, schema)
        if isinstance(compiled, Assignment):
            assignments.append(compiled)
        else:
            broken.append(error_info(mapping, mapping.destination, str(compiled), ""))
    columns = {each.mapping.destination: column_names(each) for each in assignments}
    assignments = arranged(assignments, schema)
    answers = []
    for record in records:
        data, warnings = rows.apply(assignments, record, nulls=mapping_set.allows_null_values)
        errors = broken + [
            error_info(each.mapping, each.destination, each.message, columns[each.mapping.destination])
            for each in warnings
        ]
        answers.append({"data": to_json(data), "errors": errors or None})
    return answers


def _compiled(mapping: MappingOf, schema: Field | None) -> Assignment | ExpressionError:
    try:
        return compile_mapping(mapping, schema)
    except ExpressionError as error:
        return error


def error_info(mapping: MappingOf, destination: str, message: str, columns: str) -> dict[str, str]:
    """Adobe's ``TransformErrorInfo``."""
    return {
        "destination": destination,
        "exception": message,
        "source": mapping.source,
        "columnName": columns,
        "sourceType": mapping.source_type.value,
    }


def column_names(assignment: Assignment) -> str:
    """The source columns of an assignment, separated by commas."""
    if assignment.source_steps:
        return assignment.mapping.source
    return ", ".join(sorted(".".join(names) for names in assignment.reads or ()))
