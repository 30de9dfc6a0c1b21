"""Rows by SOAP: ``DataExtensionObject[name or key]``.

Columns must be listed and come back in the case in which they were asked for. Dates are rounded to the
second. Null and empty text look the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.sfmc import wire
from emulator.sfmc.cursors import Selection
from emulator.sfmc.data_extensions import DataExtension, Field, FieldType
from emulator.sfmc.predicates import Combination, Condition, ConditionError, Operator, to_sql
from emulator.sfmc.soap.continuations import Results
from emulator.sfmc.store import ROW_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from emulator.sfmc.platform import Platform

_OPENING = (
    '<Results xsi:type="DataExtensionObject"><PartnerKey xsi:nil="true" /><ObjectID xsi:nil="true" />'
    "<Type>DataExtensionObject</Type><Properties>"
)
_CLOSING = "</Properties></Results>"


def find(platform: Platform, mid: int, wanted: str) -> DataExtension | None:
    """The data extension of a business unit with this key, or else with this name."""
    owned = [each for each in platform.owned(mid) if each.listed]
    wanted = wanted.strip().lower()
    by_key = [each for each in owned if each.key.lower() == wanted]
    by_name = [each for each in owned if each.name.lower() == wanted]
    return next(iter(by_key + by_name), None)


def retrieve(
    platform: Platform,
    data_extension: DataExtension,
    names: Sequence[str],
    condition: Condition | None,
    batch_size: int,
) -> Results:
    """The rows that satisfy a condition, the named columns of them.

    Raises:
        ConditionError: for a column that does not exist, or a filter that rows do not support.
    """
    switches = platform.switches
    nothing = Results(0, batch_size, lambda _, __: "")
    if not names or "*" in names:
        if switches.text("sfmc.soap_unlisted_properties") == "no_rows":
            return nothing
        message = (
            "The Request Property(s) ObjectID do not match with the fields of DataExtensionObject retrieve"
        )
        raise ConditionError(message)
    row_key = switches.flag("sfmc.custom_object_key_by_soap")
    columns = [(name, _column(data_extension, name, row_key=row_key)) for name in names]
    missing = [name for name, field in columns if field is None]
    if missing:
        if switches.text("sfmc.soap_bad_column") == "no_rows":
            return nothing
        message = f"Invalid column name '{missing[0]}'."
        raise ConditionError(message)
    if condition is not None:
        _refuse_like(condition)
    where, parameters = (
        to_sql(condition, data_extension, row_key=row_key) if condition is not None else ("true", [])
    )
    found = [(name, field) for name, field in columns if field is not None]
    cursor = platform.cursors.open(
        data_extension, tuple(field for _, field in found), Selection(where, parameters), batch_size
    )

    def write(position: int, size: int) -> str:
        table = platform.cursors.locate(cursor, position, size).table()
        omitted = switches.text("sfmc.soap_null") == "no_value"
        masked = switches.text("sfmc.encrypted_text") == "masked"
        return _rows(found, table, null_omitted=omitted, masked=masked)

    return Results(cursor.count, batch_size, write)


def _column(data_extension: DataExtension, name: str, *, row_key: bool) -> Field | None:
    if row_key and name.lower() == ROW_KEY.lower():
        return Field(ROW_KEY, FieldType.NUMBER)
    return data_extension.field(name)


def _refuse_like(condition: Condition) -> None:
    if isinstance(condition, Combination):
        for each in condition.conditions:
            _refuse_like(each)
    elif condition.operator is Operator.LIKE:
        message = "The operator like is not supported for DataExtensionObject."
        raise ConditionError(message)


def _rows(columns: Sequence[tuple[str, Field]], table: pa.Table, *, null_omitted: bool, masked: bool) -> str:
    parts: list[pa.Array | str] = [_OPENING]
    for name, field in columns:
        column = wire.one_array(table.column(field.name))
        text = wire.escape_xml(wire.render(column, field, round_seconds=True, masked=masked)).fill_null("")
        filled = wire.join(["<Value>", text, "</Value>"], table.num_rows)
        empty = "" if null_omitted else "<Value />"
        value = wire.either(wire.is_empty(text), empty, filled)
        parts += [f"<Property><Name>{wire.escape_xml_text(name)}</Name>", value, "</Property>"]
    parts.append(_CLOSING)
    return wire.text_bytes(wire.join(parts, table.num_rows)).decode()
