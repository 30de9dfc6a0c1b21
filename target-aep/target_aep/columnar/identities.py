"""Counting rows that come without an identity, which the data lake takes and Identity Service passes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def rows_without(table: pa.Table, paths: Iterable[str], no_identities: Sequence[str]) -> dict[str, int]:
    """Count the rows in which an identity is null or a value that is none.

    Args:
        table: XDM rows.
        paths: Dotted paths of identity fields.
        no_identities: Values that are none, blanks around them aside.
    """
    return {path: _without(table, path.split("."), no_identities) for path in paths}


def _without(table: pa.Table, names: Sequence[str], no_identities: Sequence[str]) -> int:
    if names[0] not in table.column_names:
        return int(table.num_rows)
    column = table.column(names[0])
    for name in names[1:]:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return int(table.num_rows)
        column = pc.struct_field(column, name)
    if not pa.types.is_string(column.type):
        return int(column.null_count)
    none = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array([*no_identities, None], pa.string()))
    return int(pc.sum(none).as_py() or 0)
