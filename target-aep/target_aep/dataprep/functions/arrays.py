"""Functions on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_aep.dataprep import semantics
from target_aep.dataprep.errors import TransformError
from target_aep.dataprep.functions.arguments import members, spread
from target_aep.dataprep.functions.registry import Category, Scope, function
from target_aep.dataprep.limits import check_text
from target_aep.dataprep.semantics import describe, truthy
from target_aep.dataprep.values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@function("coalesce(INPUT)", Category.ARRAYS)
def coalesce(*values: object) -> object:
    """First argument, or first member of an array, that is not null."""
    return next((value for value in spread(values) if value is not None), None)


@function("first(INPUT)", Category.ARRAYS)
def first(*values: object) -> object:
    """First argument, or first member of an array; null if there is none."""
    return next(iter(spread(values)), None)


@function("last(INPUT)", Category.ARRAYS)
def last(*values: object) -> object:
    """Last argument, or last member of an array; null if there is none."""
    return next(reversed(spread(values)), None)


@function("add_to_array(ARRAY, VALUES)", Category.ARRAYS)
def add_to_array(array: object, *values: object) -> list[object]:
    """Append values to an array; an array among them is appended as one member."""
    return [*members(array), *values]


@function("join_arrays(ARRAY, VALUES)", Category.ARRAYS)
def join_arrays(array: object, *arrays: object) -> list[object] | None:
    """Concatenate arrays."""
    if array is None and all(other is None for other in arrays):
        return None
    return [item for each in (array, *arrays) for item in members(each)]


@function("to_array(INCLUDE_NULLS, VALUES)", Category.ARRAYS)
def to_array(include_nulls: object, *values: object) -> list[object]:
    """Make an array of the arguments, with or without those that are null."""
    keep = truthy(include_nulls)
    return [value for value in values if keep or value is not None]


@function("size_of(INPUT)", Category.ARRAYS)
def size_of(value: object) -> int:
    """Members of an array or object, characters of a text; 0 for null."""
    return semantics.size(value)


@function("upsert_array_append(ARRAY)", Category.ARRAYS)
def upsert_array_append(array: object) -> object:
    """Return the array as it is: rows are inserts here, which Adobe leaves alone too."""
    return array


@function("upsert_array_replace(ARRAY, INDEX)", Category.ARRAYS)
def upsert_array_replace(array: object, _index: object = None) -> object:
    """Return the array as it is: rows are inserts here, which Adobe leaves alone too."""
    return array


@function("array_to_string(SEPARATOR, ARRAY)", Category.ARRAYS, scope=Scope.DESTINATIONS)
def array_to_string(separator: object, array: object) -> str | None:
    """Flatten an array and join the texts of its members."""
    if array is None:
        return None
    between = "" if separator is None else text(separator)
    parts = ["" if item is None else text(item) for item in _flat(members(array))]
    check_text(len(between) * len(parts), "the joined text")
    return between.join(parts)


@function("filterArray(ARRAY, PREDICATE)", Category.ARRAYS, scope=Scope.DESTINATIONS)
def filter_array(array: object, predicate: object) -> list[object] | None:
    """Keep the members for which a lambda is true."""
    if array is None:
        return None
    test = _callable(predicate)
    return [item for item in members(array) if truthy(test(item))]


@function("transformArray(ARRAY, PREDICATE)", Category.ARRAYS, scope=Scope.DESTINATIONS)
def transform_array(array: object, predicate: object) -> list[object] | None:
    """Replace each member by what a lambda makes of it."""
    if array is None:
        return None
    change = _callable(predicate)
    return [change(item) for item in members(array)]


@function("flattenArray(ARRAY)", Category.ARRAYS, scope=Scope.DESTINATIONS)
def flatten_array(array: object) -> list[object] | None:
    """Make one array of an array of arrays, however deep."""
    return None if array is None else list(_flat(members(array)))


def _flat(items: list[object]) -> Iterator[object]:
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list):
                stack.append(iter(item))
                break
            yield item
        else:
            stack.pop()


def _callable(value: object) -> Callable[..., object]:
    if callable(value):
        return value
    message = f"PREDICATE is a lambda such as x -> x > 0, and not {describe(value)}"
    raise TransformError(message)
