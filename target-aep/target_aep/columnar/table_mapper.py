"""Stand-in until the columnar mapper of the mapping language is there: row by row, through its preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from target_aep.xdm.arrow import arrow_schema

if TYPE_CHECKING:
    from target_aep.dataprep import MappingSet
    from target_aep.xdm.types import Field


class CellWarning(NamedTuple):
    row: int
    destination: str
    value: object
    message: str


@dataclass
class Mapped:
    table: pa.Table
    warnings: list[CellWarning] = field(default_factory=list)


class TableMapper:
    def __init__(self, mapping: MappingSet, source: pa.Schema, target: Field) -> None:
        self._mapping, self._target = mapping, target
        names = {each.destination.split(".")[0].split("[")[0] for each in mapping.mappings}
        self._schema = arrow_schema(target, names)

    def map(self, table: pa.Table) -> Mapped:
        rows, warnings = [], []
        for number, answer in enumerate(self._mapping.preview(table.to_pylist(), self._target)):
            rows.append({f.name: _conv(answer["data"].get(f.name), f.type) for f in self._schema})
            for error in answer["errors"] or ():
                warnings.append(CellWarning(number, error["destination"], None, str(error.get("exception"))))
        return Mapped(pa.Table.from_pylist(rows, schema=self._schema), warnings)


def _conv(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return {f.name: _conv(value.get(f.name), f.type) for f in kind}
    if pa.types.is_map(kind):
        return [(k, _conv(v, kind.item_type)) for k, v in value.items()]
    if pa.types.is_list(kind):
        return [_conv(item, kind.value_type) for item in value]
    if pa.types.is_timestamp(kind) and isinstance(value, str):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if pa.types.is_date(kind) and isinstance(value, str):
        return date.fromisoformat(value)
    return value
