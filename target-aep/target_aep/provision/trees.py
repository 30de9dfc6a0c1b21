"""Trees of fields: building one from paths, uniting two, and what one has that another lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_aep.xdm.paths import Wildcard

EMPTY = Field(XdmType.OBJECT)


def insert(root: Field, path: Sequence[str | int | Wildcard], leaf: Field) -> Field:
    """Return a tree that also has a field at a path; positions and ``[*]`` make arrays.

    Raises:
        ValueError: Something else is at the path, or on the way to it.
    """
    if not path:
        return united(root, leaf)
    head, rest = path[0], path[1:]
    if isinstance(head, str):
        if root.type is not XdmType.OBJECT:
            message = f"{root.type.value} has no field {head!r}"
            raise ValueError(message)
        child = insert(root.fields[head], rest, leaf) if head in root.fields else _branch(rest, leaf)
        return replace(root, fields={**root.fields, head: child})
    if root.type is not XdmType.ARRAY or root.items is None:
        message = f"{root.type.value} has no elements"
        raise ValueError(message)
    return replace(root, items=insert(root.items, rest, leaf))


def _branch(path: Sequence[str | int | Wildcard], leaf: Field) -> Field:
    if not path:
        return leaf
    child = _branch(path[1:], leaf)
    if isinstance(path[0], str):
        return Field(XdmType.OBJECT, fields={path[0]: child})
    return Field(XdmType.ARRAY, items=child)


def united(one: Field, other: Field) -> Field:
    """Return the union of two trees; where both have a field that is no object, that of the first.

    Raises:
        ValueError: A field is an object, array or map in one tree and something else in the other.
    """
    if one.type is not other.type:
        if one.type.is_scalar and other.type.is_scalar:
            return one
        message = f"{one.type.value} and {other.type.value} in one place"
        raise ValueError(message)
    if one.type is XdmType.OBJECT:
        fields = dict(one.fields)
        for name, child in other.fields.items():
            fields[name] = united(fields[name], child) if name in fields else child
        return replace(one, fields=fields, required=one.required | other.required)
    if one.items is not None and other.items is not None:
        return replace(one, items=united(one.items, other.items))
    return one


def missing(desired: Field, present: Field | None) -> Field | None:
    """Return the part of a tree that another lacks, or None when it lacks nothing."""
    if present is None:
        return desired
    if desired.type is XdmType.ARRAY and present.type is XdmType.ARRAY and desired.items is not None:
        part = missing(desired.items, present.items)
        return replace(desired, items=part) if part is not None else None
    if desired.type is not XdmType.OBJECT or present.type is not XdmType.OBJECT:
        return None
    lacking = {
        name: part
        for name, child in desired.fields.items()
        if (part := missing(child, present.fields.get(name))) is not None
    }
    return replace(desired, fields=lacking, required=frozenset()) if lacking else None


def both(desired: Field, present: Field, path: str = "") -> Iterator[tuple[str, Field, Field]]:
    """Iterate over ``(path, desired, present)`` of what both trees have and is no object in both."""
    if desired.type is XdmType.OBJECT and present.type is XdmType.OBJECT:
        for name, child in desired.fields.items():
            if name in present.fields:
                yield from both(child, present.fields[name], f"{path}.{name}" if path else name)
    elif _is_list_of_objects(desired) and _is_list_of_objects(present):
        yield from both(desired.items or EMPTY, present.items or EMPTY, f"{path}[*]")
    else:
        yield path, desired, present


def _is_list_of_objects(field: Field) -> bool:
    return field.type is XdmType.ARRAY and field.items is not None and field.items.type is XdmType.OBJECT


def with_required(root: Field, path: Sequence[str]) -> Field:
    """Return a tree in which each step of a path of names is required."""
    if not path or path[0] not in root.fields:
        return root
    child = with_required(root.fields[path[0]], path[1:])
    return replace(root, fields={**root.fields, path[0]: child}, required=root.required | {path[0]})


def with_rules(root: Field, path: Sequence[str], **rules: Any) -> Field:
    """Return a tree in which the field at a path of names has further rules, as :class:`Field` names them."""
    if not path:
        return replace(root, **rules)
    if path[0] not in root.fields:
        return root
    child = with_rules(root.fields[path[0]], path[1:], **rules)
    return replace(root, fields={**root.fields, path[0]: child})
