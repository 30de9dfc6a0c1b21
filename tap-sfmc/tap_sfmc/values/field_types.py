"""SFMC field types, and what each is in JSON Schema and in Arrow: one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from tap_sfmc.data_extensions import Field

_INT32 = 2**31
_LONGEST_DECIMAL = 38
_DEFAULT_PRECISION = 18


class Kind(Enum):
    """What a field's texts are read as."""

    TEXT = auto()
    INTEGER = auto()
    DECIMAL = auto()
    BOOLEAN = auto()
    DATE_TIME = auto()


@dataclass(frozen=True)
class FieldType:
    """A field type of SFMC.

    Attributes:
        kind: How its texts are read.
        arrow: Arrow type; ``None`` for a decimal, whose type depends on the field.
        json: JSON Schema without the length, which depends on the field.
    """

    kind: Kind
    arrow: pa.DataType | None
    json: dict[str, Any]


_TEXT = FieldType(Kind.TEXT, pa.string(), {"type": "string"})
_TYPES = {
    "text": _TEXT,
    "emailaddress": _TEXT,
    "phone": _TEXT,
    "locale": _TEXT,
    # The service stores 32 bits; LongNumber and Byte occur in synchronised data extensions.
    "number": FieldType(
        Kind.INTEGER, pa.int32(), {"type": "integer", "minimum": -_INT32, "maximum": _INT32 - 1}
    ),
    "longnumber": FieldType(Kind.INTEGER, pa.int64(), {"type": "integer"}),
    "byte": FieldType(Kind.INTEGER, pa.int16(), {"type": "integer", "minimum": 0, "maximum": 255}),
    "decimal": FieldType(Kind.DECIMAL, None, {"type": "number"}),
    "boolean": FieldType(Kind.BOOLEAN, pa.bool_(), {"type": "boolean"}),
    "date": FieldType(Kind.DATE_TIME, pa.timestamp("s", "UTC"), {"type": "string", "format": "date-time"}),
}


def field_type(field: Field) -> FieldType:
    """The field's type; what is not known is text, as the wire has it."""
    return _TYPES.get(field.type.lower(), _TEXT)


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of the field's column."""
    return field_type(field).arrow or pa.decimal128(*precision_and_scale(field))


def precision_and_scale(field: Field) -> tuple[int, int]:
    """Digits in all, and after the point, of a decimal."""
    scale = field.scale or 0
    return min(max(field.length or _DEFAULT_PRECISION, scale, 1), _LONGEST_DECIMAL), scale


def json_schema(field: Field) -> dict[str, Any]:
    """JSON Schema of the field's values.

    Key fields are never null. Neither are required texts: there ``""`` is an empty string. Any
    other value may be null, since what cannot be read becomes null.
    """
    kind = field_type(field)
    schema = dict(kind.json)
    if not (field.primary_key or (field.required and kind.kind is Kind.TEXT)):
        schema["type"] = [schema["type"], "null"]
    if kind.kind is Kind.TEXT and field.length:
        schema["maxLength"] = field.length
    schema["title"] = field.name
    schema["description"] = describe(field)
    return schema


def describe(field: Field) -> str:
    """The field's type in words: ``Decimal(18,2), required``."""
    kind = field_type(field).kind
    if kind is Kind.DECIMAL:
        size = "({},{})".format(*precision_and_scale(field))
    else:
        size = f"({field.length})" if field.length and kind is Kind.TEXT else ""
    notes = ["primary key"] if field.primary_key else ["required"] if field.required else []
    return ", ".join([f"{field.type}{size}", *notes])


def can_replicate(field: Field) -> bool:
    """Whether a field can be a replication key: a Date, or a whole number."""
    return field_type(field).kind in {Kind.DATE_TIME, Kind.INTEGER}
