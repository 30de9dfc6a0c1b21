"""XDM types as Arrow and Parquet have them."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from target_aep.xdm import Field, XdmType, arrow_schema

PHYSICAL = {
    XdmType.STRING: ("BYTE_ARRAY", "String"),
    XdmType.DOUBLE: ("DOUBLE", "None"),
    XdmType.LONG: ("INT64", "None"),
    XdmType.INT: ("INT32", "None"),
    XdmType.SHORT: ("INT32", "Int(bitWidth=16, isSigned=true)"),
    XdmType.BYTE: ("INT32", "Int(bitWidth=8, isSigned=true)"),
    XdmType.BOOLEAN: ("BOOLEAN", "None"),
    XdmType.DATE: ("INT32", "Date"),
    XdmType.DATE_TIME: ("INT64", "Timestamp(isAdjustedToUTC=true, timeUnit=milliseconds"),
}


def test_parquet_has_the_types_that_adobe_documents() -> None:
    root = Field(XdmType.OBJECT, fields={kind.name: Field(kind) for kind in PHYSICAL})
    file = io.BytesIO()
    pq.write_table(arrow_schema(root).empty_table(), file)
    columns = pq.ParquetFile(file).schema
    written = {columns.column(n).name: columns.column(n) for n in range(len(columns))}
    for kind, (physical, logical) in PHYSICAL.items():
        column = written[kind.name]
        assert column.physical_type == physical
        assert str(column.logical_type).startswith(logical)


def test_objects_without_any_field_are_left_out() -> None:
    empty = Field(XdmType.OBJECT, fields={"inner": Field(XdmType.OBJECT)})
    root = Field(XdmType.OBJECT, fields={"a": Field(XdmType.STRING), "b": empty})
    assert arrow_schema(root) == pa.schema([("a", pa.string())])


def test_some_top_level_fields_can_be_chosen() -> None:
    root = Field(XdmType.OBJECT, fields={"a": Field(XdmType.STRING), "b": Field(XdmType.LONG)})
    assert arrow_schema(root, ["b"]).names == ["b"]
