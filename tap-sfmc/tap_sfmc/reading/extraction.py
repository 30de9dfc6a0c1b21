"""One stream's rows in one run, and the bookmarks that go with them.

A reading that leaves a doubt is followed by another one, of which only those rows are emitted that
were not before; where REST is not faithful, SOAP takes over in the same way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tap_sfmc.api.soap import LostPlaceError
from tap_sfmc.errors import DataError, RemoteError
from tap_sfmc.reading.bookmark import Bookmark, Counts
from tap_sfmc.reading.deletes import Deletes
from tap_sfmc.reading.identities import Identities, Known
from tap_sfmc.reading.incremental import Cursor, ReplicationKey
from tap_sfmc.reading.soap_rows import SoapReading
from tap_sfmc.reading.sources import Source
from tap_sfmc.settings import NullKeys
from tap_sfmc.values.clock import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.errors import TapError
    from tap_sfmc.reading.sources import AnyReading, Way
    from tap_sfmc.services import Services

_logger = logging.getLogger("tap-sfmc.extraction")
_READINGS = 3
"""How often a stream is read by one interface before its doubts are an error."""


@dataclass(frozen=True)
class Chunk:
    """Rows to emit, and what may be written to the state once they are.

    Attributes:
        rows: All fields of the data extension.
        bookmark: Safe to resume from after these rows; ``None`` if nowhere near it is.
        gone: These rows are no more, and have only their keys.
    """

    rows: pa.RecordBatch
    bookmark: Bookmark | None = None
    gone: bool = False


class Extraction:
    """Reads one stream.

    Args:
        source: Where its rows are.
        before: Where the last run ended.
        cursor: The way through an incremental stream; ``None`` for a full table.
        state_every: Rows between two bookmarks on the way.
        deletes: Finds rows that are gone, if that is wanted.
    """

    def __init__(
        self,
        source: Source,
        before: Bookmark,
        cursor: Cursor | None,
        state_every: int,
        deletes: Deletes | None = None,
    ) -> None:
        self._source = source
        self._name = source.definition.name
        self._before = self._latest = before
        self._cursor = cursor
        self._state_every = self._state_due = state_every
        self._key = source.definition.primary_key
        self._read = Identities(self._key)
        self._versions = Identities((*self._key, cursor.key.name) if self._key and cursor else self._key)
        self._known: Known | None = None
        self._by_soap: set[bool] = set()
        self._orders: bool | None = None
        self._deletes = deletes
        self._extracted = 0
        self._left_out = 0
        self.reading: AnyReading | None = None

    def chunks(self) -> Iterator[Chunk]:
        """The rows, in chunks of a page; the last one brings the closing bookmark, if rows came.

        Raises:
            TapError: They cannot be read whole.
        """
        try:
            if self._cursor and not self._cursor.key.is_date:
                self._cursor.ceiling = self._source.highest(self._cursor.key)
            yield from self._read_somehow()
            yield from self._rows_without_key()
            yield from self._rows_that_are_gone()
            if self._counts() != self._latest.counts and self._extracted:
                bookmark = self._bookmark(closing=True)
                if self._deletes:
                    self._deletes.commit(bookmark.seq)
                yield Chunk(self._source.columns.no_rows, bookmark)
            elif self._deletes:
                self._deletes.restore()
        finally:
            if self._deletes:
                self._deletes.close()
            self._read.close()
            self._versions.close()

    def _read_somehow(self) -> Iterator[Chunk]:
        trouble: TapError | None = None
        for way in self._source.ways(self._cursor):
            if trouble is not None:
                _logger.warning("Stream %r: reading by %s, since: %s", self._name, way.name, trouble)
            try:
                yield from self._read_by(way)
            except (RemoteError, DataError) as error:
                trouble = error
            else:
                return
        raise trouble or AssertionError

    def _read_by(self, way: Way) -> Iterator[Chunk]:
        doubts: list[str] = []
        for _ in range(_READINGS):
            if doubts:
                _logger.warning("Stream %r: reading again, since %s.", self._name, "; ".join(doubts))
            reading = self.reading = self._source.reading(way, self._cursor)
            try:
                yield from self._one_reading(reading)
            except LostPlaceError as error:
                doubts = [error.what]
            else:
                doubts = self._doubts(reading)
            if not doubts:
                return
        message = f"The rows that came are not those that match: {'; '.join(doubts)}."
        raise DataError(message, stream=self._name, remedy="Run again when the table changes less.")

    def _one_reading(self, reading: AnyReading) -> Iterator[Chunk]:
        if len(self._versions):
            self._known = Known(self._versions, self._seconds_off(reading))
        self._by_soap.add(isinstance(reading, SoapReading))
        self._read.close()
        self._read = Identities(self._key)
        self._left_out = 0
        if self._cursor:
            self._cursor.begin(self._source.services.http.server_time)
        if self._deletes:
            self._deletes.begin()
        for batch in reading.batches():
            rows = batch
            if self._cursor:
                rows = self._cursor.take(batch)
                self._source.check_filter(reading, self._cursor)
            self._left_out += batch.num_rows - rows.num_rows
            read = self._read.add(batch) if self._key else None
            if self._known:
                rows = self._known.new(rows)
            if self._deletes:
                self._deletes.note(batch if self._reads_all else rows)
            are_versions = rows is batch and self._versions.names == self._read.names
            self._versions.add(rows, read if are_versions else None)
            self._extracted += rows.num_rows
            yield Chunk(rows, self._midway(reading))

    def _seconds_off(self, reading: AnyReading) -> int:
        """How far dates of this reading are from those of former ones by the other interface."""
        by_soap = isinstance(reading, SoapReading)
        if (not by_soap) not in self._by_soap:
            return 0
        return -1 if by_soap else 1

    def _doubts(self, reading: AnyReading) -> list[str]:
        """Why a reading may lack rows, as far as it is not proved that it has them all."""
        if reading.rows != reading.count:
            return [f"{reading.rows} rows came, where the server counted {reading.count}"]
        if self._key:
            # As many different rows as match: nothing that looked odd on the way matters.
            repeated = self._read.repeated()
            return [f"{repeated} rows came twice"] if repeated else []
        return reading.doubts

    def _midway(self, reading: AnyReading) -> Bookmark | None:
        """A bookmark in the middle of a reading, if it is due, and proved to be safe.

        The server orders rows by the replication key (two probes, and all rows so far), and from
        the bookmark on it has as many rows as are still to come or came last. Had a row that came
        moved since, or one been passed over, the numbers would differ.
        """
        cursor = self._cursor
        if cursor is None or cursor.disordered or self._known or self._extracted < self._state_due:
            return None
        position = cursor.position()
        if position is None or position != cursor.maximum or reading.rows == reading.count:
            return None
        self._state_due = self._extracted + self._state_every
        if not self._is_safe(reading, cursor, position):
            return None
        bookmark = self._bookmark()
        if self._deletes:
            self._deletes.carry(bookmark.seq)
        return bookmark

    def _is_safe(self, reading: AnyReading, cursor: Cursor, position: int) -> bool:
        try:
            if self._orders is None:
                self._orders = self._source.orders(reading, cursor)
            return self._orders and self._source.has_the_rest(reading, cursor, position)
        except (RemoteError, DataError) as error:
            # The rows at hand must not be lost for a question that can do without an answer.
            _logger.info("Stream %r: no state here, since: %s", self._name, error)
            return False

    def _rows_without_key(self) -> Iterator[Chunk]:
        """Rows that no comparison finds, where they are wanted in each run."""
        cursor = self._cursor
        if (
            cursor is None
            or cursor.nulls is not NullKeys.ALWAYS
            or cursor.lower is None
            or cursor.without_key
        ):
            return
        for batch in self._source.rows_without(cursor.key).batches():
            self._extracted += batch.num_rows
            yield Chunk(batch)

    @property
    def _reads_all(self) -> bool:
        return self._cursor is None or self._cursor.lower is None

    def _rows_that_are_gone(self) -> Iterator[Chunk]:
        if self._deletes is None:
            return
        if not self._reads_all:
            self._read_keys(self._deletes)
        for batch in self._deletes.vanished(self._source.columns.schema):
            self._extracted += batch.num_rows
            yield Chunk(batch, gone=True)

    def _read_keys(self, deletes: Deletes) -> None:
        """All keys, where the rows were only those that changed. Part of them would be worse than none."""
        trouble: TapError | None = None
        for way in self._source.ways(None):
            deletes.begin(emitted=trouble is None)
            keys = Identities(self._key)
            reading = self._source.reading_of_keys(way)
            try:
                for batch in reading.batches():
                    keys.add(batch)
                    deletes.note(batch)
                if reading.rows == reading.count and not keys.repeated():
                    return
                message = (
                    f"{len(keys)} keys came, where the server counted {reading.count}, or some came twice."
                )
                trouble = DataError(message, stream=self._name)
            except (RemoteError, DataError) as error:
                trouble = error
            finally:
                keys.close()
        raise trouble or AssertionError

    def _counts(self) -> Counts:
        return self._before.counts + Counts(self._extracted + self._left_out, self._extracted, self._left_out)

    def _bookmark(self, *, closing: bool = False) -> Bookmark:
        changes: dict[str, Any] = {"counts": self._counts()}
        if self._cursor:
            changes |= self._cursor.bookmark()
            if closing and self._cursor.start is None:
                changes["full_read"] = utc_text(self._cursor.clock or datetime.now(timezone.utc))
        else:
            # Of a stream that was incremental before: a target is to know that this is a whole table.
            changes |= {"replication_key": "", "value": None, "seen": None, "full_read": ""}
        self._latest = self._latest.advanced(**changes)
        return self._latest


def limited(chunks: Iterator[Chunk], rows: int | None) -> Iterator[Chunk]:
    """All chunks; or, for a first look, those up to a number of rows, without any bookmark."""
    if rows is None:
        yield from chunks
        return
    left = rows
    for chunk in chunks:
        yield replace(chunk, rows=chunk.rows[:left], bookmark=None)
        left -= chunk.rows.num_rows
        if left <= 0:
            return


def begin(
    services: Services,
    definition: StreamDefinition,
    replication_key: str | None,
    state: Mapping[str, Any] | None,
    state_every: int,
) -> Extraction:
    """Set out to read a stream.

    Args:
        services: The run's.
        definition: The stream.
        replication_key: Field that tells what is new; ``None`` for a full table.
        state: Its part of the state, if it has one.
        state_every: Rows between two bookmarks.
    """
    account_id, key = definition.identity
    before = Bookmark.from_state(state) if state else Bookmark(key, account_id)
    before = replace(before, customer_key=key, account_id=account_id)
    cursor = None
    if replication_key:
        field = definition.data_extension.find(replication_key)
        assert field is not None  # noqa: S101 - the catalog checked it
        zone = services.settings.zone(definition.name, field.name)
        cursor = Cursor.from_bookmark(ReplicationKey(field, zone), before, services.settings)
    deletes = Deletes(services.settings, definition, before.seq) if definition.detect_deletes else None
    return Extraction(Source(services, definition), before, cursor, state_every, deletes)
