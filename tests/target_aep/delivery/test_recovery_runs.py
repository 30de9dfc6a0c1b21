"""What a run does about what former runs left, end to end."""

from __future__ import annotations

import itertools

import pytest

from tests.target_aep.delivery.crashes import Story
from tests.target_aep.delivery.taps import CountingTap, Table

COMPLETE = {"cloud": "aep", "method": "POST", "query": "action=COMPLETE", "when": "after"}
GET_BATCH = {"cloud": "aep", "method": "GET", "path": "/catalog/batches/."}


@pytest.fixture
def story(lake, target_config, tmp_path):
    table = Table()
    for key in (1, 2, 3):
        table.put(key, key)
    return Story(lake, tmp_path, target_config, CountingTap({"people": table}))


def _lose_state(story):
    story.target.states.clear()


def test_rows_that_landed_without_their_state_are_replaced(story):
    story.run_clean()
    _lose_state(story)  # as if it had never been saved
    story.tap.tables["people"].put(4, 4)
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3, 4]
    assert story.target.item("people")["books"]["replaced"] == 3


def test_rows_deleted_in_between_are_gone(story):
    story.run_clean()
    _lose_state(story)
    del story.tap.tables["people"].rows[2]
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 3]


def test_when_no_rows_come_the_former_ones_are_reverted(story):
    story.run_clean()
    _lose_state(story)
    story.tap.tables["people"].rows.clear()
    story.run_clean()
    assert story.rows("people") == []
    assert story.target.states == []


def test_a_listing_that_lags_hides_nothing_from_the_ledger(story, lake):
    lake.set_switches({"aep.catalog_lag_seconds": 3600})
    story.run_clean()
    _lose_state(story)
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3]


def test_a_full_refresh_after_further_runs_is_refused_by_default(story):
    story.run_clean()
    story.tap.tables["people"].put(4, 4)
    story.run_clean()
    _lose_state(story)
    assert story.run() == 1
    assert "on_rewind: replace" in story.target.last_line["remedy"]
    assert "4 rows in 2 batches" in story.target.last_line["cause"]
    assert story.target.states == []
    assert len(story.rows("people")) == 4


def test_a_full_refresh_replaces_when_it_may(story):
    story.run_clean()
    story.tap.tables["people"].put(1, 4, "changed")
    story.run_clean()
    _lose_state(story)
    story.target.config["on_rewind"] = "replace"
    story.run_clean()
    assert [(key, text) for key, _, text in story.rows("people")] == [
        (1, "changed"),
        (2, "row 2 at 2"),
        (3, "row 3 at 3"),
    ]


def test_a_full_refresh_appends_when_it_may_and_later_runs_go_on(story):
    story.run_clean()
    story.tap.tables["people"].put(4, 4)
    story.run_clean()
    _lose_state(story)
    story.target.config["on_rewind"] = "append"
    story.run_clean()
    story.target.config["on_rewind"] = "fail"
    story.tap.tables["people"].put(5, 5)
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 1, 2, 2, 3, 3, 4, 4, 5]


def test_an_edited_state_is_refused(story):
    story.run_clean()
    story.target.states[-1]["bookmarks"]["people"]["replication_key_value"] = 1
    assert story.run() == 1
    assert "edited" in story.target.last_line["cause"]


def test_a_state_of_a_replaced_timeline_is_refused(story):
    story.run_clean()
    story.tap.tables["people"].put(4, 4)
    story.run_clean()
    old = list(story.target.states)
    _lose_state(story)
    story.target.config["on_rewind"] = "replace"
    story.run_clean()
    story.target.states[:] = old
    assert story.run() == 1
    assert "before the stream was reloaded" in story.target.last_line["cause"]


def test_batches_of_others_in_the_dataset_are_left_alone(story, lake, target_config, tmp_path):
    shared = "shared {stream}"
    other = Story(lake, tmp_path, target_config, story.tap, dataset=shared)
    mine = Story(lake, tmp_path, target_config, story.tap, dataset=shared)
    other.run_clean()
    mine.run_clean()
    _lose_state(mine)
    mine.tap.tables["people"].rows.clear()
    mine.run_clean()
    assert [key for key, *_ in mine.rows("people")] == [1, 2, 3]


def test_two_streams_in_one_dataset_do_not_touch_each_other(lake, target_config, tmp_path):
    tables = {name: Table({1: (1, f"{name} 1"), 2: (2, f"{name} 2")}) for name in ("north", "south")}
    story = Story(lake, tmp_path, target_config, CountingTap(tables), dataset="{story} all")
    story.run_clean()
    # Only the state of one is lost.
    del story.target.states[-1]["bookmarks"]["south"]
    tables["south"].rows.pop(1)
    story.run_clean()
    assert sorted(text for *_, text in story.rows("")) == ["north 1", "north 2", "south 2"]


def test_a_batch_in_flight_is_waited_for(story, lake):
    lake.set_switches({"aep.promotion_seconds": 1.5})
    story.target.config["batch_timeout_minutes"] = 0.005
    assert story.run() == 75
    assert story.target.states == []
    story.target.config["batch_timeout_minutes"] = 1
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3]


def test_a_stalled_batch_stops_the_stream(story, lake):
    lake.faults([{**COMPLETE, "when": "before", "fault": {"batch_state": "stalled"}}])
    assert story.run() == 69
    assert "Adobe's support" in story.target.last_line["remedy"]
    lake.clear_faults()
    assert story.run() == 69
    assert story.target.states == []


def test_a_batch_that_fails_leaves_state_and_lake_as_they_were(story, lake):
    lake.faults([{**COMPLETE, "when": "before", "fault": {"batch_state": "failed"}}])
    assert story.run() == 1
    assert story.target.states == []
    lake.clear_faults()
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3]


def test_a_lost_answer_to_create_is_looked_for(story, lake):
    lost = {"cloud": "aep", "method": "POST", "path": "/import/batches$", "when": "after", "times": 1}
    lake.faults([{**lost, "fault": {"reset": True}}])
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3]
    created = [
        r for r in lake.requests("aep") if r["method"] == "POST" and r["path"].endswith("/import/batches")
    ]
    assert len(created) == 1


def test_a_lost_answer_that_cannot_be_found_leads_to_another_batch(story, lake):
    lake.set_switches({"aep.catalog_lag_seconds": 3600})
    lost = {"cloud": "aep", "method": "POST", "path": "/import/batches$", "when": "after", "times": 1}
    lake.faults([{**lost, "fault": {"reset": True}}])
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3]


@pytest.mark.parametrize("commits", [2, 3])
def test_commits_within_a_run(lake, target_config, tmp_path, commits):
    table = Table({key: (key, f"row {key}") for key in range(1, 7)})
    story = Story(
        lake, tmp_path, {**target_config, "commit_rows": 1}, CountingTap({"people": table}, commits=commits)
    )
    story.run_clean()
    assert len(story.target.states) == commits
    assert len(story.target.item("people")["batches"]) == commits
    # The last state was not saved: only the rows after the one before are read again.
    story.target.states.pop()
    story.run_clean()
    assert [key for key, *_ in story.rows("people")] == [1, 2, 3, 4, 5, 6]
    assert story.target.item("people")["books"]["received"] == 6 // commits


def test_a_batch_is_completed_only_when_the_one_before_it_has_landed(lake, target_config, tmp_path, clients):
    """AEP does not promise to promote batches in the order in which they were completed."""
    lake.set_switches({"aep.promotion_seconds": 0.3})
    table = Table({key: (key, f"row {key}") for key in range(1, 4)})
    story = Story(
        lake, tmp_path, {**target_config, "commit_rows": 1}, CountingTap({"people": table}, commits=3)
    )
    story.run_clean()
    (dataset,) = clients.catalog.datasets(f"{story.name} people")
    batches = [batch.raw for batch in clients.catalog.batches(dataset.id)]
    assert len(batches) == 3
    for one, next_one in itertools.pairwise(batches):
        assert one["completed"] <= next_one["started"]


def test_a_full_table_is_replaced_as_a_whole(lake, target_config, tmp_path):
    table = Table({1: (1, "one"), 2: (1, "two")}, full=True)
    story = Story(lake, tmp_path, target_config, CountingTap({"people": table}))
    story.run_clean()
    table.rows[1] = (2, "one, changed")
    del table.rows[2]
    table.rows[3] = (2, "three")
    story.run_clean()
    assert story.rows("people") == [(1, 2, "one, changed"), (3, 2, "three")]
    assert story.target.item("people")["books"]["replaced"] == 2


def test_a_full_refresh_of_a_full_table_needs_no_leave(lake, target_config, tmp_path):
    """It is read whole and replaced whole in each run: nothing is at stake."""
    table = Table({1: (1, "one"), 2: (1, "two")}, full=True)
    story = Story(lake, tmp_path, target_config, CountingTap({"people": table}))
    for _ in range(2):
        story.run_clean()
    _lose_state(story)
    del table.rows[2]
    story.run_clean()
    assert story.rows("people") == [(1, 1, "one")]
    assert story.target.item("people")["books"]["replaced"] == 2
    story.run_clean()
    assert story.rows("people") == [(1, 1, "one")]


def test_an_empty_read_replaces_nothing_unless_it_may(lake, target_config, tmp_path):
    table = Table({1: (1, "one")}, full=True)
    story = Story(lake, tmp_path, target_config, CountingTap({"people": table}))
    story.run_clean()
    table.rows.clear()
    story.run_clean()
    assert len(story.rows("people")) == 1
    story.target.config["streams"]["*"]["allow_empty_overwrite"] = True
    story.run_clean()
    assert story.rows("people") == []
