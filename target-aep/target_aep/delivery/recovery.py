"""Carrying out the recovery decision: look, abort, wait, look again.

At a stream's first message the target lists the dataset's batches and keeps its own by tag. The
listing may lag, so ids that the ledger knows are looked up one by one as well.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from target_aep.aep import ApiError
from target_aep.aep.catalog import BatchStatus
from target_aep.delivery.decision import Decision, Policy, Refusal, decide
from target_aep.delivery.tags import BatchTags
from target_aep.delivery.timeline import OwnBatch
from target_aep.errors import DataError, RemoteError, TargetError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from target_aep.aep import Batch, Clients
    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.decision import OnRewind
    from target_aep.delivery.ledger import Entry, Ledger
    from target_aep.delivery.polling import Polling
    from target_aep.delivery.timeline import Start

logger = logging.getLogger(__name__)

SHOWN = 10


@dataclass(frozen=True)
class Recovery:
    """Finds out what former runs left, and puts it right.

    Args:
        clients: API clients.
        ledger: Batches that the listing may not show yet.
        polling: How to wait for batches in flight.
        pipeline_id: Whose batches are ours.
        host: This machine.
        takeover_minutes: How long another machine's open batch is taken for a live run.
        on_rewind: What to do when the tap was set back.
    """

    clients: Clients
    ledger: Ledger
    polling: Polling
    pipeline_id: str
    host: str
    takeover_minutes: float
    on_rewind: OnRewind

    def recover(
        self,
        dataset_id: str,
        stream: str,
        start: Start,
        *,
        replaces_all: Callable[[Sequence[OwnBatch]], bool],
    ) -> Recovered:
        """Decide what to do about former batches of a stream, and do what comes first.

        Args:
            dataset_id: Dataset of the stream.
            stream: Its name.
            start: Where the tap starts.
            replaces_all: Whether its rows replace all of its former batches, given these.

        Raises:
            DataError: The tap was set back and ``on_rewind`` does not allow it.
            TryAgainError: Another machine is writing, or a batch is not decided in time.
            RemoteError: A batch is stalled.
        """
        seen: dict[str, OwnBatch] = {}
        while True:
            listed = {batch.id: batch for batch in self._listed(dataset_id)}
            own = [seen.get(each.id, each) for each in self._own(listed, dataset_id, stream, start.bookmark)]
            policy = Policy(
                host=self.host,
                now_ms=self.clients.gateway.now_ms(),
                takeover_ms=int(self.takeover_minutes * 60_000),
                on_rewind=self.on_rewind,
                replaces_all=replaces_all(own),
            )
            decision = decide(start, own, policy)
            if decision.refusal is not None:
                raise refused(decision, stream)
            # The listing may lag in what it says of a batch, too: a look at the batch itself counts more.
            news = [now for batch in decision.abort if (now := self._abort(batch, stream)) is not None]
            for batch in decision.wait:
                logger.info("%s: waiting for batch %s of run %s", stream, batch.id, batch.tags.run_id)
                decided = self.polling.until_decided(self.clients.catalog, batch.id, stream=stream)
                news.append(_as_seen(batch, decided))
            if not news:
                self._tidy(dataset_id, stream, decision, listed)
                return Recovered(decision, tuple(own), replaces_all=policy.replaces_all)
            seen.update((batch.id, batch) for batch in news)

    def rivals(self, dataset_id: str, stream: str, known: frozenset[str]) -> list[OwnBatch]:
        """Return batches of this stream that another run has made since we looked."""
        return [
            batch
            for batch in self._listed(dataset_id)
            if batch.tags.stream == stream
            and batch.id not in known
            and (batch.may_hold_rows or batch.status is BatchStatus.LOADING)
        ]

    def _own(
        self, listed: dict[str, OwnBatch], dataset_id: str, stream: str, start: Bookmark
    ) -> list[OwnBatch]:
        found = dict(listed)
        for entry in self.ledger.entries(dataset_id, stream):
            batch = found.get(entry.batch_id or "") or self._looked_up(entry)
            if batch is not None:
                found[batch.id] = replace(batch, unacknowledged=not entry.acknowledged)
        names = {stream, *_former_names(found.values(), stream, start)}
        return [batch for batch in found.values() if batch.tags.stream in names]

    def _listed(self, dataset_id: str) -> list[OwnBatch]:
        listed = (own_batch(batch) for batch in self.clients.catalog.batches(dataset_id))
        return [batch for batch in listed if batch and batch.tags.pipeline_id == self.pipeline_id]

    def _looked_up(self, entry: Entry) -> OwnBatch | None:
        catalog = self.clients.catalog
        batch = (
            catalog.batch(entry.batch_id)
            if entry.batch_id
            else catalog.batch_by_external_id(entry.external_id)
        )
        if batch is None:
            return None
        # What the ledger says of it is exact, whatever has become of the tags.
        return replace(own_batch(batch) or _of_entry(batch, entry), tags=entry.tags)

    def _abort(self, batch: OwnBatch, stream: str) -> OwnBatch | None:
        """Abort a batch; return it as it is now if it was not loading any more."""
        logger.info("%s: aborting half-made batch %s of run %s", stream, batch.id, batch.tags.run_id)
        try:
            self.clients.ingestion.abort(batch.id)
        except ApiError:
            now = self.clients.catalog.batch(batch.id)
            if now is not None and now.status is BatchStatus.LOADING:
                raise
            return None if now is None else _as_seen(batch, now)
        return None

    def _tidy(self, dataset_id: str, stream: str, decision: Decision, listed: dict[str, OwnBatch]) -> None:
        """Forget entries of batches that Catalog lists, or that never were, and that need nothing more."""
        open_ids = {batch.id for batch in (*decision.predecessors, *decision.at_stake)}
        for entry in self.ledger.entries(dataset_id, stream):
            known = entry.batch_id is None or entry.batch_id in listed
            if entry.tags.stream == stream and known and entry.batch_id not in open_ids:
                self.ledger.forget(entry)


@dataclass(frozen=True)
class Recovered:
    """What came of it.

    Args:
        decision: The decision, of which abort and wait have been carried out.
        own: Our batches of the stream, in any status.
        replaces_all: The stream's rows replace all that are in the lake.
    """

    decision: Decision
    own: tuple[OwnBatch, ...] = ()
    replaces_all: bool = False

    @property
    def known(self) -> frozenset[str]:
        """Ids of all batches that were looked at."""
        return frozenset(batch.id for batch in self.own)

    @property
    def live(self) -> tuple[OwnBatch, ...]:
        """Our batches whose rows are in the lake."""
        return tuple(batch for batch in self.own if batch.is_live)


def own_batch(batch: Batch) -> OwnBatch | None:
    """Read a batch as one of ours; None when it is somebody else's."""
    tags = BatchTags.read(batch.tags)
    if tags is None:
        return None
    return OwnBatch(
        id=batch.id,
        status=batch.outcome,
        tags=tags,
        rows=batch.metrics.output_records or 0,
        updated_ms=batch.updated_ms,
    )


def refused(decision: Decision, stream: str) -> TargetError:
    """Say why a stream cannot be loaded now, and what the ways out are."""
    batches = decision.at_stake
    named = ", ".join(batch.id for batch in batches[:SHOWN])
    if len(batches) > SHOWN:
        named += f" and {len(batches) - SHOWN} more"
    rows = sum(batch.rows for batch in batches)
    if decision.refusal is Refusal.OTHER_WRITER:
        host = batches[0].tags.host
        what = f"run {batches[0].tags.run_id} on {host} seems to be loading it (batch {named})."
        return TryAgainError(what, remedy="Wait until it has ended, or for takeover_minutes.", stream=stream)
    if decision.refusal is Refusal.STALLED:
        what = f"batch {named} is stalled: AEP gave up on it without a result."
        remedy = "Give Adobe's support this batch id; once it has failed or succeeded, run again."
        return RemoteError(what, remedy=remedy, stream=stream)
    if decision.refusal is Refusal.REWIND:
        what = (
            f"the tap starts before rows that are already loaded, so {rows} rows in {len(batches)} "
            f"batches ({named}) would be read and loaded again."
        )
        remedy = "Set on_rewind: replace to replace them, or append to load them twice; or restore the state."
        return DataError(what, remedy=remedy, stream=stream)
    what = (
        "the tap starts from a state that these rows were never loaded up to: it was edited, or saved before "
        f"the stream was reloaded. {rows} rows in {len(batches)} batches ({named}) are loaded."
    )
    remedy = (
        "Restore the last state; or reload the stream from the beginning with on_rewind: replace; "
        "or set on_rewind: append to go on from there, rows perhaps twice."
    )
    return DataError(what, remedy=remedy, stream=stream)


def _former_names(batches: Iterable[OwnBatch], stream: str, start: Bookmark) -> set[str]:
    """Names that a stream had before: a tap that follows a rename hands the bookmark on."""
    if start.is_root or start.seq is None:
        return set()
    return {
        batch.tags.stream
        for batch in batches
        if batch.tags.stream != stream and batch.tags.closing == start.digest
    }


def _as_seen(batch: OwnBatch, now: Batch) -> OwnBatch:
    return replace(batch, status=now.outcome, rows=now.metrics.output_records or 0, updated_ms=now.updated_ms)


def _of_entry(batch: Batch, entry: Entry) -> OwnBatch:
    return OwnBatch(batch.id, batch.outcome, entry.tags, batch.metrics.output_records or 0, batch.updated_ms)
