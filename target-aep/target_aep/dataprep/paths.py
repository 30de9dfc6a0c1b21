r"""Paths into source records.

The text of an attribute path is first tried as one literal key, because flat
columns may contain dots; else plain dots separate steps, ``\.`` is a dot in a
name, ``[0]`` picks an array member and ``[*]`` every one. ``${…}`` may wrap a
path or its beginning. Destination paths are ``target_aep.xdm.paths``.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, TypeAlias

from target_aep.dataprep.errors import ExpressionError
from target_aep.xdm import paths as xdm_paths
from target_aep.xdm.paths import ANY, Wildcard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Step: TypeAlias = "str | int | Wildcard"

_ABSENT = object()
_WRAPPED = re.compile(r"\$\{((?:[^}\\]|\\.)*)\}", re.DOTALL)


@functools.lru_cache(maxsize=1024)
def parse(path: str) -> tuple[Step, ...]:
    """Split an attribute path into its steps.

    Raises:
        ExpressionError: It is no path.
    """
    plain = _WRAPPED.sub(lambda match: match[1], path)
    try:
        return xdm_paths.parse(plain)
    except ValueError as error:
        raise ExpressionError(str(error), path) from None


def written(names: Sequence[str]) -> str:
    """The path of nested names, dots in a name escaped."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in names)


def member(value: object, key: object) -> object:
    """``value[key]``: null where there is nothing, whatever the two are."""
    if isinstance(value, dict):
        if isinstance(key, (list, dict)):
            return None
        found = value.get(key, _ABSENT)
        return value.get(str(key)) if found is _ABSENT else found
    if isinstance(value, list):
        if isinstance(key, str):
            key = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else -1  # noqa: PLR2004
        elif isinstance(key, float) and abs(key) <= len(value):
            key = int(key)  # as Java casts it
        if isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(value):
            return value[key]
    return None


def field(record: Mapping[str, object], names: Sequence[str]) -> object:
    """The field at a dotted path of an expression; null where there is nothing.

    A name may contain dots: ``web.ecid`` finds the column of that name, and
    ``a.b.c`` finds ``c`` in the column ``a.b``.
    """
    found = _find(record, names)
    return None if found is _ABSENT else found


def _find(record: Mapping[str, object], names: Sequence[str]) -> object:
    for end in range(len(names), 0, -1):
        key = ".".join(names[:end]) if end > 1 else names[0]
        if key in record:
            value: object = record[key]
            for name in names[end:]:
                if not isinstance(value, list) and not (isinstance(value, dict) and name in value):
                    return _ABSENT
                value = member(value, name)
            return value
    return _ABSENT


def lookup(record: Mapping[str, object], path: str) -> object:
    """The value at an attribute path; a list where the path has ``[*]``, nested once per wildcard.

    Raises:
        ExpressionError: ``path`` is no path.
    """
    if path in record:
        return record[path]
    return follow(record, parse(path))


def follow(record: Mapping[str, object], steps: Sequence[Step]) -> object:
    """The value at the steps of a path."""
    names: list[str] = []
    for step in steps:
        if not isinstance(step, str):
            break
        names.append(step)
    value = field(record, names) if names else None
    return _descend(value, steps[len(names) :])


def _descend(value: object, steps: Sequence[Step]) -> object:
    for position, step in enumerate(steps):
        if step is ANY:
            if not isinstance(value, list):
                return None
            return [_descend(item, steps[position + 1 :]) for item in value]
        value = member(value, step)
    return value


def exists(record: Mapping[str, object], path: str) -> bool:
    """Whether a path leads somewhere, be it to null.

    Raises:
        ExpressionError: ``path`` is no path.
    """
    if path in record:
        return True
    steps = parse(path)
    for position, step in enumerate(steps):
        if not isinstance(step, str):
            value = follow(record, steps[:position])
            return _reaches(value, steps[position:])
    return _find(record, [str(step) for step in steps]) is not _ABSENT


def _reaches(value: object, steps: Sequence[Step]) -> bool:
    for position, step in enumerate(steps):
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return False
            value = value[step]
        elif not isinstance(value, list):
            return False
        elif isinstance(step, int):
            if step >= len(value):
                return False
            value = value[step]
        else:
            return any(_reaches(item, steps[position + 1 :]) for item in value)
    return True
