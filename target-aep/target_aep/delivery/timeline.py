"""Which of our batches lie beyond the point where the tap starts.

Pure functions over what Catalog and the ledger say; no request is made here.

A tap that counts puts its batches on a line: a batch is beyond the start when its ``seq`` is. Rows of
such a batch will be read again, so it must be replaced or taken back. A run that itself started
beyond the start proves that the state had been saved and was set back: a rewind.

After a rewind the same counters are given out a second time. Batches of the former timeline are told
from those of the new one by ``generation``: each generation goes on from ``since``, and what an older
one wrote after that point is no part of the timeline any more, even where its rows are still there.

For taps that do not count, bookmarks form a graph: a batch leads from the digest that it opened with
to the one that closed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_aep.aep.catalog import BatchStatus
from target_aep.delivery import bookmark as bookmarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_aep.delivery.bookmark import Bookmark
    from target_aep.delivery.tags import BatchTags


_TAKEN_OUT = frozenset({BatchStatus.INACTIVE, BatchStatus.DELETED})
"""A batch that was in the lake: replaced, reverted or expired."""


@dataclass(frozen=True)
class OwnBatch:
    """A batch of this pipeline and stream.

    Args:
        id: Batch id.
        status: As last seen.
        tags: What we wrote on it.
        rows: Rows in the data lake, as AEP counts them.
        updated_ms: Last change, epoch milliseconds.
        unacknowledged: The ledger of this machine holds it as one whose state was never emitted.
    """

    id: str
    status: BatchStatus
    tags: BatchTags
    rows: int = 0
    updated_ms: int = 0
    unacknowledged: bool = False

    @property
    def is_live(self) -> bool:
        """Whether its rows are in the data lake."""
        return self.status is BatchStatus.SUCCESS

    @property
    def is_undecided(self) -> bool:
        """Whether it was completed and AEP has not yet said what became of it."""
        return not self.status.is_terminal and self.status is not BatchStatus.LOADING

    @property
    def may_hold_rows(self) -> bool:
        """Whether rows of it are in the lake or may still get there."""
        return self.is_live or self.is_undecided or self.status is BatchStatus.STALLED


@dataclass(frozen=True)
class Start:
    """Where the tap starts a stream.

    Args:
        bookmark: The stream's entry of the starting STATE; the root when that has none.
        known: Whether there was a starting STATE at all.
    """

    bookmark: Bookmark
    known: bool = True


@dataclass(frozen=True)
class Timeline:
    """Our batches as seen from the start.

    Args:
        beyond: Batches whose rows the tap is about to read again.
        rewound: A later run had started beyond this start, so the state was set back.
        foreign_start: The start is no state of this timeline: it was edited, or it was saved before
            the stream was reloaded. Which batches hold the rows after it cannot be told.
        generation: The timeline that is in force.
        since: Where it began.
    """

    beyond: tuple[OwnBatch, ...] = ()
    rewound: bool = False
    foreign_start: bool = False
    generation: int = 0
    since: int = 0


def assess(start: Start, batches: Sequence[OwnBatch]) -> Timeline:
    """Judge our batches of one stream in one dataset.

    Args:
        start: Where the tap starts.
        batches: All of ours for the stream, also dead ones: they tell which states were left behind.
    """
    counted = [batch for batch in batches if batch.tags.seq is not None]
    graphed = [batch for batch in batches if batch.tags.seq is None]
    if not start.known:
        unsaved = [batch for batch in batches if batch.unacknowledged and batch.may_hold_rows]
        return Timeline(beyond=_in_order(unsaved), generation=_newest(counted))
    # A tap that began to count, or ceased to, says nothing about its former batches, save at the root.
    on_line = _on_line(start.bookmark, counted) if start.bookmark.seq is not None else Timeline()
    in_graph = (
        _in_graph(start.bookmark, graphed)
        if start.bookmark.is_root or start.bookmark.seq is None
        else Timeline()
    )
    return Timeline(
        beyond=_in_order((*on_line.beyond, *in_graph.beyond)),
        rewound=on_line.rewound or in_graph.rewound,
        foreign_start=on_line.foreign_start or in_graph.foreign_start,
        generation=on_line.generation,
        since=on_line.since,
    )


def _on_line(start: Bookmark, batches: Sequence[OwnBatch]) -> Timeline:
    held = [batch for batch in batches if batch.may_hold_rows]
    if not held:
        return Timeline(generation=_newest(batches))
    generation = _newest(held)
    since = next(batch.tags.since for batch in held if batch.tags.generation == generation)
    members = _members(held)
    position = start.seq or 0
    return Timeline(
        beyond=tuple(batch for batch in members if _seq(batch) > position),
        rewound=any((batch.tags.from_seq or 0) > position for batch in members),
        foreign_start=_is_foreign(start, members, batches),
        generation=generation,
        since=since,
    )


def _members(held: Sequence[OwnBatch]) -> list[OwnBatch]:
    """Batches that make up the timeline in force: of older generations only what precedes the next."""
    members: list[OwnBatch] = []
    limit: int | None = None
    for generation in sorted({batch.tags.generation for batch in held}, reverse=True):
        own = [batch for batch in held if batch.tags.generation == generation]
        members += [batch for batch in own if limit is None or _seq(batch) <= limit]
        began = own[0].tags.since
        limit = began if limit is None else min(limit, began)
    return members


def _is_foreign(start: Bookmark, members: Sequence[OwnBatch], batches: Sequence[OwnBatch]) -> bool:
    """Whether the start is a state that this timeline cannot have had."""
    if start.is_root or start.digest in _digests(members):
        return False
    if not all(bookmarks.comparable(batch.tags.closing) for batch in members):
        return False
    position = start.seq or 0
    if position <= max((_seq(batch) for batch in members), default=-1):
        return True
    # Beyond all members it may come from a sync that found no rows and so made no batch. Not so when
    # only a timeline that was left behind ever got that far, or when the rows it stands for have since
    # been taken out of the lake.
    generation = max((member.tags.generation for member in members), default=0)
    left = [batch for batch in batches if batch.tags.generation < generation and batch not in members]
    gone = [batch for batch in batches if batch.status in _TAKEN_OUT]
    return any(_seq(batch) >= position for batch in left) or start.digest in {
        batch.tags.closing for batch in (*left, *gone)
    }


def _digests(batches: Iterable[OwnBatch]) -> set[str]:
    return {
        digest for batch in batches for digest in (batch.tags.closing, batch.tags.opening, batch.tags.start)
    }


def _in_graph(start: Bookmark, batches: Sequence[OwnBatch]) -> Timeline:
    held = [batch for batch in batches if batch.may_hold_rows]
    gone = {batch.tags.closing for batch in batches if batch.status in _TAKEN_OUT}
    foreign = not start.is_root and start.digest in gone and start.digest not in _digests(held)
    beyond = {
        batch.id: batch
        for batch in held
        if (batch.unacknowledged and not _leads_to(batch, start))
        or (_moved(batch) and batch.tags.start == start.digest and not _leads_to(batch, start))
        or any(
            other.tags.run_id == batch.tags.run_id and other.tags.unit < batch.tags.unit
            for other in held
            if _leads_to(other, start)
        )
    }
    rewound = False
    while True:
        reached = {batch.tags.closing for batch in beyond.values()}
        later = [
            batch
            for batch in held
            if batch.id not in beyond
            and _moved(batch)
            and batch.tags.start in reached
            and not _leads_to(batch, start)
        ]
        if not later:
            return Timeline(beyond=tuple(beyond.values()), rewound=rewound, foreign_start=foreign)
        rewound = True
        beyond.update((batch.id, batch) for batch in later)


def _moved(batch: OwnBatch) -> bool:
    return batch.tags.closing != batch.tags.opening


def _leads_to(batch: OwnBatch, start: Bookmark) -> bool:
    """Whether the start is the state that closed the batch, so that its rows are committed."""
    return _moved(batch) and batch.tags.closing == start.digest


def _seq(batch: OwnBatch) -> int:
    return batch.tags.seq or 0


def _newest(batches: Iterable[OwnBatch]) -> int:
    return max((batch.tags.generation for batch in batches), default=0)


def _in_order(batches: Iterable[OwnBatch]) -> tuple[OwnBatch, ...]:
    return tuple(sorted(batches, key=lambda batch: (batch.tags.generation, _seq(batch), batch.id)))
