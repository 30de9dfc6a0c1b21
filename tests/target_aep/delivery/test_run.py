"""Whole runs of the command, by its input, its output and what landed."""

from __future__ import annotations

from tests.target_aep.delivery.taps import CountingTap, Table


def _texts(lake, table):
    return sorted(row["text"] for row in lake.query(f"SELECT _acme.text FROM {table}"))


def _tap(**tables):
    return CountingTap({name: Table({1: (1, f"{name} one"), 2: (2, f"{name} two")}) for name in tables})


def test_rows_land_and_the_last_state_is_the_taps(lake, target):
    tap = _tap(people=True)
    messages = tap.messages()
    assert target.run(messages) == 0
    assert target.states == [messages[-1]["value"]]
    assert _texts(lake, "people") == ["people one", "people two"]
    assert target.last_line["cause"] is None
    assert target.item("people")["books"]["landed"] == 2


def test_the_second_run_loads_only_what_changed(lake, target):
    tap = _tap(people=True)
    target.run(tap.messages())
    tap.tables["people"].put(2, 3, "people two, changed")
    assert target.run(tap.messages(target.state)) == 0
    assert target.item("people")["books"]["landed"] == 1
    assert _texts(lake, "people") == ["people one", "people two", "people two, changed"]


def test_a_run_without_rows_emits_nothing(lake, target):
    tap = _tap(people=True)
    target.run(tap.messages())
    before = list(target.states)
    assert target.run(tap.messages(target.state)) == 0
    assert target.states == before


def test_streams_advance_one_by_one(lake, target):
    tap = _tap(people=True, clicks=True)
    assert target.run(tap.messages()) == 0
    assert [sorted(state["bookmarks"]) for state in target.states] == [["people"], ["clicks", "people"]]
