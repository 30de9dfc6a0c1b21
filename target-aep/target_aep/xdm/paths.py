"""Dotted destination paths: ``_tenant.person.name``, ``emails[0].address``, ``items[*].sku``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from target_aep.xdm.types import Field, XdmType

if TYPE_CHECKING:
    from collections.abc import Iterable


class Wildcard:
    """Every element of an array."""

    def __repr__(self) -> str:
        return "[*]"


ANY: Final = Wildcard()

_PART = re.compile(r"((?:\\.|[^.\[\]\\])+)|\[(\d+|\*)\]|(\.)", re.DOTALL)


def parse(path: str) -> tuple[str | int | Wildcard, ...]:
    r"""Split a path into names, array positions and ``[*]``; ``\.`` is a dot within a name.

    Raises:
        ValueError: It is not a path.
    """
    segments: list[str | int | Wildcard] = []
    position, dotted = 0, True
    while position < len(path):
        part = _PART.match(path, position)
        if part is None:
            break
        name, index, dot = part.groups()
        if dot:
            if dotted:
                break
            dotted = True
        elif name is not None:
            if not dotted:
                break
            segments.append(re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL))
            dotted = False
        else:
            if dotted:
                break
            segments.append(ANY if index == "*" else int(index))
        position = part.end()
    if position < len(path) or dotted:
        message = (
            f"{path!r} is not a path: unexpected {path[position : position + 1] or 'end'!r} at {position}"
        )
        raise ValueError(message)
    return tuple(segments)


def format_path(segments: Iterable[str | int | Wildcard]) -> str:
    """Write segments as a path, the inverse of :func:`parse`."""
    text = ""
    for segment in segments:
        if isinstance(segment, str):
            text += ("." if text else "") + re.sub(r"([.\[\]\\])", r"\\\1", segment)
        else:
            text += "[*]" if isinstance(segment, Wildcard) else f"[{segment}]"
    return text


def find(root: Field, path: str | Iterable[str | int | Wildcard]) -> Field | None:
    """Return the field at a path, or None. Any key of a map leads to its value."""
    found: Field | None = root
    for segment in parse(path) if isinstance(path, str) else path:
        if found is None:
            return None
        if isinstance(segment, str):
            found = found.items if found.type is XdmType.MAP else found.fields.get(segment)
        else:
            found = found.items if found.type is XdmType.ARRAY else None
    return found
