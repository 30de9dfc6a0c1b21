"""When a unit closes.

Only where a STATE covers its last row: at the tap's next stream, at the end of input, and, when that is
asked for, every so many rows or minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.errors import DataError

if TYPE_CHECKING:
    from target_aep.delivery.composed_state import ComposedState
    from target_aep.delivery.stream import StreamDelivery


@dataclass(frozen=True)
class CommitRule:
    """When to commit before the stream has ended; each commit is a batch, of which Adobe counts 90 a day.

    Args:
        rows: After so many rows.
        minutes: After so many minutes.
    """

    rows: int | None = None
    minutes: float | None = None

    def is_met(self, rows: int, opened: float) -> bool:
        """Whether a unit of so many rows, opened at that monotonic time, is to be committed."""
        many = self.rows is not None and rows >= self.rows
        return many or (self.minutes is not None and time.monotonic() - opened >= self.minutes * 60)


def is_due(stream: StreamDelivery, rule: CommitRule) -> bool:
    """Whether the open unit is to be closed now, in the middle of the input.

    A state from which other rows would be read must cover it. A tap that counts says so when it has
    left a stream; others may come back to it.
    """
    unit = stream.unit
    if unit is None or not stream.is_covered or unit.closing is None:
        return False
    if not unit.closing.has_moved_since(unit.opening):
        return False
    if unit.left and unit.closing.is_counted:
        return True
    return rule.is_met(stream.received, unit.opened) and not stream.is_read_whole


def may_end_here(stream: StreamDelivery, state: ComposedState) -> bool:
    """Whether the end of input closes a unit that no STATE covers.

    So it does with a tap that writes no STATE at all, and with one that leaves out a STATE that equals
    its last one, as the Singer SDK does. Of a tap that counts neither can be. A table that is to be
    overwritten must be known to be whole.
    """
    if state.is_silent:
        return True
    latest = state.latest(stream.source)
    unit = stream.unit
    if latest.is_counted or not state.names(stream.source):
        return False
    if unit is None or latest.has_moved_since(unit.opening):
        return False
    return bool(stream.versions_activated) or not stream.is_read_whole


def unfinished(stream: StreamDelivery) -> DataError:
    """Say that the input ended within a unit: the tap failed, or stopped before it had read all."""
    rows = f"{stream.received} rows are not loaded."
    if stream.is_read_whole:
        what = f"no STATE came after the last row, so nothing says that the table was read whole: {rows}"
        remedy = (
            "See the tap's log. If it ended well, let it say when a table is whole (with taps of the Singer "
            "SDK: FULL_TABLE and emit_activate_version_messages: true), or set load_method: append-only."
        )
        return DataError(what, remedy=remedy)
    what = f"the tap ended before a STATE for its last rows: {rows}"
    remedy = (
        "See the tap's log; the next run reads them again. For a first look with a tap that was told to "
        "stop early, set dry_run: true."
    )
    return DataError(what, remedy=remedy)
