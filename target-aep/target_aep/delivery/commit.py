"""One unit becomes one AEP batch: create, upload, COMPLETE, wait, count.

Before each request that could leave something behind, the ledger knows of it. What fails before
COMPLETE is aborted; what happens after COMPLETE is AEP's, and the next run takes it up.
"""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.aep import LostAnswerError
from target_aep.aep.catalog import BatchStatus
from target_aep.delivery.diagnostics import explain
from target_aep.delivery.ledger import Entry
from target_aep.errors import DataError, RemoteError, TargetError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.aep import Batch, Clients
    from target_aep.columnar.spool import SpooledFile
    from target_aep.delivery.books import Books
    from target_aep.delivery.ledger import Ledger
    from target_aep.delivery.polling import Polling
    from target_aep.delivery.quarantine import QuarantineFile
    from target_aep.delivery.recovery import Recovery
    from target_aep.delivery.tags import BatchTags
    from target_aep.delivery.timeline import OwnBatch

logger = logging.getLogger(__name__)

CREATE_ATTEMPTS = 3
COUNT_LOOKS = 5


@dataclass(frozen=True)
class SealedUnit:
    """A unit that is closed: its rows, and what the batch says of itself.

    Args:
        dataset_id: Dataset it goes to.
        tags: Tags of the batch.
        files: Its rows; none when there is nothing to send.
        predecessors: Batches that it replaces.
        known: Ids of the stream's batches that we know of.
        books: Its counts; what AEP counts is added.
        quarantine: Where rows go that AEP refuses.
        threshold_percent: Bad rows that AEP may skip.
    """

    dataset_id: str
    tags: BatchTags
    files: Sequence[SpooledFile]
    predecessors: Sequence[OwnBatch]
    known: frozenset[str]
    books: Books
    quarantine: QuarantineFile
    threshold_percent: float = 0.0

    @property
    def stream(self) -> str:
        """The stream."""
        return self.tags.stream


@dataclass(frozen=True)
class Landed:
    """What became of a unit.

    Args:
        batch: The batch as Catalog last told it; None when there was nothing to send.
        entry: Its entry in the ledger.
        replaced: Batches that are no more in the lake.
        notes: What a user should know, in sentences.
    """

    batch: Batch | None = None
    entry: Entry | None = None
    replaced: tuple[OwnBatch, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def replaced_rows(self) -> int:
        """Rows of former batches that are no more in the lake."""
        return sum(batch.rows for batch in self.replaced)


@dataclass(frozen=True)
class Committer:
    """Commits units, one at a time per dataset.

    Args:
        clients: API clients.
        ledger: Where each step is noted first.
        polling: How to wait.
        recovery: Knows how to look for other writers.
        upload_concurrency: Files uploaded at once.
    """

    clients: Clients
    ledger: Ledger
    polling: Polling
    recovery: Recovery
    upload_concurrency: int = 4

    def commit(self, unit: SealedUnit) -> Landed:
        """Load a unit and wait until AEP says that it landed.

        Raises:
            DataError: AEP refused rows or the counts differ.
            TryAgainError: Another writer, or no decision in time.
            RemoteError: The platform failed.
        """
        entry, batch = self._create(unit)
        try:
            self._upload(unit, batch.id)
            self._require_alone(unit, batch.id)
            self.polling.pause(0, batch.id, stream=unit.stream)
        except BaseException:
            self._give_up(batch.id)
            raise
        self.clients.ingestion.complete(batch.id)
        logger.info("%s: batch %s is complete with %s rows", unit.stream, batch.id, f"{unit.books.mapped:,}")
        decided = self._decided(batch.id, unit)
        if decided.outcome is not BatchStatus.SUCCESS:
            raise self._failure(decided, unit)
        notes = self._count(decided, unit)
        self._require_gone(unit.predecessors, unit.stream)
        return Landed(decided, entry, tuple(unit.predecessors), notes)

    def take_back(self, predecessors: Sequence[OwnBatch], stream: str) -> Landed:
        """Revert batches whose rows did not come again.

        Raises:
            RemoteError: The platform failed.
            TryAgainError: They are still in the lake after the time-out.
        """
        for batch in predecessors:
            logger.info("%s: reverting batch %s, whose rows did not come again", stream, batch.id)
            try:
                self.clients.ingestion.revert(batch.id)
            except RemoteError:
                now = self.clients.catalog.batch(batch.id)
                if now is not None and now.status is BatchStatus.SUCCESS:
                    raise
        self._require_gone(predecessors, stream)
        return Landed(replaced=tuple(predecessors))

    # -- before COMPLETE -------------------------------------------------------------------------

    def _create(self, unit: SealedUnit) -> tuple[Entry, Batch]:
        """Create the batch. A lost answer is looked for by external id, which is never used twice."""
        for attempt in range(1, CREATE_ATTEMPTS + 1):
            external_id = _external_id(unit, attempt)
            entry = self.ledger.intend(Entry(external_id, unit.dataset_id, unit.tags))
            batch: Batch | None
            try:
                batch = self.clients.ingestion.create_batch(
                    unit.dataset_id,
                    external_id=external_id,
                    tags=unit.tags.write(),
                    replay=[predecessor.id for predecessor in unit.predecessors],
                    partial_percentage=unit.threshold_percent or None,
                )
            except LostAnswerError as error:
                logger.warning("%s: %s", unit.stream, error.what)
                batch = self.clients.catalog.batch_by_external_id(external_id)
            if batch is not None:
                return self.ledger.created(entry, batch.id), batch
            self.polling.pause(self.polling.first_seconds, external_id, stream=unit.stream)
        what = f"a batch could not be created: the answer was lost {CREATE_ATTEMPTS} times."
        raise RemoteError(what, remedy="Run again later.", stream=unit.stream)

    def _upload(self, unit: SealedUnit, batch_id: str) -> None:
        def put(file: SpooledFile) -> None:
            self.clients.ingestion.put_file(batch_id, unit.dataset_id, file.name, file.path)

        if len(unit.files) == 1:
            put(unit.files[0])
            return
        with ThreadPoolExecutor(self.upload_concurrency, thread_name_prefix="upload") as pool:
            for upload in [pool.submit(put, file) for file in unit.files]:
                upload.result()

    def _require_alone(self, unit: SealedUnit, batch_id: str) -> None:
        """Look for another writer once our own batch can be seen, so that of two at least one stops."""
        rivals = self.recovery.rivals(unit.dataset_id, unit.stream, unit.known | {batch_id})
        if rivals:
            rival = rivals[0]
            what = f"run {rival.tags.run_id} on {rival.tags.host} has made batch {rival.id} of it meanwhile."
            remedy = "Let one run end before the next begins; they need one run_path, or a lock around them."
            raise TryAgainError(what, remedy=remedy, stream=unit.stream)

    def _give_up(self, batch_id: str) -> None:
        # If this fails too, the next run finds the batch loading and aborts it.
        with suppress(TargetError):
            self.clients.ingestion.abort(batch_id)

    # -- after COMPLETE --------------------------------------------------------------------------

    def _decided(self, batch_id: str, unit: SealedUnit) -> Batch:
        batch = self.polling.until_decided(self.clients.catalog, batch_id, stream=unit.stream)
        for _ in range(COUNT_LOOKS):
            if batch.status is not BatchStatus.SUCCESS or batch.metrics.output_records is not None:
                break
            self.polling.pause(self.polling.first_seconds, batch_id, stream=unit.stream)
            batch = self.clients.catalog.batch(batch_id) or batch
        return batch

    def _count(self, batch: Batch, unit: SealedUnit) -> tuple[str, ...]:
        """Take over AEP's counts; what it refused goes to the quarantine first."""
        metrics, books = batch.metrics, unit.books
        if metrics.output_records is None:
            what = f"batch {batch.id} succeeded, but AEP gives no counts, so that nothing can be proved."
            raise DataError(what, remedy="Look at the batch in AEP, then run again.", stream=unit.stream)
        books.landed = metrics.output_records
        books.failed = metrics.failed_records or 0
        books.sent = books.landed + books.failed if metrics.input_records is None else metrics.input_records
        notes: tuple[str, ...] = ()
        if batch.was_already_ingested:
            notes = (f"batch {batch.id} is in the data lake: {explain(batch.errors)}",)
        elif batch.errors or books.failed:
            self._keep_refused(batch, unit)
            notes = (f"batch {batch.id} landed in part: {explain(batch.errors)}",)
        if imbalances := list(books.after_landing()):
            what = f"the books of batch {batch.id} do not balance: {'; '.join(imbalances)}."
            remedy = (
                "State is unmoved, and the next run replaces the batch. See the quarantine and the report."
            )
            raise DataError(what, remedy=remedy, stream=unit.stream)
        return notes

    def _failure(self, batch: Batch, unit: SealedUnit) -> TargetError:
        if batch.status is BatchStatus.STALLED:
            what = f"batch {batch.id} is stalled: AEP gave up on it without a result."
            remedy = "Give Adobe's support this batch id; once it has failed or succeeded, run again."
            return RemoteError(what, remedy=remedy, stream=unit.stream)
        if batch.was_already_ingested:
            what = (
                f"AEP says that it had already ingested batch {batch.id}, but counts no rows of it, so that "
                f"nothing proves that they are in the data lake: {explain(batch.errors)}."
            )
            remedy = "Look at the batch in AEP. State is unmoved, and the next run loads its rows again."
            return DataError(what, remedy=remedy, stream=unit.stream)
        self._keep_refused(batch, unit)
        what = (
            f"batch {batch.id} ended {batch.status.value}, so nothing of it landed: {explain(batch.errors)}."
        )
        kept = f"The rows and reasons are in {unit.quarantine.path}. " if unit.quarantine.rows else ""
        return DataError(
            what, remedy=f"{kept}State is unmoved; run again when it is fixed.", stream=unit.stream
        )

    def _keep_refused(self, batch: Batch, unit: SealedUnit) -> None:
        try:
            unit.quarantine.keep_refused(self.clients.data_access.row_errors(batch.id), batch.id)
        except RemoteError as error:
            logger.warning("%s: diagnostics of batch %s: %s", unit.stream, batch.id, error)
        unit.quarantine.sync()

    def _require_gone(self, predecessors: Sequence[OwnBatch], stream: str) -> None:
        """See that replaced batches have left the lake; only then are no rows there twice."""
        for batch in predecessors:
            waited, pause = 0.0, self.polling.first_seconds
            while True:
                now = self.clients.catalog.batch(batch.id)
                if now is None or now.status is not BatchStatus.SUCCESS:
                    break
                if waited > self.polling.timeout_seconds:
                    what = f"batch {batch.id} was replaced, but its rows are still in the lake."
                    raise TryAgainError(what, remedy="Run again later.", stream=stream)
                self.polling.pause(pause, batch.id, stream=stream)
                waited, pause = waited + pause, min(pause * 2, self.polling.longest_seconds)


def _external_id(unit: SealedUnit, attempt: int) -> str:
    """An id that says which rows these are, and that no other attempt has."""
    tags = unit.tags
    position = f"seq {tags.seq}" if tags.seq is not None else f"{tags.opening} {tags.closing}"
    about = f"{tags.pipeline_id}\n{unit.dataset_id}\n{tags.stream}\n{position}"
    digest = hashlib.sha256(about.encode()).hexdigest()[:24]
    return f"{digest}-{tags.run_id}-{tags.unit}" + (f"-{attempt}" if attempt > 1 else "")
