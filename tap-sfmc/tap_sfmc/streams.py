"""Data extensions as streams of the SDK.

The SDK's public hooks carry everything; of its own ways only two are replaced. The state is this
tap's (``bookmark.py``), so the SDK's progress markers are switched off; and rows that go out as
they are, become messages by column instead of one by one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig, SDKBatchMessage, StorageTarget
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import Schema
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from singer_sdk.streams import Stream

from tap_sfmc.discovery.catalog import BUSINESS_UNIT, DELETED_AT, checked_replication_key
from tap_sfmc.discovery.given_catalog import Choices
from tap_sfmc.errors import ConfigurationError
from tap_sfmc.output.batch import BatchWriter
from tap_sfmc.output.batch_format import BatchFormat
from tap_sfmc.output.lines import record_lines, with_texts_for_dates
from tap_sfmc.output.messages import BatchMessage
from tap_sfmc.progress import Progress
from tap_sfmc.reading.extraction import Chunk, begin, limited

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_sfmc.discovery.catalog import StreamDefinition
    from tap_sfmc.tap import TapSFMC


class DataExtensionStream(Stream):
    """The rows of a data extension."""

    # Values have the types that the schema says, since `columns.py` gave them these.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapSFMC, definition: StreamDefinition) -> None:
        super().__init__(tap, schema=definition.schema, name=definition.name)
        self.definition = definition
        self.primary_keys = definition.primary_key
        self.replication_key = definition.replication_key
        self._rows_in_files: list[int] = []
        self._activated = False

    # Catalog

    @property
    def metadata(self) -> MetadataMapping:
        """Selection and facts; a catalog that was given decides."""
        if self._metadata is None:
            given = self._tap_input_catalog
            entry = given.get_stream(self.tap_stream_id) if given is not None else None
            if entry:
                self._metadata = entry.metadata
            else:
                self._metadata = self.definition.metadata(selected_by_default=self.selected_by_default)
                self._metadata.root.selected = given is None and self.selected_by_default
        return self._metadata

    def apply_catalog(self, catalog: Catalog) -> None:
        """Take over the user's choices, and refuse a key that can be none."""
        entry = catalog.get_stream(self.name)
        if entry and not entry.schema.properties:
            entry.schema = Schema.from_dict(self.schema)
        super().apply_catalog(catalog)
        if not self.selected:
            return
        chosen = self._sfmc.choices.get(self.name, Choices())
        self.primary_keys = self._keys(chosen)
        if entry:
            entry.key_properties = list(self.primary_keys)  # the SCHEMA message is made from it
        self.forced_replication_method = chosen.method
        self.replication_key = chosen.replication_key or self.replication_key
        if chosen == replace(Choices(), keys=chosen.keys):
            self.replication_key = self.definition.replication_key
        if self.replication_method == REPLICATION_FULL_TABLE:
            self.replication_key = None
        elif self.replication_method != REPLICATION_INCREMENTAL:
            message = f"There is no replication method {self.replication_method}."
            raise ConfigurationError(message, stream=self.name, remedy="Choose INCREMENTAL or FULL_TABLE.")
        else:
            de, wanted = self.definition.data_extension, self.replication_key
            self.replication_key = checked_replication_key(self.name, de, wanted or "").name

    def _keys(self, chosen: Choices) -> tuple[str, ...]:
        """The key properties: the data extension's own, unless the catalog has others."""
        own = self.definition.primary_key
        keys = next((keys for keys in chosen.keys if set(keys) != set(own)), own)
        if missing := [name for name in keys if name not in self.schema["properties"]]:
            message = f"There is no field {missing[0]!r} to be a key property."
            raise ConfigurationError(message, stream=self.name, remedy="Correct the catalog.")
        if keys != own and self.definition.detect_deletes and not set(keys) <= set(own):
            message = (
                "Rows that are gone have only their primary key, and the catalog has other key properties."
            )
            raise ConfigurationError(message, stream=self.name, remedy="Leave it out of detect_deletes.")
        return keys

    # Rows

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:  # noqa: ARG002
        """The rows one by one, for stream maps, flattening, and other ways of the SDK."""
        for chunk in self._chunks():
            yield from with_texts_for_dates(chunk.rows).to_pylist()
            self._commit(chunk)

    def _sync_records(
        self, context: Mapping[str, Any] | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        with self._sfmc.failures.of(f"Stream {self.name!r}"):
            if write_messages and self.ABORT_AT_RECORD_COUNT is None and self._goes_out_as_it_is:
                self._sync_lines()
            else:
                yield from self._sync_one_by_one(context, write_messages=write_messages)

    def _sync_one_by_one(
        self, context: Mapping[str, Any] | None, *, write_messages: bool
    ) -> Generator[dict[str, Any], Any, Any]:
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if not self._sfmc.config.get("stream_maps"):
                raise
            # An expression met a value that it was not made for. The text may have the value.
            message = f"An expression of stream_maps fails on a row ({type(error).__name__})."
            raise ConfigurationError(
                message, stream=self.name, remedy="Let it expect nulls, and texts of any kind."
            ) from None

    def _sync_lines(self) -> None:
        """Write RECORD messages by column; the output is the same as the SDK's."""
        with self.get_record_counter() as counter, self.get_sync_timer():
            for chunk in self._chunks():
                extracted = datetime.now(timezone.utc)
                lines = record_lines(chunk.rows, self.name, extracted, self._stream_version)
                self._sfmc.message_writer.write_lines(lines)
                counter.increment(chunk.rows.num_rows)
                self._commit(chunk)

    # Files

    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """How to write files; ``None`` if messages are wanted, or rows are changed on their way out."""
        form = self._sfmc.settings.batch_format
        if form is None:
            return None
        if not self._goes_out_as_it_is:
            self.logger.warning("Stream maps or flattening are on: writing RECORD messages instead of files.")
            return None
        storage = config["batch_config"].get("storage") or {}
        return BatchConfig(
            encoding=BaseBatchFileEncoding(form.format, form.compression),
            storage=StorageTarget(
                storage.get("root") or ".batches", storage.get("prefix"), storage.get("params") or {}
            ),
            batch_size=form.rows,
        )

    def get_batches(
        self,
        batch_config: BatchConfig,
        context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """The rows as files; a bookmark waits for the file that completes its rows."""
        form = BatchFormat(
            batch_config.encoding.format, str(batch_config.encoding.compression), batch_config.batch_size
        )
        writer = BatchWriter(self._sfmc.batch_folder, self.name, form)
        try:
            with self.get_record_counter() as counter, self.get_sync_timer():
                for chunk in self._chunks(form.rows):
                    writer.write(chunk.rows)
                    counter.increment(chunk.rows.num_rows)
                    if writer.full or chunk.bookmark:
                        yield from self._file(writer, batch_config.encoding)
                    self._commit(chunk)
                yield from self._file(writer, batch_config.encoding)
        finally:
            writer.abandon()

    def _file(
        self, writer: BatchWriter, encoding: BaseBatchFileEncoding
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        if done := writer.finish():
            self._rows_in_files = [done.rows]
            yield encoding, [done.url]

    def _sync_batches(self, batch_config: BatchConfig, context: Mapping[str, Any] | None = None) -> None:
        with self._sfmc.failures.of(f"Stream {self.name!r}"):
            super()._sync_batches(batch_config, context)

    def _generate_batch_messages(
        self, encoding: BaseBatchFileEncoding, manifest: list[str]
    ) -> Generator[SDKBatchMessage, None, None]:
        yield BatchMessage(
            stream=self.name,
            encoding=encoding,
            manifest=manifest,
            version=self._stream_version,
            rows=self._rows_in_files,
        )

    @property
    def _goes_out_as_it_is(self) -> bool:
        """Whether no stream map, flattening or alias changes the rows."""
        return (
            len(self.stream_maps) == 1
            and type(self.stream_maps[0]) is SameRecordTransform
            and (not self.stream_maps[0].flattening_enabled)
        )

    def _chunks(self, state_every: int | None = None) -> Iterator[Chunk]:
        extraction = begin(
            self._sfmc.services,
            self.definition,
            self.replication_key,
            self.tap_state["bookmarks"].get(self.name),
            state_every or self._sfmc.settings.state_every_rows,
        )
        progress = Progress(self.name, self._sfmc.services.traffic)
        names = [name for name in self.effective_schema["properties"] if self.mask["properties", name]]
        try:
            for chunk in limited(extraction.chunks(), self._sfmc.settings.max_rows_per_stream):
                yield replace(chunk, rows=self._select(chunk, names))
                if reading := extraction.reading:
                    progress.show(reading.rows, reading.count, done=chunk.bookmark is not None)
            if self._sfmc.settings.max_rows_per_stream is None:
                self._activate_version()
        finally:
            self._sfmc.message_writer.flush()

    def _select(self, chunk: Chunk, names: list[str]) -> pa.RecordBatch:
        """The columns that the SCHEMA message has, and no other."""
        rows, unit = chunk.rows, self.definition.data_extension.unit
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        if BUSINESS_UNIT in names:
            name = pa.scalar(unit.alias or unit.account_id or None, pa.string())
            columns[BUSINESS_UNIT] = pa.repeat(name, rows.num_rows)
        if self.definition.detect_deletes:
            moment = datetime.now(timezone.utc) if chunk.gone else None
            columns[DELETED_AT] = pa.repeat(pa.scalar(moment, pa.timestamp("s", "UTC")), rows.num_rows)
        chosen = [name for name in names if name in columns]
        return pa.RecordBatch.from_arrays([columns[name] for name in chosen], names=chosen)

    # State

    def _commit(self, chunk: Chunk) -> None:
        if chunk.bookmark is not None:
            self._activate_version()
            self.tap_state["bookmarks"][self.name] = chunk.bookmark.to_state()
            self._write_state_message()

    def _activate_version(self) -> None:
        """Tell that the rows of this run are all there are."""
        if self._stream_version is not None and not self._activated:
            self._activated = True
            super()._write_activate_version_message(self._stream_version)

    def _write_activate_version_message(self, full_table_version: int) -> None:
        # The SDK writes it before the rows. A target drops everything else when it reads it, and
        # would be left with part of the rows if the reading failed: it comes after the last row.
        pass

    def _write_state_message(self) -> None:
        self._sfmc.state_writer.write_state(self.tap_state)

    def get_replication_key_signpost(self, context: Mapping[str, Any] | None = None) -> None:
        """None: the bookmark is bounded by the server's clock, not by this machine's."""

    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Nothing to finalise: a bookmark enters the state only when it is safe."""

    def _finalize_state(self, state: dict[str, Any] | None = None) -> None:
        pass

    def _write_starting_replication_value(self, context: Mapping[str, Any] | None) -> None:
        pass

    def _increment_stream_state(
        self, latest_record: dict[str, Any], *, context: Mapping[str, Any] | None = None
    ) -> None:
        pass

    @property
    def _sfmc(self) -> TapSFMC:
        return self._tap  # type: ignore[return-value]
