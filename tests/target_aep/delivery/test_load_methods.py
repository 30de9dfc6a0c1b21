"""Load methods: what new rows are to former ones."""

from __future__ import annotations

import pytest

from tests.target_aep.delivery.taps import CountingTap, Table

KEY = {"path": "_{TENANT_ID}.key", "namespace": "TestKey", "primary": True}
PROFILE = {
    "class": "profile",
    "profile": True,
    "identities": [KEY],
    "types": {"key": "string"},
}


def _tap(full=False, **rows):
    return CountingTap({name: Table(dict(each), full=full) for name, each in rows.items()})


def _rows(lake, table="people"):
    sql = f"SELECT _acme.key, _acme.modified, _acme.text FROM {table} ORDER BY ALL"
    return [tuple(row.values()) for row in lake.query(sql)]


def _record(key, modified, text):
    return {
        "type": "RECORD",
        "stream": "people",
        "record": {"key": key, "modified": modified, "text": text},
    }


@pytest.mark.parametrize("method", [None, "upsert"])
def test_of_records_for_profile_only_the_last_version_is_sent(lake, make_target, method):
    target = make_target(streams={"*": {**PROFILE, **({"load_method": method} if method else {})}})
    tap = _tap(people={1: (5, "newest"), 2: (1, "only")})
    messages = tap.messages()
    # An older version of the first row that comes later, and one that comes earlier.
    messages.insert(2, _record(1, 2, "old"))
    messages.insert(-1, _record(1, 4, "late but older"))
    counts = messages[-1]["value"]["bookmarks"]["people"]["counts"]
    counts.update(count=4, extracted=4)
    assert target.run(messages) == 0, target.stderr
    assert _rows(lake) == [("1", 5, "newest"), ("2", 1, "only")]
    books = target.item("people")["books"]
    assert (books["received"], books["collapsed"], books["landed"]) == (4, 2, 2)


def test_history_keeps_all_versions(lake, target):
    tap = _tap(people={1: (5, "newest")})
    messages = tap.messages()
    messages.insert(2, _record(1, 2, "old"))
    messages[-1]["value"]["bookmarks"]["people"]["counts"].update(count=2, extracted=2)
    assert target.run(messages) == 0
    assert len(_rows(lake)) == 2


def test_overwriting_does_not_reach_profile_and_is_refused(lake, make_target):
    target = make_target(streams={"*": {**PROFILE, "load_method": "overwrite"}})
    assert target.run(_tap(people={1: (1, "a")}).messages()) == 2
    assert "overwrite_profile" in target.last_line["remedy"]


def test_unless_that_is_wanted(lake, make_target):
    target = make_target(streams={"*": {**PROFILE, "load_method": "overwrite", "overwrite_profile": True}})
    tap = _tap(people={1: (1, "a")})
    assert target.run(tap.messages()) == 0
    tap.tables["people"].put(2, 2, "b")
    assert target.run(tap.messages(target.state)) == 0
    assert _rows(lake) == [("2", 2, "b")]


def test_overwriting_replaces_only_the_streams_own_rows(lake, make_target):
    target = make_target(streams={"*": {"dataset": "shared", "load_method": "overwrite"}})
    tap = _tap(full=True, north={1: (1, "north")}, south={2: (1, "south")})
    assert target.run(tap.messages()) == 0
    tap.tables["north"].rows.clear()
    tap.tables["north"].put(3, 2, "north, new")
    assert target.run(tap.messages(target.state)) == 0
    assert [text for *_, text in _rows(lake, "shared")] == ["south", "north, new"]


def test_a_failed_overwrite_leaves_the_former_rows(lake, make_target):
    target = make_target(streams={"*": {"load_method": "overwrite"}})
    tap = _tap(full=True, people={1: (1, "before")})
    assert target.run(tap.messages()) == 0
    tap.tables["people"].put(1, 2, "after")
    complete = {"cloud": "aep", "method": "POST", "query": "action=COMPLETE"}
    lake.faults([{**complete, "fault": {"batch_state": "failed"}}])
    assert target.run(tap.messages(target.state)) == 1
    assert [text for *_, text in _rows(lake)] == ["before"]


def test_a_dry_run_sends_nothing_and_writes_files(lake, make_target, tmp_path):
    target = make_target(dry_run=True)
    assert target.run(_tap(people={1: (1, "a")}).messages()) == 0
    assert target.states == []
    assert list(tmp_path.glob("runs/test/runs/*/spool/people/001/part-00000.parquet"))
    written = [r for r in lake.requests("aep") if r["method"] != "GET" and "/ims/" not in r["path"]]
    assert written == []
    assert target.item("people")["books"]["mapped"] == 1


@pytest.mark.parametrize("commits", [1, 2])
def test_a_dry_run_takes_a_tap_that_stops_early(lake, make_target, commits):
    """A first look: the tap is told to stop after some rows, and then writes no STATE for them."""
    tap = _tap(people={1: (1, "a"), 2: (2, "b")})
    loaded = make_target()
    assert loaded.run(tap.messages()) == 0
    tap.commits = commits
    for key in (3, 4, 5, 6):
        tap.tables["people"].put(key, key)
    for start in (None, loaded.state):
        target = make_target(dry_run=True)
        assert target.run(tap.messages(start)[:-1]) == 0, target.stderr
        assert target.states == []
        assert target.item("people")["books"]["mapped"] == (4 if start else 6)


def test_without_a_dry_run_rows_that_no_state_covers_do_not_land(lake, target):
    assert target.run(_tap(people={1: (1, "a")}).messages()[:-1]) == 1
    assert "dry_run" in target.last_line["remedy"]
    assert target.states == []
    assert _rows(lake) == []
