"""Random histories of the real command against the emulator: changes, crashes, lag, rewinds.

After each run that reached its end: every current row once, no version of a row twice. The same is held
for many more histories, without processes, by ``test_protocol_model``.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from emulator.home import EmulatorError
from tests.target_aep.delivery.crashes import Story
from tests.target_aep.delivery.taps import CountingTap, Table

_folders = itertools.count(1)


class Histories(RuleBasedStateMachine):
    """One pipeline's life; its attributes are given by the test."""

    lake: ClassVar[Any]
    config: ClassVar[Any]
    folder: ClassVar[Any]
    streams: ClassVar[tuple[str, ...]]
    dataset: ClassVar[str]

    def __init__(self):
        super().__init__()
        self.tables = {stream: Table() for stream in self.streams}
        self.clock = 0
        self.versions = 0
        self.late = set()
        tap = CountingTap(self.tables)
        folder = self.folder / str(next(_folders))
        self.story = Story(self.lake, folder, {**self.config, "commit_rows": 1}, tap, self.dataset)
        self.stored = []
        """States of all runs, in order."""

    # -- the source --------------------------------------------------------------------------

    @rule(data=st.data(), key=st.integers(1, 5), step=st.integers(0, 2), behind=st.sampled_from([0, 0, 0, 2]))
    def change_a_row(self, data, key, step, behind):
        stream = data.draw(st.sampled_from(self.streams))
        self.clock += step
        self.versions += 1
        modified = max(0, self.clock - behind)
        text = f"{stream}, version {self.versions}"
        self.tables[stream].put(key, modified, text)
        if modified < max((_value(state, stream) for state in self.stored), default=-1):
            self.late.add((key, text))

    @precondition(lambda self: any(table.rows for table in self.tables.values()))
    @rule(data=st.data())
    def delete_a_row(self, data):
        rows = data.draw(st.sampled_from([table.rows for table in self.tables.values() if table.rows]))
        del rows[data.draw(st.sampled_from(sorted(rows)))]

    # -- runs --------------------------------------------------------------------------------

    @rule(commits=st.integers(1, 3))
    def run(self, commits):
        self.story.tap.commits = commits
        code = self.story.run()
        if code == 0:
            self._check()
        else:
            assert "on_rewind" in self.story.target.last_line["remedy"], self.story.target.stderr
            self._reload()

    @rule(nth=st.integers(1, 25), when=st.sampled_from(["before", "after"]), commits=st.integers(1, 2))
    def crash(self, nth, when, commits):
        self.story.tap.commits = commits
        self.story.run_and_kill(nth, when)

    @rule(part=st.floats(0, 1))
    def the_tap_dies(self, part):
        messages = self.story.tap.messages(self.story.target.state)
        self.story.target.run(messages[: int(len(messages) * part)])

    @rule()
    def lose_the_state(self):
        self.story.target.states.clear()

    @rule(lag=st.booleans())
    def let_the_listing_lag(self, lag):
        self.lake.set_switches({"aep.catalog_lag_seconds": 3600 if lag else 0})

    @invariant()
    def remember_states(self):
        self.stored += [state for state in self.story.target.states if state not in self.stored]

    def _reload(self):
        """What the message says: from the beginning, replacing."""
        self.story.target.states.clear()
        self.story.target.config["on_rewind"] = "replace"
        self.story.run_clean()
        self.story.target.config["on_rewind"] = "fail"
        self._check()

    def _check(self):
        landed = Counter()
        for stream in {self.story.table(stream): stream for stream in self.streams}.values():
            with contextlib.suppress(EmulatorError):  # before the first stream there is no dataset
                landed.update((key, text) for key, _, text in self.story.rows(stream))
        assert not [row for row, times in landed.items() if times > 1]
        current = {(key, text) for table in self.tables.values() for key, (_, text) in table.rows.items()}
        assert current - set(landed) <= self.late

    def teardown(self):
        self.lake.clear_faults()
        self.lake.set_switches({"aep.catalog_lag_seconds": 0})


def _value(state, stream):
    return state["bookmarks"].get(stream, {}).get("replication_key_value", -1)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("streams", "dataset"),
    [
        pytest.param(("people",), "{story} {stream}", id="one stream"),
        pytest.param(("people", "places"), "{story}", id="two streams of one dataset"),
        pytest.param(("people", "places"), "{story} {stream}", id="two streams and datasets"),
    ],
)
@pytest.mark.parametrize(
    ("histories", "steps"), [(2, 8), pytest.param(60, 25, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_every_history_ends_well(lake, target_config, tmp_path, streams, dataset, histories, steps):
    given = {
        "lake": lake,
        "config": target_config,
        "folder": tmp_path,
        "streams": streams,
        "dataset": dataset,
    }
    machine = type("GivenHistories", (Histories,), given).TestCase
    machine.settings = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    machine("runTest").runTest()
