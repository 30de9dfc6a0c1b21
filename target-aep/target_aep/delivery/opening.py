"""What happens when a stream's first message comes: provision, then look at what former runs left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_aep.delivery import load_methods
from target_aep.delivery.load_methods import LoadMethod
from target_aep.provision.prepare import prepare

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from target_aep.aep import Clients
    from target_aep.delivery.composed_state import ComposedState
    from target_aep.delivery.recovery import Recovery
    from target_aep.delivery.stream import StreamDelivery
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
        stream.start = self.state.start(stream.source)
        method = load_methods.at_start(destination, stream.start.bookmark, full_table=stream.full_table)
        load_methods.require_allowed(method, destination, stream.name)
        if not self.settings.dry_run:
            self._look_back(stream, destination.dataset_id, overwrites=method is LoadMethod.OVERWRITE)

    def _look_back(self, stream: StreamDelivery, dataset_id: str, *, overwrites: bool) -> None:
        assert stream.start is not None  # noqa: S101 - set just before
        recovered = self.recovery.recover(dataset_id, stream.name, stream.start, replaces_all=overwrites)
        decision = recovered.decision
        stream.recovered = recovered
        stream.replaceable = recovered.live
        if overwrites:
            return
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
