"""What to do about batches that a former run left behind: one pure function.

Nothing outside our own tags is ever aborted, replaced or reverted: only batches of this pipeline and
stream are given in.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.aep.catalog import BatchStatus
from target_aep.delivery.timeline import assess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_aep.delivery.timeline import OwnBatch, Start, Timeline


class OnRewind(enum.Enum):
    """What to do when the tap's state was set back: rows that are loaded will be read again."""

    FAIL = "fail"
    REPLACE = "replace"
    APPEND = "append"


class Refusal(enum.Enum):
    """Why a stream cannot be loaded now."""

    OTHER_WRITER = "another machine is loading this stream"
    STALLED = "a batch is stalled in Adobe's hands"
    REWIND = "the tap starts before rows that are already loaded"
    FOREIGN_START = "the tap starts from a state that this timeline never had"


@dataclass(frozen=True)
class Policy:
    """What the decision depends on besides the batches.

    Args:
        host: This machine.
        now_ms: Now, epoch milliseconds.
        takeover_ms: How long another machine's loading batch is taken for a live run.
        on_rewind: The stream's setting.
        replaces_all: The load method replaces all of the stream's former batches (overwrite).
    """

    host: str
    now_ms: int
    takeover_ms: int
    on_rewind: OnRewind = OnRewind.FAIL
    replaces_all: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do, in this order: refuse, abort, wait (and decide again), then load.

    Args:
        refusal: Do nothing, and stop the stream.
        abort: Half-made batches; they hold no rows.
        wait: Batches that AEP has not decided on; the decision is made anew after them.
        predecessors: The first new batch replaces these; reverted when no rows come.
        at_stake: The batches that a refusal is about, or that stay beside re-read rows.
        generation: Timeline that new batches belong to.
        since: Where that timeline began.
    """

    refusal: Refusal | None = None
    abort: tuple[OwnBatch, ...] = ()
    wait: tuple[OwnBatch, ...] = ()
    predecessors: tuple[OwnBatch, ...] = ()
    at_stake: tuple[OwnBatch, ...] = ()
    generation: int = 0
    since: int = 0


def decide(start: Start, batches: Sequence[OwnBatch], policy: Policy) -> Decision:
    """Decide what to do about our batches of one stream in one dataset.

    Args:
        start: Where the tap starts.
        batches: All of ours for the stream, in any status.
        policy: Settings and circumstances.
    """
    loading = tuple(batch for batch in batches if batch.status is BatchStatus.LOADING)
    if foreign := tuple(batch for batch in loading if _is_being_written(batch, policy)):
        return Decision(refusal=Refusal.OTHER_WRITER, at_stake=foreign)
    if undecided := tuple(batch for batch in batches if batch.is_undecided):
        return Decision(abort=loading, wait=undecided)
    timeline = assess(start, batches)
    if stalled := tuple(batch for batch in timeline.beyond if batch.status is BatchStatus.STALLED):
        return Decision(refusal=Refusal.STALLED, at_stake=stalled)
    if policy.replaces_all:
        return Decision(
            abort=loading,
            predecessors=tuple(batch for batch in batches if batch.is_live),
            generation=timeline.generation,
            since=timeline.since,
        )
    if timeline.rewound or timeline.foreign_start:
        return _rewind(start, timeline, batches, loading, policy.on_rewind)
    return Decision(
        abort=loading,
        predecessors=timeline.beyond,
        generation=timeline.generation,
        since=timeline.since,
    )


def _rewind(
    start: Start,
    timeline: Timeline,
    batches: Sequence[OwnBatch],
    loading: tuple[OwnBatch, ...],
    on_rewind: OnRewind,
) -> Decision:
    live = tuple(batch for batch in batches if batch.is_live)
    if timeline.foreign_start and on_rewind is not OnRewind.APPEND:
        # Which batches hold the rows after such a start cannot be told, so none can be replaced
        # without perhaps losing rows: only a reload from the beginning can.
        return Decision(refusal=Refusal.FOREIGN_START, at_stake=live)
    if on_rewind is OnRewind.FAIL:
        return Decision(refusal=Refusal.REWIND, at_stake=timeline.beyond)
    return Decision(
        abort=loading,
        predecessors=timeline.beyond if on_rewind is OnRewind.REPLACE else (),
        at_stake=timeline.beyond,
        generation=timeline.generation + 1,
        since=0 if timeline.foreign_start else start.bookmark.seq or 0,
    )


def _is_being_written(batch: OwnBatch, policy: Policy) -> bool:
    # The platform tells its time in whole seconds, so a batch may seem to be of the future.
    still_ms = max(policy.now_ms - batch.updated_ms, 0)
    return batch.tags.host != policy.host and still_ms < policy.takeover_ms
