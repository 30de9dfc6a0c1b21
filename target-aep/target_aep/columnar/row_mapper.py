"""From source rows to valid XDM rows: parse, check against the stream's schema, map, validate.

A row that does not fit is set aside with its reasons and its full source record; the others go on.
Everything here is pure and may run in any thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from target_aep.columnar import records
from target_aep.columnar.identities import rows_without
from target_aep.dataprep import TableMapper
from target_aep.provision.identity_rules import NO_IDENTITIES
from target_aep.xdm.size import row_bytes
from target_aep.xdm.types import Field, XdmType
from target_aep.xdm.validation import Rejection, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_aep.columnar.singer_schema import SourceSchema
    from target_aep.dataprep import CellWarning, MappingSet


@dataclass(frozen=True)
class RejectedRow:
    """A row that cannot be loaded.

    Args:
        record: Its source record, JSON.
        reasons: Why; one or more.
    """

    record: bytes
    reasons: tuple[Rejection, ...]


@dataclass(frozen=True)
class MappedRows:
    """What a block of source rows became.

    Args:
        table: Valid XDM rows.
        rejected: The rows that are not in the table.
        warnings: Cells that were left empty because a transformation failed; not all of very many.
        warning_counts: How many, by the mapping's destination.
        order: Replication keys of the valid rows, where they are asked for.
        without_identity: How many valid rows have no identity, by the path of the identity.
    """

    table: pa.Table
    rejected: list[RejectedRow] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    warning_counts: Mapping[str, int] = field(default_factory=dict)
    order: pa.ChunkedArray | None = None
    without_identity: Mapping[str, int] = field(default_factory=dict)


class RowMapper:
    """Maps the rows of one stream as one SCHEMA message describes them.

    Args:
        source: The stream's columns.
        mapping: The effective mapping set.
        target: The destination's schema.
        check_records: Whether the stream's schema is enforced beyond types (lengths, ranges, …).
        order_by: The replication key, when the versions of a row are to be told apart by it.
        largest_row: Bytes above which a row would be dropped further on, and is rejected here.
        identities: Paths of the identity fields, to count the rows without.

    Raises:
        ConfigurationError: A mapping cannot be understood, or the schema lacks its destination.
    """

    def __init__(
        self,
        source: SourceSchema,
        mapping: MappingSet,
        target: Field,
        *,
        check_records: bool = True,
        order_by: str | None = None,
        largest_row: float | None = None,
        identities: Sequence[str] = (),
    ) -> None:
        self.source = source
        self._order_by = order_by if order_by in source.root.fields else None
        self._target = target
        self._mapper = TableMapper(mapping, source.arrow, target)
        self._check_records = check_records
        self._largest_row = largest_row
        self.moments = self._mapper.only_moments & _without_rules(source) - {order_by}
        """Columns of texts that may as well be timestamps."""
        self._identities = identities

    def map_records(self, block: Sequence[bytes | msgspec.Raw]) -> MappedRows:
        """Map records, each the JSON of an object."""
        parsed = records.parse(block, self.source)
        refused: dict[int, list[Rejection]] = {}
        for rejection in parsed.rejections:
            refused.setdefault(rejection.row, []).append(rejection)
        return self._map(parsed.table, parsed.positions, refused, lambda row: bytes(block[row]))

    def map_table(self, table: pa.Table) -> MappedRows:
        """Map a table that has the source's columns."""

        def record(row: int) -> bytes:
            return msgspec.json.encode(table.slice(row, 1).to_pylist()[0])

        return self._map(table, None, {}, record)

    def _map(
        self,
        table: pa.Table,
        positions: list[int] | None,
        refused: dict[int, list[Rejection]],
        record: Callable[[int], bytes],
    ) -> MappedRows:
        """Map rows whose place in the block is their index, or ``positions`` of it."""
        table, positions = _without(self._source_rejections(table), table, positions, refused)
        mapped = self._mapper.map(table)
        validation = validate(mapped.table, self._target)
        table, positions = _without(validation.rejections, table, positions, refused)
        too_large = self._too_large(validation.valid)
        valid, _ = _without(too_large, validation.valid, positions, refused)
        order = None if self._order_by is None else _left(table.column(self._order_by), too_large)
        rejected = [RejectedRow(record(row), tuple(refused[row])) for row in sorted(refused)]
        without = rows_without(valid, self._identities, NO_IDENTITIES)
        return MappedRows(valid, rejected, mapped.warnings, mapped.warning_counts, order, without)

    def _source_rejections(self, table: pa.Table) -> list[Rejection]:
        rejections = [
            Rejection(row, key, None, "key", "a key property is missing or null")
            for key in self.source.keys
            if key in table.column_names and table.column(key).null_count
            for row in pc.indices_nonzero(table.column(key).is_null()).to_pylist()
        ]
        if self._check_records:
            rejections += validate(table, self.source.root.rule).rejections
        return rejections

    def _too_large(self, table: pa.Table) -> list[Rejection]:
        if self._largest_row is None:
            return []
        return [
            Rejection(
                row,
                "",
                None,
                "size",
                f"about {size:,} bytes; Profile drops rows over {self._largest_row:,.0f}",
            )
            for row, size in enumerate(row_bytes(table))
            if size > self._largest_row
        ]


def _without_rules(source: SourceSchema) -> frozenset[str]:
    plain = Field(XdmType.STRING)
    fields = source.root.fields.items()
    return frozenset(name for name, kind in fields if kind.kind == "string" and kind.rule == plain)


def _without(
    rejections: list[Rejection],
    table: pa.Table,
    positions: list[int] | None,
    refused: dict[int, list[Rejection]],
) -> tuple[pa.Table, list[int] | None]:
    """Note rejections by place in the block, and leave their rows out."""
    if not rejections:
        return table, positions
    places = positions if positions is not None else range(table.num_rows)
    for rejection in rejections:
        refused.setdefault(places[rejection.row], []).append(rejection._replace(row=places[rejection.row]))
    left = _left(pa.chunked_array([range(table.num_rows)], pa.int64()), rejections)
    return table.take(left), [places[row] for row in left.to_pylist()]


def _left(values: pa.ChunkedArray, rejections: list[Rejection]) -> pa.ChunkedArray:
    """The values of the rows that are not rejected."""
    if not rejections:
        return values
    out = {rejection.row for rejection in rejections}
    return values.filter(pa.array([row not in out for row in range(len(values))]))
