"""Functions on objects: build, look up, parse from delimited text."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from target_aep.dataprep import paths
from target_aep.dataprep.functions.arguments import mapping, members, pairs, scalar_text
from target_aep.dataprep.functions.registry import Category, Scope, function

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABSENT = object()


@function("is_empty(INPUT)", Category.OBJECTS)
def is_empty(value: object) -> bool:
    """Whether an object, an array or a text has no content. Null is empty."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


@function("arrays_to_object(KEY, ARRAY, …)", Category.OBJECTS, aliases=("arrays_to_objects",))
def arrays_to_object(*arguments: object) -> list[object] | None:
    """Make an array of objects from pairs of a key and an array. Where an array is shorter, the objects
    lack its key; without any array the result is null.
    """  # noqa: D205  # the docstring is the table's cell
    columns = [(name, members(values)) for name, values in pairs(arguments) if values is not None]
    if not columns:
        return None
    rows = zip_longest(*(values for _, values in columns), fillvalue=_ABSENT)
    names = [name for name, _ in columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not _ABSENT} for row in rows
    ]


@function("to_object(KEY, VALUE, …)", Category.OBJECTS)
def to_object(*arguments: object) -> dict[str, object]:
    """Make an object from a flat list of keys and values."""
    return dict(pairs(arguments))


@function("str_to_object(STRING, VALUE_DELIMITER, FIELD_DELIMITER)", Category.OBJECTS)
def str_to_object(value: object, between: object = ":", fields: object = ",") -> dict[str, str] | None:
    """Parse a delimited text and trim its parts. Defaults: ``:`` before a value, ``,`` between fields."""
    if value is None:
        return None
    between, fields = (_delimiter(between, ":"), _delimiter(fields, ","))
    result: dict[str, str] = {}
    for field in scalar_text(value).split(fields):
        name, found, content = field.partition(between)
        if found and name.strip():
            result.setdefault(name.strip(), content.strip())
    return result


def _delimiter(value: object, default: str) -> str:
    return default if value is None or value == "" else scalar_text(value)


@function("OBJECT.get(KEY)", Category.OBJECTS, scope=Scope.UNLISTED)
def get(value: object, key: object) -> object:
    """Value of one key of an object, or member of an array at an index; null if there is none."""
    return paths.member(value, key)


@function("contains_key(INPUT)", Category.OBJECTS, reads_record=True)
def contains_key(record: Mapping[str, object], path: object) -> bool:
    """Whether a path, given as a text, exists in the source record; its value may be null."""
    return path is not None and paths.exists(record, scalar_text(path))


@function("is_set(INPUT)", Category.OBJECTS, scope=Scope.DEPRECATED, reads_record=True)
def is_set(record: Mapping[str, object], path: object) -> bool:
    """Do what contains_key does, under its former name."""
    return contains_key(record, path)


@function("nullify()", Category.OBJECTS)
def nullify() -> None:
    """Null, so that the destination is left out."""


@function("get_keys(OBJECT)", Category.OBJECTS)
def get_keys(value: object) -> list[str] | None:
    """Keys of an object."""
    if isinstance(value, str):
        value = str_to_object(value)
    return None if value is None else list(mapping(value))


@function("get_values(STRING, KEY, VALUE_DELIMITER, FIELD_DELIMITER)", Category.OBJECTS)
def get_values(value: object, key: object, between: object = ":", fields: object = ",") -> object:
    """Value of one key of a delimited text (see str_to_object); null if it lacks the key."""
    if value is None or key is None:
        return None
    parsed = value if isinstance(value, dict) else str_to_object(value, between, fields)
    return (parsed or {}).get(scalar_text(key))
