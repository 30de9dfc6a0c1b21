"""A model of the protocol: one stream, random histories of changes, crashes, lag and rewinds.

The decisions are the product's; the lake, the tap and the state store are small models of theirs, and a
run can end before or after any request. What must hold after a run that reached its end: each current
row once, no version of a row twice.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_aep.aep.catalog import BatchStatus
from target_aep.delivery import bookmark as bookmarks
from target_aep.delivery.decision import OnRewind, Policy, decide
from target_aep.delivery.tags import BatchTags
from target_aep.delivery.timeline import OwnBatch, Start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: dict[str, Any] = {}
RUNS = 12


class Crash(Exception):  # noqa: N818 - what it is
    """The process ends here."""


class Refused(Exception):  # noqa: N818 - what it is
    """The target stopped on purpose."""


@dataclass
class Stored:
    """A batch in the lake."""

    id: str
    tags: BatchTags
    rows: list[tuple[int, int]]
    predecessors: tuple[str, ...]
    status: BatchStatus = BatchStatus.LOADING
    listed_from: int = 0


@dataclass
class World:
    """Source, lake, state store and ledger."""

    choose: Callable[[int], int]
    """Returns a number from 0 to below its argument."""

    clock: int = 0
    rows: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Key to (version, modified)."""
    late: set[tuple[int, int]] = field(default_factory=set)
    """Versions that came with a time before what had been read: no tap of this kind finds them."""
    lake: dict[str, Stored] = field(default_factory=dict)
    ledger: dict[str, bool] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    """States that were stored."""
    closings: list[dict[str, Any]] = field(default_factory=list)
    """States that closed a batch, stored or not."""
    versions: int = 0
    runs: int = 0
    counts: bool = True
    """Whether the tap counts, as tap-sfmc does."""

    # -- the source ----------------------------------------------------------------------------

    def change(self) -> None:
        for _ in range(self.choose(5)):
            kind = self.choose(6)
            if kind == 0 and self.rows:
                del self.rows[sorted(self.rows)[self.choose(len(self.rows))]]
                continue
            self.versions += 1
            self.clock += self.choose(2)  # no step: a tie
            modified = self.clock - (self.choose(4) if kind == 1 else 0)
            key = self.choose(6)
            self.rows[key] = (self.versions, modified)
            if modified < max((state.get("replication_key_value", -1) for state in self.history), default=-1):
                self.late.add((key, self.versions))

    def set_back(self) -> None:
        """Lose the state, or restore one that was stored once.

        Left out are states that differ from another reading's in nothing but the memory of rows that
        tie: these the target cannot tell apart, and says so in its documentation.
        """
        readings: dict[str, set[str]] = {}
        for state in self.closings:
            readings.setdefault(bookmarks.read(state).digest, set()).add(repr(state["seen"]))
        stored = [ROOT, *self.history]
        told_apart = [s for s in stored if len(readings.get(bookmarks.read(s).digest, ())) < 2]
        self.state = told_apart[self.choose(len(told_apart))]

    # -- the lake ------------------------------------------------------------------------------

    def landed(self) -> Counter[tuple[int, int]]:
        return Counter(
            row for batch in self.lake.values() if batch.status is BatchStatus.SUCCESS for row in batch.rows
        )

    def settle(self, batch: Stored) -> None:
        """AEP decides on a completed batch."""
        if batch.status is not BatchStatus.STAGING:
            return
        if self.choose(8) == 0:
            batch.status = BatchStatus.FAILED
            return
        batch.status = BatchStatus.SUCCESS
        for name in batch.predecessors:
            if self.lake[name].status is BatchStatus.SUCCESS:
                self.lake[name].status = BatchStatus.INACTIVE

    def known(self, *, with_ledger: bool = True) -> list[OwnBatch]:
        """What the target sees: the listing, which lags, and the ledger's ids one by one."""
        return [
            OwnBatch(
                batch.id,
                batch.status,
                batch.tags,
                unacknowledged=with_ledger and self.ledger.get(batch.id, False),
            )
            for batch in self.lake.values()
            if batch.listed_from <= self.runs or (with_ledger and batch.id in self.ledger)
        ]


@dataclass
class Run:
    """One run of tap and target."""

    world: World
    on_rewind: OnRewind
    crash_at: int
    with_ledger: bool = True
    steps: int = 0

    def request(self, act: Callable[[], None]) -> None:
        """Do something outside the process, which may end just before or just after it."""
        for step in ("before", "after"):
            self.steps += 1
            if self.steps == self.crash_at:
                raise Crash(step)
            if step == "before":
                act()

    def sync(self, units: int) -> None:
        world = self.world
        start = Start(bookmarks.read(world.state))
        decision = self.recover(start)
        predecessors = tuple(batch.id for batch in decision.predecessors)
        position = dict(world.state)
        number = 0
        for rows, after in _read(world, world.state, units):
            opening = bookmarks.read(position)
            position = after
            if rows:
                number += 1
                world.closings.append(after)
                closing = bookmarks.read(after)
                tags = BatchTags(
                    pipeline_id="p",
                    stream="s",
                    run_id=str(world.runs),
                    host="h",
                    unit=number,
                    closing=closing.digest,
                    opening=opening.digest,
                    start=start.bookmark.digest,
                    seq=closing.seq,
                    from_seq=start.bookmark.seq if closing.is_counted else None,
                    generation=decision.generation,
                    since=decision.since,
                )
                self.load(tags, rows, predecessors)
                predecessors = ()
            elif predecessors:
                continue  # the state must not pass rows that are still to be taken back
            self.emit(after)
        for name in predecessors:
            self.request(lambda name=name: self.revert(name))
        if predecessors:
            self.emit(position)

    def recover(self, start: Start) -> Any:
        world = self.world
        policy = Policy("h", now_ms=0, takeover_ms=0, on_rewind=self.on_rewind)
        while True:
            decision = decide(start, world.known(with_ledger=self.with_ledger), policy)
            if decision.refusal:
                raise Refused(decision.refusal)
            for batch in decision.abort:
                self.request(lambda batch=batch: self.abort(batch.id))
            if not decision.wait:
                return decision
            for batch in decision.wait:
                world.settle(world.lake[batch.id])

    def abort(self, name: str) -> None:
        self.world.lake[name].status = BatchStatus.ABORTED

    def revert(self, name: str) -> None:
        self.world.lake[name].status = BatchStatus.INACTIVE

    def load(self, tags: BatchTags, rows: list[tuple[int, int]], predecessors: tuple[str, ...]) -> None:
        world = self.world
        batch = Stored(f"b{len(world.lake)}", tags, rows, predecessors)
        batch.listed_from = world.runs + world.choose(3)
        self.request(lambda: world.lake.update({batch.id: batch}))
        world.ledger[batch.id] = True
        self.request(lambda: setattr(batch, "status", BatchStatus.STAGING))
        self.request(lambda: world.settle(batch))
        if batch.status is not BatchStatus.SUCCESS:
            raise Refused  # no reason that the user could act on

    def emit(self, state: dict[str, Any]) -> None:
        self.world.ledger = dict.fromkeys(self.world.ledger, False)
        if state == self.world.state:
            return
        self.request(lambda: self.store(state))

    def store(self, state: dict[str, Any]) -> None:
        self.world.state = state
        self.world.history.append(state)


def _read(
    world: World, state: dict[str, Any], units: int
) -> Iterator[tuple[list[tuple[int, int]], dict[str, Any]]]:
    """The tap: rows at or after the bookmark that it has not seen, in order, with a STATE after each part."""
    value = state.get("replication_key_value", -1)
    seen = {tuple(item) for item in state.get("seen", [])}
    found = sorted(
        ((modified, key, version) for key, (version, modified) in world.rows.items() if modified >= value),
    )
    fresh = [(modified, key, version) for modified, key, version in found if (key, version) not in seen]
    counts = state.get("counts", {"count": 0, "extracted": 0, "already_seen": 0})
    seq = state.get("seq", 0)
    if not fresh and not world.counts:
        return
    size = max(1, -(-len(fresh) // units))
    parts = [fresh[at : at + size] for at in range(0, len(fresh), size)] or [[]]
    for number, part in enumerate(parts):
        extracted = counts["extracted"] + len(part)
        already = counts["already_seen"] + (len(found) - len(fresh) if number == 0 else 0)
        counts = {"count": extracted + already, "extracted": extracted, "already_seen": already}
        if part:
            seq += 1
            top = part[-1][0]
            kept = seen if top == value else set()
            seen = kept | {(key, version) for modified, key, version in part if modified == top}
            value = top
        state = {"replication_key_value": value, "seen": sorted(seen)}
        if world.counts:
            state |= {"seq": seq, "counts": counts}
        yield [(key, version) for _, key, version in part], state


def _check(world: World) -> None:
    landed = world.landed()
    doubled = {row: times for row, times in landed.items() if times > 1}
    assert not doubled, f"rows twice: {doubled}"
    current = {(key, version) for key, (version, _) in world.rows.items()}
    missing = current - set(landed) - world.late
    assert not missing, f"rows lost: {missing}"


def _live_through(world: World, *, rewinds: bool, lag: bool = True, with_ledger: bool = True) -> int:
    """Play a history and check the lake after each run that reached its end. Return how many did."""
    ended = 0
    on_rewind = OnRewind.FAIL
    for _ in range(RUNS):
        world.runs += 1
        if not lag:
            for batch in world.lake.values():
                batch.listed_from = 0
        world.change()
        if rewinds and world.choose(5) == 0:
            world.set_back()
        crash_at = world.choose(16)
        run = Run(world, on_rewind, crash_at, with_ledger=with_ledger)
        try:
            run.sync(units=1 + world.choose(3))
        except Crash:
            continue
        except Refused as why:
            if why.args:
                # The user looks, and reloads from the beginning as the message says.
                world.state, on_rewind = ROOT, OnRewind.REPLACE
            continue
        on_rewind = OnRewind.FAIL
        ended += 1
        _check(world)
    return ended


def _world(data: st.DataObject) -> World:
    return World(choose=lambda below: data.draw(st.integers(0, below - 1)) if below > 1 else 0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_each_current_row_once_and_no_version_twice(data, rewinds):
    world = World(choose=lambda below: data.draw(st.integers(0, below - 1)) if below > 1 else 0)
    _live_through(world, rewinds=rewinds)


@pytest.mark.parametrize("rewinds", [False, True], ids=["crashes", "crashes and rewinds"])
@pytest.mark.parametrize("counts", [True, False], ids=["a tap that counts", "another tap"])
@pytest.mark.parametrize("histories", [500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_it_holds_in_many_histories(histories, counts, rewinds):
    for seed in range(histories):
        world = World(choose=random.Random(seed).randrange, counts=counts)
        _live_through(world, rewinds=rewinds)


def test_without_the_ledger_a_lagging_listing_doubles_rows():
    """The model can fail: what the ledger is for is lost without it."""
    assert any(_doubles_rows(random.Random(seed), with_ledger=False) for seed in range(300))


def _doubles_rows(source, **options):
    try:
        _live_through(World(choose=source.randrange), rewinds=False, **options)
    except AssertionError:
        return True
    return False


def test_most_histories_reach_an_end():
    """The model is not vacuous."""
    ended = sum(
        _live_through(World(choose=random.Random(seed).randrange), rewinds=True) for seed in range(100)
    )
    assert ended > 100 * RUNS / 4


def test_append_loses_nothing():
    """With on_rewind: append rows may be there twice, but a later crash must not take the first copy away."""
    for seed in range(300):
        source = random.Random(seed)
        world = World(choose=source.randrange)
        for _ in range(RUNS):
            world.runs += 1
            world.change()
            if world.choose(4) == 0:
                world.set_back()
            try:
                Run(world, OnRewind.APPEND, world.choose(16)).sync(units=1 + world.choose(2))
            except (Crash, Refused):
                continue
            current = {(key, version) for key, (version, _) in world.rows.items()}
            missing = current - set(world.landed()) - world.late
            assert not missing, f"seed {seed}: rows lost: {missing}"
