"""Functions on maps, which differ from objects only in the XDM type that they are written to."""

from __future__ import annotations

from target_aep.dataprep.functions.arguments import key, mapping, members, pairs
from target_aep.dataprep.functions.registry import Category, function


@function("map_get_values(MAP, KEY)", Category.OBJECTS)
def map_get_values(value: object, keys: object) -> object:
    """Value of a key; for an array of keys, an object of those that the map has."""
    if value is None or keys is None:
        return None
    content = mapping(value)
    if not isinstance(keys, list):
        return content.get(key(keys))
    return {name: content[name] for name in dict.fromkeys(map(key, keys)) if name in content}


@function("map_has_keys(MAP, KEY)", Category.OBJECTS)
def map_has_keys(value: object, keys: object) -> bool:
    """Whether a map has a key, or any key of an array."""
    if value is None:
        return False
    content = mapping(value)
    return any(key(name) in content for name in members(keys) if name is not None)


@function("add_to_map(MAP_1, MAP_2, …)", Category.OBJECTS)
def add_to_map(first: object, second: object, *others: object) -> dict[str, object] | None:
    """Merge maps; of equal keys the first one stays."""
    result: dict[str, object] = {}
    given = [mapping(each) for each in (first, second, *others) if each is not None]
    for content in given:
        for name, value in content.items():
            result.setdefault(name, value)
    return result if given else None


@function("object_to_map(OBJECT) or (KEY, VALUE, …) or (OBJECT_ARRAY, KEY)", Category.OBJECTS)
def object_to_map(*arguments: object) -> dict[str, object] | None:
    """Make a map: from an object, from a flat list of keys and values, or from an array of objects by one
    of their attributes. Null for null.
    """  # noqa: D205  # the docstring is the table's cell
    if not arguments or arguments[0] is None:
        return None
    if len(arguments) == 1:
        return dict(mapping(arguments[0]))
    if isinstance(arguments[0], list):
        return array_to_map(*arguments)
    return dict(pairs(arguments))


@function("array_to_map(OBJECT_ARRAY, KEY)", Category.MAPS)
def array_to_map(objects: object, attribute: object) -> dict[str, object] | None:
    """Make a map of an array of objects by one of their attributes; objects without it are left out."""
    if objects is None or attribute is None:
        return None
    name = key(attribute)
    found = (mapping(item) for item in members(objects) if item is not None)
    return {key(item[name]): item for item in found if item.get(name) is not None}


@function("to_map(KEY, VALUE, …)", Category.MAPS)
def to_map(*arguments: object) -> dict[str, object] | None:
    """Make a map from a flat list of keys and values, or from an object. Null for null."""
    if len(arguments) == 1 and (arguments[0] is None or isinstance(arguments[0], dict)):
        return object_to_map(*arguments)
    return dict(pairs(arguments))
