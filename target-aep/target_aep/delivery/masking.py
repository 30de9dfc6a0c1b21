"""Values of rejected rows that are not to be kept: those of masked source fields, wherever they are.

A row that was rejected here is the source's record. One that AEP refused is in XDM form, in which the
value of a masked field is wherever its mapping put it. A reason may quote a value, too.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from target_aep.dataprep.assignments import compile_mapping
from target_aep.xdm import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_aep.dataprep import MappingSet
    from target_aep.dataprep.assignments import Assignment

MASK = "***"

Names = tuple[str, ...]
Reason = dict[str, Any]


class Mask:
    """Hides what is not to be kept of a stream's rejected rows.

    Args:
        globs: Of names or dotted paths of source fields.
        mapping: Where they go; None while the stream is not described.
    """

    def __init__(self, globs: Sequence[str], mapping: MappingSet | None = None) -> None:
        self._globs = globs
        self._fed: set[Names] = set()
        """Where masked fields go to, by the names of the destination's path."""
        if globs and mapping is not None:
            assignments = [compile_mapping(each, None) for each in mapping.mappings]
            self._fed = {_names(each.mapping.destination) for each in assignments if self._may_show(each)}

    def hide(self, record: Any, reasons: Sequence[Reason]) -> tuple[Any, list[Reason]]:
        """Return a row, in the source's form or in XDM, and its reasons without masked values."""
        if not self._globs:
            return record, list(reasons)
        if not isinstance(record, dict):
            return MASK, [{**reason, "value": MASK, "message": ""} for reason in reasons]
        hidden: list[str] = []
        kept = self._without(record, (), hidden)
        return kept, [self._told(reason, hidden) for reason in reasons]

    def _without(self, value: Any, names: Names, hidden: list[str]) -> Any:
        if names and value is not None and self._hides(names):
            hidden += (str(leaf) for leaf in _leaves(value))
            return MASK
        if isinstance(value, dict):
            return {name: self._without(inner, (*names, name), hidden) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._without(inner, names, hidden) for inner in value]
        return value

    def _told(self, reason: Reason, hidden: Sequence[str]) -> Reason:
        message = str(reason["message"])
        for text in sorted(filter(None, hidden), key=len, reverse=True):
            message = re.sub(re.escape(text), MASK, message, flags=re.IGNORECASE)
        value = reason["value"]
        quotes = any(text and text.lower() in str(value).lower() for text in hidden)
        if value is not None and (quotes or self._hides(_names(str(reason["path"])))):
            value = MASK
        return {**reason, "value": value, "message": message}

    def _hides(self, names: Names) -> bool:
        return self._covers(names) or any(names[: len(fed)] == fed for fed in self._fed)

    def _may_show(self, assignment: Assignment) -> bool:
        """Whether a mapping reads a masked field, an object with one in it, or nobody knows what."""
        if assignment.reads is None:
            return True
        whole = tuple(step for step in assignment.source_steps if isinstance(step, str))
        read = {*assignment.reads, whole} - {()}
        inside = {f"{'.'.join(names)}." for names in read}
        return any(map(self._covers, read)) or any(glob.startswith(tuple(inside)) for glob in self._globs)

    def _covers(self, names: Names) -> bool:
        # A column's name may have dots, so that the first names of a path may be one name.
        wholes = {names[-1], *(".".join(names[:end]) for end in range(1, len(names) + 1))} if names else ()
        return any(fnmatchcase(whole, glob) for whole in wholes for glob in self._globs)


def is_masked(record: Any) -> bool:
    """Whether a value of a row was not kept, so that it cannot be loaded from here."""
    return any(leaf == MASK for leaf in _leaves(record))


def _names(path: str) -> Names:
    try:
        return tuple(step for step in paths.parse(path) if isinstance(step, str))
    except ValueError:
        return (path,)


def _leaves(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return [value]
    return [leaf for inner in value for leaf in _leaves(inner)]
