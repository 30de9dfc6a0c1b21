"""Rows by SOAP: slower, but its filters are documented, and it knows ``_CustomObjectKey``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from tap_sfmc.api import envelope
from tap_sfmc.api.envelope import Compare, Retrieve
from tap_sfmc.api.soap import SoapStatusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_sfmc.api.envelope import Filter
    from tap_sfmc.api.soap import Soap
    from tap_sfmc.data_extensions import DataExtension
    from tap_sfmc.reading.incremental import ReplicationKey
    from tap_sfmc.values.columns import Columns


class SoapReading:
    """One pass over the rows of a data extension by ``Retrieve``.

    Args:
        soap: The service.
        data_extension: Whose rows.
        columns: Types them; its fields are those that are asked for.
        page_size: Rows per answer.
        condition: Which rows.
        ask: How many rows the data extension has, as REST says; ``None`` if it does not.

    Attributes:
        rows: Rows given so far.
        count: How many match: what came, unless REST contradicts it.
        server_time: The server's clock before the first answer, if known.
        doubts: Why the rows may not be those that match; found by the caller.
    """

    def __init__(
        self,
        soap: Soap,
        data_extension: DataExtension,
        columns: Columns,
        *,
        page_size: int,
        condition: Filter | None = None,
        ask: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.rows = 0
        self.count = 0
        self.server_time: datetime | None = None
        self.doubts: list[str] = []
        self._soap = soap
        self._de = data_extension
        self._columns = columns
        self._page_size = page_size
        self._condition = condition
        self._ask = ask

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, answer by answer.

        Raises:
            TapError: An answer cannot be had.
        """
        self.server_time = self._soap.server_time
        before = self._ask() if self._condition is None else None
        self.count = before or 0
        places = {field.name.lower(): place for place, field in enumerate(self._columns.fields)}
        for results in self._results():
            rows: list[list[str | None]] = [[None] * len(places) for _ in results]
            for row, result in zip(rows, results, strict=True):
                for name, value in envelope.row(result):
                    if (place := places.get(name.lower())) is not None:
                        row[place] = value
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            self.rows += len(rows)
            self.count = max(self.count, self.rows)
            yield self._columns.from_texts(columns)
        self._check(before)

    def _check(self, before: int | None) -> None:
        """Compare with what REST counts, before and after: a table may change meanwhile."""
        self.count = self.rows
        if self._condition is None:
            after = self._ask() if before is not None and before != self.rows else before
            if (
                before is not None
                and after is not None
                and not min(before, after) <= self.rows <= max(before, after)
            ):
                self.count = after
        elif not self.rows and not self._gives_any() and self._ask():
            # One field that was dropped meanwhile, and there are no rows, and there is no error.
            message = f"SOAP gives no row of data extension {self._de.name!r}, though REST counts some."
            raise SoapStatusError(message, remedy="Discover again: a field may have been dropped.")

    def _gives_any(self) -> bool:
        names = tuple(field.name for field in self._columns.fields)
        one = Retrieve(f"DataExtensionObject[{self._de.key}]", names, batch_size=1)
        return bool(self._soap.call(self._de.unit, one).results)

    def _results(self) -> Iterator[list[envelope.Element]]:
        """By key, which is the identity; by name where the service knows only that."""
        names = tuple(field.name for field in self._columns.fields)
        by_key = Retrieve(f"DataExtensionObject[{self._de.key}]", names, self._condition, self._page_size)
        try:
            yield from self._soap.retrieve(self._de.unit, by_key)
        except SoapStatusError:
            if self.rows or self._de.name == self._de.key:
                raise
            by_name = Retrieve(
                f"DataExtensionObject[{self._de.name}]", names, self._condition, self._page_size
            )
            yield from self._soap.retrieve(self._de.unit, by_name)


def from_key(key: ReplicationKey, bound: int) -> Compare:
    """Rows from a replication key on: a Date as a ``DateValue`` of the server's clock."""
    literal = key.literal(bound)
    if key.is_date:
        return Compare(key.name, "greaterThanOrEqual", dates=(literal,))
    return Compare(key.name, "greaterThanOrEqual", values=(literal,))


def without_key(key: ReplicationKey) -> Compare:
    """Rows whose replication key is null."""
    return Compare(key.name, "isNull")
