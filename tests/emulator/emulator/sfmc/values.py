"""Typed values of rows: from JSON or from the strings of a write, and back to JSON.

Stored types: text ``str``, Number ``int`` of 32 bits, Decimal ``Decimal`` of the field's scale, Boolean
``bool``, Date ``datetime`` to the millisecond on the server's clock. Null is None.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from emulator.sfmc import clock
from emulator.sfmc.data_extensions import DataExtension, Field, FieldType

_INT_LIMIT = 2**31
# Python's own context stops at 28 digits, a data extension's Decimal at 29.
_WIDE = Context(prec=60)
_TRUE = frozenset({"true", "1", "yes", "y"})
_FALSE = frozenset({"false", "0", "no", "n"})


class CellError(ValueError):
    """A value that the column does not take, in the words of the API's error list."""


def parse_cell(field: Field, value: object) -> Any:
    """A typed cell from what a client sent; an empty string is null for anything but text.

    Raises:
        CellError: for a value that the column does not take.
    """
    if value is None or (value == "" and not field.type.is_text):
        return None
    if field.type.is_text:
        return _text(field, value)
    if field.type is FieldType.NUMBER:
        return _number(field, value)
    if field.type is FieldType.DECIMAL:
        return _decimal(field, value)
    if field.type is FieldType.BOOLEAN:
        return _boolean(field, value)
    moment = clock.parse(str(value))
    if moment is None:
        raise CellError(_not_a(field, "date"))
    return moment


def parse_row(data_extension: DataExtension, row: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A row by the data extension's own column names, and what is wrong with it."""
    typed: dict[str, Any] = {}
    problems = []
    for name, value in row.items():
        field = data_extension.field(name)
        if field is None:
            problems.append(f"{name}: The column [{name}] does not exist in the data extension.")
            continue
        try:
            typed[field.name] = parse_cell(field, value)
        except CellError as error:
            problems.append(f"{field.name}: {error}")
    return typed, problems


def missing_columns(data_extension: DataExtension, row: dict[str, Any]) -> list[str]:
    """Problems of an insert: required columns without value or default."""
    return [
        f"{field.name}: The column [{field.name}] is required and has no value."
        for field in data_extension.fields
        if field.is_required and row.get(field.name) is None and not field.default
    ]


def to_json(value: object) -> Any:
    """A cell for the admin routes: decimals as text, dates as ISO with milliseconds, no zone."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value


def arrow_type(field: Field) -> pa.DataType:
    """How the store hands a column out."""
    if field.type.is_text:
        return pa.string()
    if field.type is FieldType.DECIMAL:
        return pa.decimal128(field.length or 18, field.scale)
    return {
        FieldType.NUMBER: pa.int32(),
        FieldType.BOOLEAN: pa.bool_(),
        FieldType.DATE: pa.timestamp("ms"),
    }[field.type]


def sql_type(field: Field) -> str:
    """How the store keeps a column."""
    if field.type.is_text:
        return "VARCHAR"
    if field.type is FieldType.DECIMAL:
        return f"DECIMAL({field.length}, {field.scale})"
    return {
        FieldType.NUMBER: "INTEGER",
        FieldType.BOOLEAN: "BOOLEAN",
        FieldType.DATE: "TIMESTAMP_MS",
    }[field.type]


def _text(field: Field, value: object) -> str:
    text = str(value)
    if field.length and len(text) > field.length:
        message = f"The value for column [{field.name}] exceeds the column's maximum length."
        raise CellError(message)
    return text


def _number(field: Field, value: object) -> int:
    try:
        number = int(str(value).strip())
    except ValueError:
        raise CellError(_not_a(field, "number")) from None
    if isinstance(value, bool) or not -_INT_LIMIT <= number < _INT_LIMIT:
        raise CellError(_not_a(field, "number"))
    return number


def _decimal(field: Field, value: object) -> Decimal:
    try:
        number = Decimal(str(value).strip())
        rounded = number.quantize(Decimal(1).scaleb(-(field.scale)), ROUND_HALF_UP, _WIDE)
    except InvalidOperation:
        raise CellError(_not_a(field, "decimal")) from None
    if len(rounded.as_tuple().digits) > (field.length or 18):
        raise CellError(_not_a(field, "decimal"))
    return rounded


def _boolean(field: Field, value: object) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise CellError(_not_a(field, "boolean"))


def _not_a(field: Field, kind: str) -> str:
    return f"The value for column [{field.name}] is not a valid {kind}."
