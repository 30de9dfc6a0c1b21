"""What the mapping commands print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_aep.dataprep import MappingSet
    from target_aep.dataprep.suggest import Suggestion
    from target_aep.dataprep.validate import Problem


def suggestion_lines(
    suggestions: Sequence[Suggestion], proposal: Sequence[Mapping[str, str]]
) -> Iterator[str]:
    """A table: score, source, destination, other destinations."""
    proposed = {mapping["source"]: mapping["destination"] for mapping in proposal}
    width = max((len(each.source) for each in suggestions), default=0)
    yield f"score  {'source':<{width}}  destination"
    for each in suggestions:
        path = proposed.get(each.source, "(none)")
        line = f" {each.score:4.2f}  {each.source:<{width}}  {path}"
        if each.destination is None and each.source in proposed:
            line += "  (a field of its own)"
        elif each.alternatives:
            line += f"  (or {', '.join(each.alternatives)})"
        yield line


def problem_lines(
    problems: Sequence[Problem], written: MappingSet, lines: Sequence[int], where: str, *, as_json: bool
) -> Iterator[str]:
    """One line a problem: place in the file, severity, destination, place in the expression, message."""
    if as_json:
        yield json.dumps([_document(problem, lines) for problem in problems], ensure_ascii=False, indent=2)
        return
    for problem in problems:
        place = where
        if problem.index is not None:
            known = problem.index < len(lines)
            place += f":{lines[problem.index]}" if known else f", mapping {problem.index + 1}"
        text = f"{place}: {problem.severity.value}: "
        text += f"{problem.destination}: " if problem.destination else ""
        text += f"line {problem.line}, column {problem.column}: " if problem.line else ""
        yield text + problem.message
        if problem.line and problem.index is not None:
            yield from _pointer(written.mappings[problem.index].source, problem)


def _pointer(source: str, problem: Problem) -> Iterator[str]:
    line = source.split("\n")[problem.line - 1]
    start = max(problem.column - 60, 0)
    yield f"    {line[start : start + 100]}"
    yield f"    {' ' * (problem.column - 1 - start)}^"


def _document(problem: Problem, lines: Sequence[int]) -> dict[str, Any]:
    place = lines[problem.index] if problem.index is not None and problem.index < len(lines) else None
    return {
        "severity": problem.severity.value,
        "message": problem.message,
        "mapping": None if problem.index is None else problem.index + 1,
        "fileLine": place,
        "destination": problem.destination,
        "line": problem.line or None,
        "column": problem.column or None,
    }


def preview_text(records: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> str:
    """Each record's output field by field, what went wrong beside the field that it concerns."""
    lines = []
    for number, (record, answer) in enumerate(zip(records, answers, strict=True), 1):
        errors: dict[str, list[Mapping[str, str]]] = {}
        for error in answer["errors"] or ():
            errors.setdefault(error["destination"], []).append(error)
        cells = dict(_cells(answer["data"], ""))
        names = [*cells, *(path for path in errors if path not in cells)]
        width = max(map(len, names), default=0)
        lines.append(f"record {number}")
        for name in names:
            lines.append(f"  {name:<{width}}  {cells.get(name, 'null')}")
            lines += [_warning(error, record, width) for error in errors.get(name, ())]
    return "\n".join(lines)


def _cells(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _cells(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _cells(inner, f"{path}[{index}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _warning(error: Mapping[str, str], record: Mapping[str, Any], width: int) -> str:
    names = [name for name in error["columnName"].split(", ") if name in record]
    values = ", ".join(f"{name} = {json.dumps(record[name], ensure_ascii=False)}" for name in names)
    return f"  {'':<{width}}  ^ {error['exception']}" + (f"  ({values})" if values else "")
