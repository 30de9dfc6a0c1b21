"""One run of the target: who does what when a message comes.

Messages are handled by one thread. Mapping runs beside it, and so do commits, one queue per dataset.
What they share is touched under one lock. Nothing is emitted for a unit before it has landed.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from target_aep.columnar.batch_files import BatchFiles
from target_aep.columnar.pipeline import Workshop
from target_aep.connection import connect, require_sandbox
from target_aep.delivery import afterwards, closing
from target_aep.delivery.closing import CommitRule
from target_aep.delivery.commit import Committer
from target_aep.delivery.composed_state import ComposedState
from target_aep.delivery.decision import OnRewind
from target_aep.delivery.failures import explained
from target_aep.delivery.landing import Landing
from target_aep.delivery.ledger import Ledger
from target_aep.delivery.lock import PipelineLock
from target_aep.delivery.opening import Opening
from target_aep.delivery.polling import Polling
from target_aep.delivery.quarantine import Quarantine, sweep
from target_aep.delivery.queues import CommitQueues
from target_aep.delivery.recovery import Recovery
from target_aep.delivery.report import Report
from target_aep.delivery.run_folder import RunFolder
from target_aep.delivery.sealing import Sealing
from target_aep.delivery.stream import StreamDelivery
from target_aep.errors import ConfigurationError, DataError, TargetError
from target_aep.private_folder import PrivateFolder, file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from target_aep.columnar.singer_schema import SourceSchema
    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.unit import Unit
    from target_aep.settings import Settings

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
LARGEST_FILE_MB = 240
"""A file may end a block beyond its aimed size; Adobe refuses more than 256 MB."""
GRACE_SECONDS = 20.0
"""How long a stopped run waits for batches that AEP is promoting."""


class Run:
    """A run, from the first message to the report.

    Args:
        settings: The configuration.
        emit: Writes a state for the tap.
        check_records: Whether the streams' JSON Schemas are enforced beyond types.

    Raises:
        ConfigurationError: A setting has a value that cannot be used.
    """

    def __init__(
        self, settings: Settings, emit: Callable[[dict[str, Any]], None], *, check_records: bool = True
    ) -> None:
        host = socket.gethostname()
        self.settings = settings
        self._check_records = check_records
        self.folder = RunFolder.of(settings.run_path, settings.pipeline_id)
        self.run_id = self.folder.run_id
        self.streams: dict[str, StreamDelivery] = {}
        self.state = ComposedState()
        self.errors: list[TargetError] = []
        self.notes: list[str] = []
        self.report_path: str | None = None
        self._began = time.time()
        self._current: str | None = None
        self._started = self._over = False
        self._reader = threading.get_ident()
        self._lock = threading.RLock()
        self._workshop = Workshop()
        self._queues = CommitQueues()
        self._rule = CommitRule(settings.commit_rows, settings.commit_minutes)
        self._batch_files = BatchFiles(settings.batch_roots)
        self._quarantine = Quarantine(quarantine_folder(settings), self.run_id, settings.quarantine_mask)
        self._clients = connect(settings)
        self._polling = Polling(
            first_seconds=settings.poll_seconds,
            longest_seconds=settings.poll_max_seconds,
            timeout_seconds=settings.batch_timeout_minutes * 60,
        )
        self._pipeline_lock = PipelineLock(
            self.folder.pipeline,
            pipeline_id=settings.pipeline_id,
            run_id=self.run_id,
            host=host,
            takeover_minutes=settings.takeover_minutes,
        )
        ledger = Ledger(self.folder.ledger)
        recovery = Recovery(
            clients=self._clients,
            ledger=ledger,
            polling=self._polling,
            pipeline_id=settings.pipeline_id,
            host=host,
            takeover_minutes=settings.takeover_minutes,
            on_rewind=OnRewind(settings.on_rewind),
        )
        self._opening = Opening(self._clients, settings, recovery, self.state, self._lock)
        self._landing = Landing(
            sealing=Sealing(settings.pipeline_id, self.run_id, host),
            committer=Committer(self._clients, ledger, self._polling, recovery, settings.upload_concurrency),
            ledger=ledger,
            state=self.state,
            lock=self._lock,
            emit=None if settings.dry_run else emit,
        )

    # -- begin and end -------------------------------------------------------------------------------

    def start(self) -> None:
        """Take the pipeline's lock and see that the sandbox may be written to; once.

        Raises:
            TryAgainError: Another run of the pipeline is alive.
            ConfigurationError: The sandbox is not one to write to.
        """
        if self._started:
            return
        self._pipeline_lock.acquire()
        self._started = True
        self.folder.sweep(self.settings.run_days)
        sweep(quarantine_folder(self.settings), self.settings.quarantine_days)
        require_sandbox(self._clients, self.settings)

    def finish(self) -> None:
        """All input is read: close what is open, wait for all commits, emit the state, report.

        Raises:
            TargetError: A stream failed; the others have landed and their state is emitted.
        """
        for stream in self.streams.values():
            self._at_end(stream)
        self._queues.wait()
        if not self.errors:
            for stream in self.streams.values():
                self._take_back(stream)
            self._queues.wait()
        self._landing.speak(at_end=True)
        self._look_back()
        self.close()
        if self.errors:
            raise self.errors[0]

    def stop(self, error: BaseException) -> None:
        """End early: forget open units, let commits that are under way end, emit what has landed."""
        if self._over:
            return
        if error not in self.errors:
            self.errors.append(explained(error))
        try:
            for stream in self.streams.values():
                stream.drop()
            self._queues.wait(GRACE_SECONDS)
        finally:
            self._polling.stop.set()
            self.close()

    def close(self) -> None:
        """End threads and connections, write the report, give the lock back. Harmless when repeated."""
        if self._over:
            return
        self._over = True
        self._queues.close()
        self._workshop.close()
        self._clients.gateway.close()
        try:
            if self._started:
                streams = list(self.streams.values())
                report = Report(self.run_id, self.settings, self._began, streams, self.errors, self.notes)
                self.report_path = report.write(self.folder.run)
                report.log()
                if not self.settings.dry_run:
                    self.folder.delete_spool()
        finally:
            self._pipeline_lock.release()

    # -- messages ------------------------------------------------------------------------------------

    def open_stream(
        self,
        name: str,
        source: str,
        schema: dict[str, Any],
        keys: Sequence[str],
        replication_keys: Sequence[str],
    ) -> StreamDelivery:
        """Take a SCHEMA message.

        Raises:
            TargetError: The stream cannot be loaded, and ``on_stream_error`` is ``abort``.
        """
        self.start()
        stream = self.streams.get(name) or self._new_stream(name, source)
        if stream.error is None:
            try:
                self._opening.open(stream, schema, keys, replication_keys)
            except TargetError as error:
                self.fail(stream, error)
        return stream

    def begin(self, state: dict[str, Any]) -> None:
        """Take a STATE that comes before the first SCHEMA: where the tap starts."""
        self.state.begin(state)

    def receive(self, state: dict[str, Any]) -> None:
        """Take a STATE."""
        self.raise_failure()
        # Their units open with the STATE before this one.
        collecting = [stream for stream in self.streams.values() if stream.open_if_rows() is not None]
        with self._lock:
            self.state.receive(state)
        for stream in collecting:
            stream.cover(self.state.latest(stream.source))
            self._close_if_due(stream)

    def turn_to(self, source: str) -> None:
        """A message of a stream has come; the tap may have left another one."""
        if source == self._current:
            return
        self._current = source
        self.raise_failure()
        for stream in self.streams.values():
            unit = stream.open_if_rows() if stream.source != source else None
            if unit is not None:
                unit.left = True
                self._close_if_due(stream)

    def add_batch(
        self, stream: StreamDelivery, file_format: str, compression: str | None, urls: Sequence[str]
    ) -> None:
        """Take a BATCH message.

        Raises:
            TargetError: A file cannot be read, and ``on_stream_error`` is ``abort``.
        """
        if stream.error is not None:
            return
        try:
            for url in urls:
                self._add_file(stream, file_format, compression, url)
        except TargetError as error:
            self.fail(stream, error)

    def file_records(
        self, file_format: str, compression: str | None, url: str, schema: SourceSchema
    ) -> Iterator[dict[str, Any]]:
        """Iterate over a BATCH file's rows as records, for what works record by record."""
        if file_format == "parquet":
            for table in self._batch_files.tables(url, schema):
                yield from table.to_pylist()
        else:
            for block in self._batch_files.blocks(url, compression):
                yield from map(msgspec.json.decode, block)

    def loan_file(self, url: str, streams: Sequence[StreamDelivery]) -> None:
        """Delete a BATCH file when the units that its rows went to have landed."""
        units = [unit for stream in streams if (unit := stream.open_if_rows()) is not None]
        file = self._batch_files.loan(url, len(units))
        for unit in units:
            unit.batch_files.append(file)

    def fail(self, stream: StreamDelivery, error: TargetError) -> None:
        """A stream cannot be loaded: its state stays, and the others go on if ``on_stream_error`` says so.

        Raises:
            TargetError: The error, when the run is to stop and this is the thread that reads.
        """
        error.stream = error.stream or stream.name
        with self._lock:
            if stream.error is None:
                stream.error = error
                self.errors.append(error)
                logger.error("%s", error)
            self.state.fail(stream.source)
        if threading.get_ident() == self._reader:
            stream.drop()
            self.raise_failure()

    def raise_failure(self) -> None:
        """Stop when a stream failed that is to stop the run.

        Raises:
            TargetError: The first failure, with ``on_stream_error: abort``.
        """
        if self.errors and self.settings.on_stream_error == "abort":
            raise self.errors[0]

    def _look_back(self) -> None:
        """Rows and state are safe: judge what only the whole run shows."""
        now_ms = int(time.time() * 1000)
        try:
            for note in afterwards.profile_batches(self.streams.values(), now_ms):
                self._note(note)
            for note in afterwards.unused_entries(self.settings, self.streams):
                self._note(note)
        except TargetError as error:
            self.errors.append(error)

    def _note(self, text: str) -> None:
        self.notes.append(text)
        logger.warning("%s", text)

    # -- streams and units ---------------------------------------------------------------------------

    def _new_stream(self, name: str, source: str) -> StreamDelivery:
        stream = self.streams[name] = StreamDelivery(
            name,
            source,
            folder=self.folder,
            quarantine=self._quarantine,
            workshop=self._workshop,
            file_bytes=min(self.settings.file_mb, LARGEST_FILE_MB) * MEGABYTE,
            on_open=self._unit_opens,
            check_records=self._check_records,
        )
        return stream

    def _unit_opens(self, stream: StreamDelivery) -> Bookmark:
        with self._lock:
            self.state.hold(stream.source)
            return self.state.latest(stream.source)

    def _add_file(self, stream: StreamDelivery, file_format: str, compression: str | None, url: str) -> None:
        if file_format == "parquet":
            for table in self._batch_files.tables(url, stream.mapper.source):
                stream.take_table(table)
        elif file_format == "jsonl":
            for block in self._batch_files.blocks(url, compression):
                stream.take_block(block)
        else:
            what = f"BATCH files of format {file_format!r} cannot be read."
            raise ConfigurationError(
                what, remedy="Set the format in the tap's batch_config to parquet or jsonl."
            )
        if stream.unit is not None:
            stream.unit.batch_files.append(self._batch_files.loan(url))

    def _close_if_due(self, stream: StreamDelivery) -> None:
        if closing.is_due(stream, self._rule):
            self._close_unit(stream)

    def _at_end(self, stream: StreamDelivery) -> None:
        """Input has ended: close the stream's unit, if what it holds is complete."""
        if stream.open_if_rows() is None or stream.error is not None:
            stream.drop()
            return
        if not stream.is_covered:
            if not closing.may_end_here(stream, self.state):
                what = (
                    f"the tap ended before a STATE for its last rows: {stream.received} rows are not loaded."
                )
                remedy = "See the tap's log; the next run reads them again."
                self.fail(stream, DataError(what, remedy=remedy))
                return
            stream.cover(self.state.latest(stream.source))
        self._close_unit(stream)

    def _close_unit(self, stream: StreamDelivery) -> None:
        unit = stream.take_unit()
        self._queue(stream, lambda: self._landing.land(stream, unit), unit)

    def _take_back(self, stream: StreamDelivery) -> None:
        """Revert what was to be replaced by rows that did not come."""
        if stream.to_take_back and not stream.books.received:
            self._queue(stream, lambda: self._landing.take_back(stream))

    def _queue(self, stream: StreamDelivery, job: Callable[[], None], unit: Unit | None = None) -> None:
        """Let a job run in the queue of the stream's dataset; nothing of a stream lands after a failure."""

        def guarded() -> None:
            try:
                if stream.error is None:
                    job()
            except Exception as error:
                logger.debug("failed", exc_info=True)
                if unit is not None:
                    stream.books.add(unit.books)
                self.fail(stream, explained(error))
            finally:
                if unit is not None and not self.settings.dry_run:
                    unit.drop()

        self._queues.submit(stream.destination.dataset_id if stream.destination else "", guarded)


def quarantine_folder(settings: Settings) -> PrivateFolder:
    """Where rejected rows of a pipeline are kept."""
    root = PrivateFolder(settings.quarantine_root or settings.run_path)
    pipeline = root / file_name(settings.pipeline_id)
    return pipeline if settings.quarantine_root else pipeline / "quarantine"
