"""How functions read their arguments: numeric texts as numbers, one array as a list of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.dataprep import semantics
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.semantics import describe
from target_aep.dataprep.values import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def scalar_text(value: object) -> str:
    """The text of an argument that must not be an array, an object or null.

    Raises:
        TransformError: It is one.
    """
    if type(value) is str:
        return value
    if isinstance(value, (list, dict)):
        message = f"{describe(value)} is no text"
        raise TransformError(message)
    return text(value)


def whole(value: object, name: str) -> int:
    """An argument that counts or indexes.

    Raises:
        TransformError: It is null or no integer.
    """
    if type(value) is int:
        return value
    if value is None:
        message = f"{name} is null"
        raise TransformError(message)
    return semantics.integer(value)


def members(value: object) -> list[object]:
    """An array argument; null has no members, anything else is its only member."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def spread(values: Sequence[object]) -> Sequence[object]:
    """Arguments given one by one, or as one array."""
    if len(values) == 1 and isinstance(values[0], list):
        return values[0]
    return values


def mapping(value: object) -> Mapping[str, object]:
    """An argument that must be an object or a map.

    Raises:
        TransformError: It is not.
    """
    if isinstance(value, dict):
        return value
    message = f"{describe(value)} is no object"
    raise TransformError(message)


def key(value: object) -> str:
    """The key of an object: always a text.

    Raises:
        TransformError: It is null, an array or an object.
    """
    return scalar_text(value)


def pairs(values: Sequence[object]) -> list[tuple[str, object]]:
    """A flat list ``key, value, key, value`` as pairs.

    Raises:
        TransformError: A value is missing, or a key is no scalar.
    """
    if len(values) % 2:
        message = f"keys and values come in pairs; there are {len(values)} arguments"
        raise TransformError(message)
    return [(key(values[i]), values[i + 1]) for i in range(0, len(values), 2)]
