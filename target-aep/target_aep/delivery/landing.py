"""From a closed unit to an emitted state.

What happens here happens in the queue of a dataset, beside the reading. The composed state and the
acknowledgements are touched under the run's lock only.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_aep.delivery.commit import Landed
from target_aep.delivery.sealing import require_tolerable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from target_aep.delivery.commit import Committer
    from target_aep.delivery.composed_state import ComposedState
    from target_aep.delivery.ledger import Entry, Ledger
    from target_aep.delivery.sealing import Sealing
    from target_aep.delivery.stream import StreamDelivery
    from target_aep.delivery.unit import Unit

logger = logging.getLogger(__name__)


@dataclass
class Landing:
    """Lands units of all streams.

    Args:
        sealing: Judges them.
        committer: Commits them.
        ledger: Where they are acknowledged.
        state: The composed state.
        lock: Guards the composed state.
        emit: Writes a state for the tap; None in a dry run, which sends nothing either.
    """

    sealing: Sealing
    committer: Committer
    ledger: Ledger
    state: ComposedState
    lock: threading.RLock
    emit: Callable[[dict[str, Any]], None] | None
    _unacknowledged: list[Entry] = field(default_factory=list)

    def land(self, stream: StreamDelivery, unit: Unit) -> None:
        """Seal a unit, commit it, let the state follow.

        Raises:
            TargetError: It did not land; the stream's state stays.
        """
        destination = stream.destination
        assert destination is not None, "no SCHEMA yet"  # noqa: S101 - the run sees to it
        sealed = self.sealing.seal(stream, unit, destination)
        stream.files += len(sealed.files)
        stream.bytes += sum(file.size for file in sealed.files)
        if self.emit is None:
            return
        if sealed.files:
            landed = self.committer.commit(sealed)
            require_tolerable(stream, unit)
        else:
            landed = self._land_nothing(stream)
        self._settle(stream, unit, landed)

    def take_back(self, stream: StreamDelivery) -> None:
        """Revert what the next batch would have replaced: no rows came this time.

        Raises:
            TargetError: It could not be reverted; the stream's state stays.
        """
        landed = self.committer.take_back(stream.to_take_back, stream.name)
        with self.lock:
            stream.landed.append(landed)
            stream.books.replaced += landed.replaced_rows
            self._release_predecessors(stream)

    def speak(self, *, at_end: bool = False) -> None:
        """Emit the composed state if it says something new; acknowledge what it covers just before.

        Args:
            at_end: Acknowledge also when there is nothing to say: a bookmark that did not move.
        """
        if self.emit is None:
            return
        with self.lock:
            state = self.state.compose()
            if state is None and (not at_end or self.state.is_withheld):
                return
            entries, self._unacknowledged = self._unacknowledged, []
            for entry in entries:
                self.ledger.acknowledge(entry)
            if state is not None:
                self.emit(state)

    def _land_nothing(self, stream: StreamDelivery) -> Landed:
        """All rows were filtered or rejected: there is no batch, but what it would replace must go."""
        if not stream.to_take_back:
            return Landed()
        return self.committer.take_back(stream.to_take_back, stream.name)

    def _settle(self, stream: StreamDelivery, unit: Unit, landed: Landed) -> None:
        for note in landed.notes:
            stream.note(note)
        with self.lock:
            unit.books.replaced += landed.replaced_rows
            stream.landed.append(landed)
            if landed.batch is not None or landed.replaced:
                stream.replaceable = ()
            if landed.entry is not None:
                self._unacknowledged.append(landed.entry)
            self._release_predecessors(stream)
            if unit.closing is not None:
                self.state.commit(stream.source, unit.closing)
            else:
                self.state.release(stream.source)
            self.speak()
        for file in unit.batch_files:
            file.give_up()

    def _release_predecessors(self, stream: StreamDelivery) -> None:
        if stream.predecessors:
            stream.predecessors = ()
            self.state.release(stream.source)
