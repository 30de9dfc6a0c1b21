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
    """One pipeline's life; ``lake``, ``config`` and ``folder`` are given by the test."""

    lake: ClassVar[Any]
    config: ClassVar[Any]
    folder: ClassVar[Any]

    def __init__(self):
        super().__init__()
        self.table = Table()
        self.clock = 0
        self.versions = 0
        self.late = set()
        tap = CountingTap({"people": self.table})
        folder = self.folder / str(next(_folders))
        self.story = Story(self.lake, folder, {**self.config, "commit_rows": 1}, tap)
        self.stored = []
        """States of all runs, in order."""

    # -- the source --------------------------------------------------------------------------

    @rule(key=st.integers(1, 5), step=st.integers(0, 2), behind=st.sampled_from([0, 0, 0, 2]))
    def change_a_row(self, key, step, behind):
        self.clock += step
        self.versions += 1
        modified = max(0, self.clock - behind)
        text = f"version {self.versions}"
        self.table.put(key, modified, text)
        if modified < max(map(_value, self.stored), default=-1):
            self.late.add((key, text))

    @precondition(lambda self: self.table.rows)
    @rule(data=st.data())
    def delete_a_row(self, data):
        del self.table.rows[data.draw(st.sampled_from(sorted(self.table.rows)))]

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
        with contextlib.suppress(EmulatorError):  # before the first stream there is no dataset
            landed = Counter((key, text) for key, _, text in self.story.rows("people"))
        assert not [row for row, times in landed.items() if times > 1]
        current = {(key, text) for key, (_, text) in self.table.rows.items()}
        assert current - set(landed) <= self.late

    def teardown(self):
        self.lake.clear_faults()
        self.lake.set_switches({"aep.catalog_lag_seconds": 0})


def _value(state):
    return state["bookmarks"].get("people", {}).get("replication_key_value", -1)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("histories", "steps"), [(3, 10), pytest.param(60, 25, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_every_history_ends_well(lake, target_config, tmp_path, histories, steps):
    given = {"lake": lake, "config": target_config, "folder": tmp_path}
    machine = type("GivenHistories", (Histories,), given).TestCase
    machine.settings = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    machine("runTest").runTest()
