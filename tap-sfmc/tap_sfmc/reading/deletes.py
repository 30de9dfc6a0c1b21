"""Rows that are gone at the source, as soft deletes. Opt-in: it takes all keys, in each run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_sfmc.errors import DataError
from tap_sfmc.reading.key_store import KeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.settings import Settings

_logger = logging.getLogger("tap-sfmc.deletes")


class Deletes:
    """Finds the rows of a stream that are gone since the last run.

    Args:
        settings: Where the keys are kept, and how many may be gone.
        definition: The stream.
        seq: The bookmark that this run starts from.
    """

    def __init__(self, settings: Settings, definition: StreamDefinition, seq: int) -> None:
        self._name = definition.name
        self._most = settings.max_delete_percent
        self._store = KeyStore(settings.key_store, definition.identity, definition.primary_key, seq)
        self._seq = seq

    def begin(self, *, emitted: bool = True) -> None:
        """A reading of all keys starts; the rows that were noted so far were emitted, or are forgotten."""
        self._store.begin(emitted=emitted)

    def note(self, rows: pa.RecordBatch) -> None:
        """Rows that are there."""
        self._store.note(rows)

    def vanished(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows that are gone, once all that are there were noted.

        Raises:
            DataError: More are gone than may be.
        """
        if not self._store.known:
            self._explain()
        before, gone = self._store.compare()
        if gone * 100 > self._most * before:
            message = (
                f"{gone} of {before} rows are gone, more than max_delete_percent ({self._most:g}) allows."
            )
            raise DataError(
                message, stream=self._name, remedy="If that is right, raise the setting for one run."
            )
        if gone:
            _logger.info("Stream %r: %d rows are gone.", self._name, gone)
        yield from self._store.vanished(schema)

    def commit(self, seq: int) -> None:
        """The keys belong to a bookmark that is written next."""
        self._store.commit(seq)

    def carry(self, seq: int) -> None:
        """The reading is at a bookmark, and not at its end."""
        self._store.carry(seq)

    def restore(self) -> None:
        """No bookmark comes of this run: if the keys of the last one were lost, these stand in."""
        if not self._store.known:
            self._store.commit(self._seq)

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def _explain(self) -> None:
        newest = self._store.newest
        if self._seq == 0:
            _logger.info("Stream %r: first run, its keys are kept from now on.", self._name)
        elif newest is not None and newest > self._seq:
            _logger.warning(
                "Stream %r: the key store is newer (%d) than the state (%d), which was set back or lost; "
                "what is gone is told from the next run on.",
                self._name,
                newest,
                self._seq,
            )
        else:
            _logger.warning(
                "Stream %r: the key store has nothing of state %d; what is gone is told from the next run.",
                self._name,
                self._seq,
            )
