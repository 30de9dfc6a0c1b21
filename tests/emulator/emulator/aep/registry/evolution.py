"""What may change once a schema is in use: fields may be added and loosened, nothing else.

A schema is in use when a dataset was made on it or when it takes part in a union. The registry's error code
for a refused change is not published; the one here is a choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.aep import errors
from emulator.aep.registry import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.aep.platform import Platform
    from emulator.aep.store import Document

_BREAKING_CHANGE = 1556


def in_use(platform: Platform, sandbox: str, schema: Document) -> bool:
    """Tell whether a schema may only grow."""
    return "union" in schema.get("meta:immutableTags", ()) or has_dataset(platform, sandbox, schema["$id"])


def has_dataset(platform: Platform, sandbox: str, schema_id: str) -> bool:
    """Tell whether a dataset exists on a schema."""
    datasets = platform.store.all("dataset", sandbox)
    return any(each.get("schemaRef", {}).get("id") == schema_id for each in datasets)


def refuse_breaking(before: Document, after: Document) -> None:
    """Compare two resolved states of a schema.

    Raises:
        ApiError: naming every change that data already stored would not survive.
    """
    problems = list(_breaking(before, after))
    if problems:
        detail = (
            f"The schema {before.get('$id')} is in use; a breaking change was refused: {'; '.join(problems)}"
        )
        raise errors.registry(_BREAKING_CHANGE, 400, "Breaking change", detail)


def _breaking(before: Document, after: Document) -> Iterator[str]:
    new = dict(fields.walk(after))
    for path, field in fields.walk(before):
        other = new.get(path)
        if other is None:
            yield f"{path} was removed"
        elif fields.type_of(field) != fields.type_of(other):
            yield f"{path} was changed from {fields.type_of(field)} to {fields.type_of(other)}"
        else:
            yield from _tightened(path, field, other)


def _tightened(path: str, field: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    if "enum" in other and not set(map(str, field.get("enum", ()))) <= set(map(str, other["enum"])):
        yield f"{path}: values were taken from its enum"
    if "enum" in other and "enum" not in field:
        yield f"{path} was given an enum"
    for keyword in ("pattern", "format"):
        if other.get(keyword) is not None and other.get(keyword) != field.get(keyword):
            yield f"{path} was given another {keyword}"
    for keyword, sign in (("minimum", 1), ("maximum", -1), ("minLength", 1), ("maxLength", -1)):
        if keyword in other and (keyword not in field or sign * other[keyword] > sign * field[keyword]):
            yield f"{path}: its {keyword} was tightened"
