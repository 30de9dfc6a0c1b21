"""The target is killed before and after each request; the next run leaves the lake as if it was not.

`make test` plays the points of the one-commit run at which something changes; `make test-all` plays every
request of every case, second crashes during recovery included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.target_aep.delivery.crashes import (
    WHEN,
    Story,
    differences,
    is_delivery,
    is_delivery_write,
    points,
)
from tests.target_aep.delivery.taps import CountingTap, Table

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = ((1, 1), (2, 2), (3, 2), (4, 5), (5, 6), (6, 6))
"""Keys with their time of change: some tie."""


def _tap(*streams: str, commits: int = 1, full: bool = False) -> CountingTap:
    tables = {stream: Table(full=full) for stream in streams or ("people",)}
    for stream, table in tables.items():
        for key, modified in ROWS:
            table.put(key, modified, f"{stream} {key}")
    return CountingTap(tables, commits=commits)


@dataclass(frozen=True)
class Case:
    """What is run, and what happens at the source between the crash and the next run.

    The first run is killed; with ``earlier``, a run goes before it, after which the source changes so.
    """

    tap: Callable[[], CountingTap]
    settings: dict[str, Any] = field(default_factory=dict)
    between: Callable[[CountingTap], None] | None = None
    dataset: str = "{story} {stream}"
    earlier: Callable[[CountingTap], None] | None = None


def _delete_some(tap: CountingTap) -> None:
    for table in tap.tables.values():
        del table.rows[2], table.rows[6]


def _delete_all(tap: CountingTap) -> None:
    for table in tap.tables.values():
        table.rows.clear()


def _change(tap: CountingTap) -> None:
    """A late row that ties with the last one, a change, and a new row."""
    for stream, table in tap.tables.items():
        table.put(9, 6, f"{stream} 9, late")
        table.put(1, 7, f"{stream} 1, changed")
        table.put(7, 8, f"{stream} 7")


def _turn_over(tap: CountingTap) -> None:
    """A row goes, one changes, one comes."""
    for stream, table in tap.tables.items():
        del table.rows[3]
        table.put(4, 7, f"{stream} 4, turned over")
        table.put(8, 7, f"{stream} 8")


def _go_further(tap: CountingTap) -> None:
    """What happens at the source once everything is in order again."""
    for stream, table in tap.tables.items():
        table.put(5, 8, f"{stream} 5, further")
        table.put(10, 9, f"{stream} 10")


OFTEN = {"commit_rows": 1}
CASES = {
    "one commit": Case(_tap),
    "two commits": Case(lambda: _tap(commits=2), OFTEN),
    "three commits": Case(lambda: _tap(commits=3), OFTEN),
    "full table": Case(lambda: _tap(full=True)),
    "two streams": Case(lambda: _tap("north", "south")),
    "two streams in one dataset": Case(lambda: _tap("north", "south"), dataset="{story} all"),
    "rows deleted in between": Case(_tap, between=_delete_some),
    "all rows deleted in between": Case(_tap, between=_delete_all),
    "rows changed in between": Case(_tap, between=_change),
    "a later run": Case(_tap, earlier=_turn_over),
    "a later run of two commits": Case(lambda: _tap(commits=2), OFTEN, earlier=_turn_over),
    "a later run of a full table": Case(lambda: _tap(full=True), earlier=_turn_over),
    "a later run, then nothing": Case(_tap, earlier=_turn_over, between=_delete_all),
}


@pytest.fixture
def make_story(lake, target_config, tmp_path):
    def make(case: Case, tap: CountingTap | None = None) -> Story:
        config = {**target_config, **case.settings}
        return Story(lake, tmp_path, config, tap or case.tap(), dataset=case.dataset)

    return make


def _begin(case: Case, story: Story) -> Story:
    """Up to the run that is killed."""
    if case.earlier is not None:
        story.run_clean()
        case.earlier(story.tap)
    return story


def _go_on(story: Story) -> None:
    """Two clean runs more."""
    _go_further(story.tap)
    story.run_clean()
    story.run_clean()


def _compare(lake, victim: Story, clean: Story, what: str) -> None:
    for stream in victim.tap.tables:
        assert not differences(lake, clean.table(stream), victim.table(stream)), what
    assert _positions(victim) == _positions(clean), what


def _positions(story: Story) -> dict[str, Any]:
    """Where each stream stands; how many STATEs it took to get there differs."""
    marks = (story.target.state or {}).get("bookmarks", {})
    return {name: (mark.get("replication_key_value"), mark.get("seen")) for name, mark in marks.items()}


class References:
    """Lakes of runs without a crash, by what had been stored when the source changed."""

    def __init__(self, case: Case, make_story: Callable[..., Story]) -> None:
        self._case, self._make = case, make_story
        self._stories: dict[bool, Story] = {}

    def story(self, *, stored: bool) -> Story:
        """The story to compare with: with the first run where its state was stored, else without."""
        stored = stored or self._case.between is None
        if stored not in self._stories:
            story = self._stories[stored] = _begin(self._case, self._make(self._case))
            if stored:
                story.run_clean()
            if self._case.between is not None:
                self._case.between(story.tap)
                story.run_clean()
            _go_on(story)
        return self._stories[stored]


def _kill_everywhere(lake, make_story, case: Case, wanted) -> int:
    """Kill a first run at each point, let it go on, and compare; return how many points were reached."""
    requests = _begin(case, make_story(case)).requests()
    references = References(case, make_story)
    reached = 0
    for nth in points(requests, wanted):
        for when in WHEN:
            victim = _begin(case, make_story(case))
            stored = victim.target.state
            # Of how often a batch is looked at, no two runs are alike: the last may not come.
            reached += victim.run_and_kill(nth, when)
            reference = references.story(stored=victim.target.state != stored)
            if case.between is not None:
                case.between(victim.tap)
            victim.run_clean()
            _go_on(victim)
            request = requests[nth - 1]
            what = f"killed {when} request {nth}, {request['method']} {request['path']}"
            _compare(lake, victim, reference, what)
    return reached


def test_one_commit(lake, make_story):
    """The short version: the requests of the commit protocol that change something."""
    reached = _kill_everywhere(lake, make_story, CASES["one commit"], is_delivery_write)
    assert reached == len(WHEN) * len(("create", "upload", "complete"))


def test_a_later_run_of_a_full_table(lake, make_story):
    """The same at the moment when the former rows give way to the new ones."""
    case = CASES["a later run of a full table"]
    reached = _kill_everywhere(lake, make_story, case, lambda r: "COMPLETE" in r["query"])
    assert reached == len(WHEN)


def test_rejected_rows_are_kept_before_anything_is_sent(lake, make_story, tmp_path):
    """Once their unit has landed they are nowhere else."""
    case = Case(_tap, {"entry": {"error_threshold_percent": 50}})
    sample = make_story(case)
    create = next(points(sample.requests(), lambda r: r["method"] == "POST" and "/batches" in r["path"]))
    victim = make_story(case)
    victim.tap.tables["people"].rows[2] = (2, {"no": "text"})
    assert victim.run_and_kill(create, "before")
    (file,) = (tmp_path / victim.name).glob("runs/*/quarantine/people/*.jsonl")
    assert '{"no": "text"}' in file.read_text()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", CASES)
def test_every_request_of_the_protocol(lake, make_story, name, record_testsuite_property):
    kills = _kill_everywhere(lake, make_story, CASES[name], is_delivery)
    record_testsuite_property(f"kills, {name}", kills)
    assert kills >= 8


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_request_of_a_first_run(lake, make_story, record_testsuite_property):
    kills = _kill_everywhere(lake, make_story, CASES["one commit"], lambda _: True)
    record_testsuite_property("kills, every request of a first run", kills)
    assert kills >= 30


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["one commit", "two commits", "full table", "all rows deleted in between"])
def test_a_second_crash_during_recovery(lake, make_story, name, record_testsuite_property):
    """The first crash leaves a batch that landed, or one in flight; the second comes at any request."""
    case = CASES[name]
    sample = make_story(case)
    requests = sample.requests()
    complete = max(points(requests, lambda r: is_delivery_write(r) and "COMPLETE" in r["query"]))
    references = References(case, make_story)
    reached, nth = 0, 0
    while True:
        nth += 1
        arrived = [_crash_twice(lake, make_story, case, complete, nth, when, references) for when in WHEN]
        reached += sum(arrived)
        if not any(arrived):
            break
    record_testsuite_property(f"kills, second crash, {name}", reached)
    assert reached >= 8


def _crash_twice(lake, make_story, case, complete, nth, when, references) -> bool:
    victim = make_story(case)
    victim.run_and_kill(complete, "after")
    if case.between is not None:
        case.between(victim.tap)
    arrived = victim.run_and_kill(nth, when)
    if arrived:
        victim.run_clean()
        _go_on(victim)
        what = f"killed after COMPLETE, then {when} request {nth} of the next run"
        _compare(lake, victim, references.story(stored=False), what)
    return arrived


def test_the_tap_dies_after_any_message(lake, make_story):
    """What reaches the target then is the end of input, wherever that comes."""
    case = Case(lambda: _tap(commits=2))
    clean = make_story(case)
    messages = clean.tap.messages()
    clean.run_clean()
    for cut in range(2, len(messages)):
        victim = make_story(case)
        victim.target.run(messages[:cut])
        victim.run_clean()
        for stream in victim.tap.tables:
            what = f"input ended after {cut} messages"
            assert not differences(lake, clean.table(stream), victim.table(stream)), what
