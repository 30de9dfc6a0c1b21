"""Filtering, ordering and paging of Catalog lists.

A list is an object keyed by id. `limit` is 1 to 100, 20 when absent; `start` is an offset.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any

from emulator.aep import errors, guardrails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from starlette.datastructures import QueryParams

    from emulator.aep.store import Document

_FILTER = re.compile(r"(?P<path>[^=!<>~]+)(?P<operator>==|!=|<=|>=|<|>|~|=)(?P<value>.*)$", re.DOTALL)
_NEXT_FILTER = re.compile(r",(?=[\w./-]+(?:==|!=|<=|>=|<|>|~))")
_CONTROL = {
    *("limit", "start", "orderBy", "sort", "properties", "aggregate", "expansion", "requestDataSource"),
}
_RANGES = {
    "createdAfter": ("created", 1),
    "createdBefore": ("created", -1),
    "updatedAfter": ("updated", 1),
    "updatedBefore": ("updated", -1),
    "startAfter": ("availableDates.startDate", 1),
    "startBefore": ("availableDates.startDate", -1),
    "endAfter": ("availableDates.endDate", 1),
    "endBefore": ("availableDates.endDate", -1),
}

Special = dict[str, "Callable[[Document, str], bool]"]


def selected(documents: Iterable[Document], query: QueryParams, special: Special) -> dict[str, Any]:
    """Return one page, keyed by id.

    Args:
        documents: All objects of the sandbox; each has an `id`.
        query: The request's parameters.
        special: Filters that do not name a property of the object, e.g. `dataSet` of a batch.
    """
    limit, start = _page(query)
    found = [each for each in documents if _passes(each, query, special)]
    order = query.get("orderBy") or query.get("sort")
    if order:
        found = _ordered(found, order)
    page = found[start : start + limit]
    return {each["id"]: projected(each, query.get("properties")) for each in page}


def projected(document: Document, properties: str | None) -> Document:
    """Return the top-level properties that were asked for."""
    if not properties:
        return document
    wanted = {name.strip().split(".")[0] for name in properties.split(",")}
    return {key: value for key, value in document.items() if key in wanted}


def _page(query: QueryParams) -> tuple[int, int]:
    most = guardrails.CATALOG_PAGE
    if "observableSchema" in query.get("properties", ""):
        most = guardrails.CATALOG_OBSERVABLE_SCHEMA_PAGE
    limit = query.get("limit", str(guardrails.CATALOG_DEFAULT_PAGE))
    if not limit.isdigit() or not 1 <= int(limit) <= most:
        detail = f"Please supply a valid query limit: (1 - {most})"
        raise errors.bad_request(detail)
    start = query.get("start", "0")
    if not start.isdigit():
        raise errors.bad_request("Please supply a valid start: a number from 0")
    return int(limit), int(start)


def _passes(document: Document, query: QueryParams, special: Special) -> bool:
    return all(_passes_one(document, name, text, special) for name, text in query.multi_items())


def _passes_one(document: Document, name: str, text: str, special: Special) -> bool:
    if name in special:
        return any(special[name](document, value) for value in text.split(","))
    if name in _RANGES:
        return _within(document, name, text)
    if name == "property":
        return all(_satisfies(document, part) for part in _NEXT_FILTER.split(text))
    if name == "tags":
        return any(_has_tag(document, part) for part in text.split(","))
    return name in _CONTROL or _equals(document, name, text)


def _within(document: Document, name: str, text: str) -> bool:
    path, sign = _RANGES[name]
    if not text.isdigit():
        raise errors.bad_request(f"{name} must be a number of milliseconds")
    values = values_at(document, path)
    return bool(values) and sign * float(values[0]) > sign * int(text)


def _equals(document: Document, name: str, text: str) -> bool:
    """Compare as `name=a,b` (one of) or `name=!a` (none of)."""
    values = {_text(value) for value in values_at(document, name)}
    negated = [part[1:] for part in text.split(",") if part.startswith("!")]
    if negated:
        return not values & set(negated)
    return bool(values & set(text.split(",")))


def _satisfies(document: Document, expression: str) -> bool:
    found = _FILTER.match(expression)
    if found is None:
        return bool(values_at(document, expression))
    values = [_text(value) for value in values_at(document, found["path"])]
    operator, wanted = found["operator"], found["value"]
    if operator == "!=":
        return wanted not in values
    if operator in {"==", "="}:
        return wanted in values
    if operator == "~":
        try:
            return any(re.search(wanted, value) for value in values)
        except re.error as error:
            raise errors.bad_request(f"The property filter is not a regular expression: {error}") from None
    return any(_compare(value, operator, wanted) for value in values)


def _compare(value: str, operator: str, wanted: str) -> bool:
    left: Any
    right: Any
    try:
        left, right = float(value), float(wanted)
    except ValueError:
        left, right = value, wanted
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


def _has_tag(document: Document, text: str) -> bool:
    """Match `key:value`; an asterisk stands for anything, also as the whole value."""
    tags = document.get("tags", {})
    for key, values in tags.items():
        for value in values if isinstance(values, list) else [values]:
            if fnmatch.fnmatchcase(f"{key}:{_text(value)}", text if ":" in text else f"{text}:*"):
                return True
    return False


def values_at(document: Document, path: str) -> list[Any]:
    """Return the values at a dotted path; a key may itself contain dots or slashes."""
    nodes: list[Any] = [document]
    for name in path.strip().split("."):
        nodes = [each[name] for each in nodes if isinstance(each, dict) and name in each]
        nodes = [item for each in nodes for item in (each if isinstance(each, list) else [each])]
    return nodes


def _ordered(documents: Sequence[Document], order: str) -> list[Document]:
    direction, colon, names = order.partition(":")
    if not colon:
        direction, names = "asc", order
    if direction not in {"asc", "desc"}:
        raise errors.bad_request("orderBy must be asc:{property} or desc:{property}")
    result = list(documents)
    for name in reversed(names.split(",")):
        result.sort(key=lambda each, name=name: _sortable(each, name), reverse=direction == "desc")  # type: ignore[misc]
    return result


def _sortable(document: Document, name: str) -> tuple[int, float, str]:
    values = values_at(document, name)
    value = values[0] if values else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (1, value, "")
    return (0 if value is None else 2, 0, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
