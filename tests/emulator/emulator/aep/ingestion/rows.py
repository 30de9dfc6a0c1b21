"""What reading a part of a file gives, and the rules it is read by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emulator.aep import guardrails
from emulator.aep.ingestion.problems import BatchFailure, RowErrors

if TYPE_CHECKING:
    from emulator.switches import Switches


@dataclass(frozen=True)
class FileRows:
    """Some rows of a file.

    Attributes:
        table: The good rows, in the types of the lake.
        count: How many rows were read, bad ones included.
        errors: What is wrong with the bad ones.
        originals: The bad rows as they were sent, by number.
    """

    table: pa.Table
    count: int
    errors: RowErrors
    originals: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadRules:
    """What decides whether a row is bad and is not documented: `aep.unknown_fields`, `aep.json_null`, …."""

    unknown_fields: str = "refused"
    json_null: str = "refused"
    local_timestamps: bool = True

    @classmethod
    def of(cls, switches: Switches) -> LoadRules:
        """Return the rules in force."""
        return cls(
            unknown_fields=switches.text("aep.unknown_fields"),
            json_null=switches.text("aep.json_null"),
            local_timestamps=switches.text("aep.local_timestamps") == "as_utc",
        )

    @property
    def unknown_in_json(self) -> str:
        """Return what the converter does with unknown fields of JSON rows."""
        return "drop" if self.unknown_fields == "dropped" else "fail_row"

    def count_columns(self, schema: pa.Schema) -> None:
        """Refuse more fields in a row than the platform takes.

        Raises:
            BatchFailure: over the guardrail.
        """
        count = sum(_leaves(each.type) for each in schema)
        if count > guardrails.FIELDS_PER_ROW:
            most = guardrails.FIELDS_PER_ROW
            text = f"Batch ingestion guardrails hit: {count} fields in a row (over the {most} threshold)"
            raise BatchFailure("INGEST-1409-400", text)


def _leaves(kind: pa.DataType) -> int:
    if pa.types.is_struct(kind):
        return sum(_leaves(kind.field(index).type) for index in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _leaves(kind.value_type)
    return 1
