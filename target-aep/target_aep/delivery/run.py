"""One run of the target: who does what when a message comes.

Messages are handled by one thread. Mapping runs beside it, and so do commits, one queue per dataset.
What they share is touched under one lock. Nothing is emitted for a unit before it has landed.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from target_aep.columnar.pipeline import Workshop
from target_aep.connection import require_sandbox
from target_aep.delivery import afterwards, closing
from target_aep.delivery.assembly import assemble, quarantine_folder
from target_aep.delivery.batch_input import BatchInput
from target_aep.delivery.closing import CommitRule
from target_aep.delivery.failures import explained
from target_aep.delivery.quarantine import sweep
from target_aep.delivery.queues import CommitQueues
from target_aep.delivery.report import Report
from target_aep.delivery.run_folder import RunFolder
from target_aep.delivery.stream import StreamDelivery
from target_aep.delivery.unit import add_empty
from target_aep.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        self.settings = settings
        self.batch_input = BatchInput(settings.batch_roots)
        self.folder = RunFolder.of(settings.run_path, settings.pipeline_id)
        self.run_id = self.folder.run_id
        self.streams: dict[str, StreamDelivery] = {}
        self.errors: list[TargetError] = []
        self.notes: list[str] = []
        self.report_path: str | None = None
        self._parts = assemble(settings, self.folder, emit)
        self._state, self._lock = self._parts.state, self._parts.lock
        self._check_records = check_records
        self._began = time.time()
        self._current: str | None = None
        self._started = self._over = False
        self._reader = threading.get_ident()
        self._rule = CommitRule(settings.commit_rows, settings.commit_minutes)
        self._workshop = Workshop()
        self._queues = CommitQueues()

    # -- begin and end -------------------------------------------------------------------------------

    def start(self) -> None:
        """Take the pipeline's lock and see that the sandbox may be written to; once.

        Raises:
            TryAgainError: Another run of the pipeline is alive.
            ConfigurationError: The sandbox is not one to write to.
        """
        if self._started:
            return
        self._parts.pipeline_lock.acquire()
        self._started = True
        self.folder.sweep(self.settings.run_days)
        sweep(quarantine_folder(self.settings), self.settings.quarantine_days)
        require_sandbox(self._parts.clients, self.settings)

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
        self._parts.landing.speak(at_end=True)
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
            self._parts.polling.stop.set()
            self.close()

    def close(self) -> None:
        """End threads and connections, write the report, give the lock back. Harmless when repeated."""
        if self._over:
            return
        self._over = True
        self._queues.close()
        self._workshop.close()
        self._parts.clients.gateway.close()
        try:
            if self._started:
                streams = list(self.streams.values())
                report = Report(self.run_id, self.settings, self._began, streams, self.errors, self.notes)
                self.report_path = report.write(self.folder.run)
                report.log()
                if not self.settings.dry_run:
                    self.folder.delete_spool()
        finally:
            self._parts.pipeline_lock.release()

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
                self._parts.opening.open(stream, schema, keys, replication_keys)
            except TargetError as error:
                self.fail(stream, error)
        return stream

    def begin(self, state: dict[str, Any]) -> None:
        """Take a STATE that comes before the first SCHEMA: where the tap starts."""
        self._state.begin(state)

    def receive(self, state: dict[str, Any]) -> None:
        """Take a STATE."""
        self.raise_failure()
        # Their units open with the STATE before this one.
        collecting = [stream for stream in self.streams.values() if stream.open_if_rows() is not None]
        with self._lock:
            self._state.receive(state)
        for stream in collecting:
            stream.cover(self._state.latest(stream.source))
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
                self.batch_input.take(stream, file_format, compression, url)
        except TargetError as error:
            self.fail(stream, error)

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
            self._state.fail(stream.source)
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
        now_ms = self._parts.clients.gateway.now_ms()
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
            quarantine=self._parts.quarantine,
            workshop=self._workshop,
            file_bytes=min(self.settings.file_mb, LARGEST_FILE_MB) * MEGABYTE,
            on_open=self._unit_opens,
            check_records=self._check_records,
        )
        return stream

    def _unit_opens(self, stream: StreamDelivery) -> Bookmark:
        with self._lock:
            self._state.hold(stream.source)
            return self._state.latest(stream.source)

    def _close_if_due(self, stream: StreamDelivery) -> None:
        if closing.is_due(stream, self._rule):
            self._close_unit(stream)

    def _at_end(self, stream: StreamDelivery) -> None:
        """Input has ended: close the stream's unit, if what it holds is complete."""
        if stream.open_if_rows() is None or stream.error is not None:
            stream.drop()
            return
        if not stream.is_covered:
            if self.settings.dry_run:
                stream.forget_cover()
            elif closing.may_end_here(stream, self._state):
                stream.cover(self._state.latest(stream.source))
            else:
                self.fail(stream, closing.unfinished(stream))
                return
        self._close_unit(stream)

    def _close_unit(self, stream: StreamDelivery) -> None:
        unit = stream.take_unit()
        self._queue(stream, lambda: self._parts.landing.land(stream, unit), unit)

    def _take_back(self, stream: StreamDelivery) -> None:
        """Revert what was to be replaced by rows that did not come."""
        if stream.to_take_back and not stream.books.received:
            self._queue(stream, lambda: self._parts.landing.take_back(stream))

    def _queue(self, stream: StreamDelivery, job: Callable[[], None], unit: Unit | None = None) -> None:
        """Let a job run in the queue of the stream's dataset; nothing of a stream lands after a failure."""

        def guarded() -> None:
            try:
                if stream.error is None:
                    job()
            except Exception as error:
                logger.debug("failed", exc_info=True)
                self.fail(stream, explained(error))
            finally:
                if unit is not None:
                    self._put_away(stream, unit)

        self._queues.submit(stream.destination.dataset_id if stream.destination else "", guarded)

    def _put_away(self, stream: StreamDelivery, unit: Unit) -> None:
        """Whatever became of a unit: count it, and delete its files save in a dry run."""
        with self._lock:
            stream.books.add(unit.books)
            stream.count_identities(unit.without_identity)
            for destination, cells in unit.left_empty.items():
                add_empty(stream.left_empty, destination, cells)
        if not self.settings.dry_run:
            unit.drop()
