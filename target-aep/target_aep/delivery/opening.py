"""What happens when a stream's first message comes: provision, then look at what former runs left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.delivery import load_methods
from target_aep.delivery.load_methods import LoadMethod
from target_aep.provision.prepare import prepare

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence

    from target_aep.aep import Clients
    from target_aep.delivery.composed_state import ComposedState
    from target_aep.delivery.recovery import Recovered, Recovery
    from target_aep.delivery.stream import StreamDelivery
    from target_aep.delivery.timeline import OwnBatch, Start
    from target_aep.settings import Settings


@dataclass(frozen=True)
class Opening:
    """Opens streams.

    Args:
        clients: API clients.
        settings: The configuration.
        recovery: Puts right what former runs left.
        state: Where the tap starts.
        lock: Guards the composed state.
    """

    clients: Clients
    settings: Settings
    recovery: Recovery
    state: ComposedState
    lock: threading.RLock

    def open(
        self,
        stream: StreamDelivery,
        schema: dict[str, Any],
        keys: Sequence[str],
        replication_keys: Sequence[str],
    ) -> None:
        """Take a SCHEMA message; only the first one of a stream looks back.

        Raises:
            TargetError: The stream cannot be loaded.
        """
        destination = prepare(self.clients, self.settings, stream.name, schema, keys)
        stream.describe(destination, schema, keys, replication_keys)
        if stream.start is not None:
            return
        start = stream.start = self.state.start(stream.source)
        full_table = stream.full_table

        def overwrites(former: Iterable[OwnBatch]) -> bool:
            method = load_methods.at_start(destination, start.bookmark, full_table=full_table, former=former)
            load_methods.require_allowed(method, destination, stream.name)
            return method is LoadMethod.OVERWRITE

        stream.is_read_whole = overwrites(())
        if not self.settings.dry_run:
            recovered = self.recovery.recover(
                destination.dataset_id, stream.name, start, replaces_all=overwrites
            )
            self._take_over(stream, recovered)

    def _take_over(self, stream: StreamDelivery, recovered: Recovered) -> None:
        decision = recovered.decision
        stream.recovered = recovered
        stream.replaceable = recovered.live
        stream.is_read_whole = recovered.replaces_all
        if recovered.replaces_all:
            return
        if _goes_on_elsewhere(stream.start, recovered):
            stream.note(
                "the state goes on after rows that were loaded before, and this dataset has no batch of "
                "this pipeline: they are somewhere else (another sandbox, dataset or pipeline_id?). A full "
                "refresh loads them here, too"
            )
        stream.predecessors = decision.predecessors
        if stream.predecessors:
            rows = sum(batch.rows for batch in stream.predecessors)
            stream.note(
                f"{rows} rows in {len(stream.predecessors)} batches had landed, but the state after them was "
                "not saved: they are replaced by what is read now"
            )
            with self.lock:
                self.state.hold(stream.source)
        elif decision.at_stake:
            stream.note(f"{len(decision.at_stake)} batches stay beside the rows that are read again")
        elif rows := _read_again(stream):
            stream.note(
                f"{rows} rows of former runs stay beside those that come now: if the tap reads the whole "
                "table each time, set load_method: overwrite"
            )


def _goes_on_elsewhere(start: Start | None, recovered: Recovered) -> bool:
    """Whether rows were loaded according to the state, and none into this dataset."""
    if start is None or not start.known or start.bookmark.is_root or recovered.own:
        return False
    return start.bookmark.counts is None or start.bookmark.counts.extracted > 0


def _read_again(stream: StreamDelivery) -> int:
    """Rows that are in the lake of a stream that seems to be read from its beginning each time."""
    unsaid = stream.destination is not None and stream.destination.load_method is None
    batches = stream.recovered.live if stream.recovered is not None else ()
    unmoved = all(batch.tags.closing == batch.tags.opening for batch in batches)
    return sum(batch.rows for batch in batches) if unsaid and stream.full_table and unmoved else 0
