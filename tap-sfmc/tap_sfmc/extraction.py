"""One stream's rows in one run, and the bookmarks that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_sfmc.bookmark import Bookmark, Counts
from tap_sfmc.columns import Columns
from tap_sfmc.errors import DataError
from tap_sfmc.incremental import Cursor, ReplicationKey
from tap_sfmc.reader import Reading
from tap_sfmc.rowset import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from tap_sfmc.catalog import StreamDefinition
    from tap_sfmc.services import Services

_AHEAD = 2
"""Pages that wait to be written, beside those that are being fetched."""


@dataclass(frozen=True)
class Chunk:
    """Rows to emit, and what may be written to the state once they are.

    Attributes:
        rows: All fields of the data extension.
        bookmark: Safe to resume from after these rows; ``None`` if nowhere near it is.
    """

    rows: pa.RecordBatch
    bookmark: Bookmark | None = None


class Extraction:
    """Reads one stream.

    Args:
        services: The connections.
        definition: The stream.
        replication_key: ``None`` for a full table.
        bookmark: Where the last run ended.
    """

    def __init__(
        self,
        services: Services,
        definition: StreamDefinition,
        replication_key: str | None,
        bookmark: Bookmark | None,
    ) -> None:
        self._services = services
        self._settings = services.settings
        self._definition = definition
        account_id, key = definition.identity
        self._before = bookmark or Bookmark(key, account_id)
        self._key = self._replication_key(replication_key)
        self.columns = Columns(
            definition.name,
            definition.data_extension.fields,
            lambda name: self._settings.zone(definition.name, name),
        )

    def chunks(self) -> Iterator[Chunk]:
        """The rows, in chunks of a page."""
        cursor = self._cursor()
        query = Query(
            unit=self._definition.data_extension.unit,
            key=self._definition.data_extension.key,
            page_size=self._settings.page_size,
            filter=_filter(cursor),
            order_by=self._order(),
        )
        reading = Reading(
            self._services.rowset,
            query,
            self.columns,
            self._services.pool,
            self._settings.concurrency + _AHEAD,
        )
        extracted = 0
        limit = self._settings.max_rows_per_stream
        for batch in reading.batches():
            if cursor and cursor.clock is None:
                cursor.clock = reading.server_time
            rows = cursor.take(batch) if cursor else batch
            if limit is not None and extracted + rows.num_rows >= limit:
                yield Chunk(rows[: limit - extracted])
                return
            extracted += rows.num_rows
            yield Chunk(rows)
        if reading.doubts:
            message = f"The rows that came are not those that match: {'; '.join(reading.doubts)}."
            raise DataError(message, stream=self._definition.name)
        if extracted:
            yield Chunk(
                rows[:0], self._after(cursor, Counts(reading.count, extracted, reading.count - extracted))
            )

    def _after(self, cursor: Cursor | None, counts: Counts) -> Bookmark:
        changes: dict[str, object] = {"counts": self._before.counts + counts}
        if cursor is not None:
            position = cursor.position()
            changes |= {
                "replication_key": cursor.key.name,
                "value": None if position is None else cursor.key.show(position),
                "seen": cursor.remembered(),
            }
        return self._before.advanced(**changes)

    def _cursor(self) -> Cursor | None:
        if self._key is None:
            return None
        start, seen = None, None
        if self._before.replication_key == self._key.name and self._before.value is not None:
            start, seen = self._key.parse(self._before.value), self._before.seen
        elif self._settings.start_date is not None and self._key.is_date:
            start = int(self._settings.start_date.timestamp())
        return Cursor(
            self._key,
            start,
            seen,
            overlap=self._settings.overlap,
            limit=self._settings.dedupe_limit,
            nulls=self._settings.null_replication_keys,
        )

    def _replication_key(self, name: str | None) -> ReplicationKey | None:
        field = self._definition.data_extension.find(name) if name else None
        if field is None:
            return None
        return ReplicationKey(field, self._settings.zone(self._definition.name, field.name))

    def _order(self) -> str:
        if self._key:
            return f"{self._key.name} asc"
        key = self._definition.data_extension.primary_key
        return f"{key[0]} asc" if key else ""


def _filter(cursor: Cursor | None) -> str:
    if cursor is None or cursor.lower is None:
        return ""
    return f"{cursor.key.name} ge '{cursor.key.literal(cursor.lower)}'"
