"""XDM types and fields."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class XdmType(enum.Enum):
    """The types of the Experience Data Model; values are those of ``meta:xdmType``."""

    STRING = "string"
    DOUBLE = "double"
    LONG = "long"
    INT = "int"
    SHORT = "short"
    BYTE = "byte"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "date-time"
    OBJECT = "object"
    ARRAY = "array"
    MAP = "map"

    @property
    def is_integer(self) -> bool:
        """Whether it is one of the four integer types."""
        return self in INTEGER_RANGES

    @property
    def is_scalar(self) -> bool:
        """Whether it holds one value."""
        return self not in {XdmType.OBJECT, XdmType.ARRAY, XdmType.MAP}


INTEGER_RANGES: Mapping[XdmType, tuple[int, int]] = MappingProxyType({
    XdmType.BYTE: (-(2**7), 2**7 - 1),
    XdmType.SHORT: (-(2**15), 2**15 - 1),
    XdmType.INT: (-(2**31), 2**31 - 1),
    XdmType.LONG: (-(2**53) + 1, 2**53 - 1),
})  # fmt: skip
"""Smallest and largest value per integer type, narrowest type first.

A long is bounded by what JSON numbers can hold exactly, not by 64 bits.
"""


@dataclass(frozen=True)
class Field:
    """A field of a schema, or a whole schema (its root object).

    Args:
        type: Its XDM type.
        title: Display name.
        description: Free text.
        fields: Children of an OBJECT by name.
        items: Element of an ARRAY, value of a MAP.
        required: Names of children that an OBJECT must have.
        enum: The only values allowed, where not None.
        pattern: Regular expression that is searched for in a string.
        format: ``email``, ``uri``, ``uri-reference``, ``hostname``, ``ipv4``, ``ipv6``…, of a string.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.
        min_length: Fewest characters of a string.
        max_length: Most characters of a string.
        refused: Texts that are no value, blanks around them aside.
    """

    type: XdmType
    title: str = ""
    description: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    items: Field | None = None
    required: frozenset[str] = frozenset()
    enum: tuple[object, ...] | None = None
    pattern: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    refused: tuple[str, ...] = ()

    def leaves(self, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
        """Iterate over ``(names, field)`` of all fields below that are no objects."""
        for name, child in self.fields.items():
            if child.type is XdmType.OBJECT:
                yield from child.leaves((*prefix, name))
            else:
                yield (*prefix, name), child
