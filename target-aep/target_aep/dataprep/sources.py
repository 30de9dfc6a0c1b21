"""A source table, read as columns and as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from target_aep.dataprep import casts
from target_aep.dataprep.errors import TransformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.dataprep.assignments import Assignment, Steps
    from target_aep.dataprep.vectors import Column, Vector


class Source:
    """One table.

    Args:
        table: The rows.
        reads: Columns that records have.
    """

    def __init__(self, table: pa.Table, reads: Sequence[str]) -> None:
        self._table = table
        self._names = frozenset(table.column_names)
        self._reads = [name for name in reads if name in self._names]
        self._records: list[dict[str, Any]] | None = None
        self._arrays: dict[str, pa.Array] = {}
        self._values: dict[str, list[object]] = {}
        self.num_rows: int = table.num_rows

    def records(self) -> list[dict[str, Any]]:
        """The rows as dicts of the columns that are read, made once."""
        if self._records is None:
            columns = [self.values(name) for name in self._reads]
            if columns:
                names = self._reads
                self._records = [dict(zip(names, row)) for row in zip(*columns)]  # noqa: B905  # equal lengths
            else:
                self._records = [{} for _ in range(self.num_rows)]
        return self._records

    def array(self, name: str) -> pa.Array:
        """A column in one piece."""
        if name not in self._arrays:
            self._arrays[name] = casts.plain(self._table.column(name))
        return self._arrays[name]

    def values(self, name: str) -> list[object]:
        """A column as values of the language."""
        if name not in self._values:
            self._values[name] = casts.to_values(self.array(name))
        return self._values[name]

    def column(self, path: str, steps: Steps) -> pa.Array | None:
        """The column at an attribute path without wildcards; ``None`` if there is none.

        Args:
            path: The path as written: a column may have it as its name.
            steps: The path as parsed.
        """
        if path in self._names:
            return self.array(path)
        text = [step for step in steps if isinstance(step, str)]
        if len(text) == len(steps):
            for end in range(len(steps), 0, -1):
                first = ".".join(text[:end])
                if first in self._names:
                    return _inside(self.array(first), text[end:])
        return None

    def compute(self, vector: Vector) -> Column | None:
        """The column of a vector; ``None`` if it must be evaluated by record."""
        try:
            return vector.compute(self)
        except Exception:  # noqa: BLE001  # evaluation by record finds out which rows, and says why
            return None

    def evaluate(self, assignment: Assignment) -> tuple[list[object], list[tuple[int, str]]]:
        """The values of an assignment, one a row, and the rows and reasons where it failed (null there)."""
        records = self.records()
        try:
            return list(map(assignment.closure, records)), []
        except Exception:  # noqa: BLE001, S110  # the second round finds out which rows, and says why
            pass
        values: list[object] = []
        errors: list[tuple[int, str]] = []
        for row, record in enumerate(records):
            value, error = _outcome(assignment, record)
            values.append(value)
            if error is not None:
                errors.append((row, str(error)))
        return values, errors


def _outcome(assignment: Assignment, record: dict[str, Any]) -> tuple[object, TransformError | None]:
    try:
        return assignment.evaluate(record), None
    except TransformError as error:
        return None, error


def _inside(array: pa.Array, names: Sequence[str]) -> pa.Array | None:
    """Attributes of a struct column; null where the struct is."""
    for name in names:
        if not pa.types.is_struct(array.type) or array.type.get_field_index(name) < 0:
            return None
        array = pc.struct_field(array, name)
    return array
