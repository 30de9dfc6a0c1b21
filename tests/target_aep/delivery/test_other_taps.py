"""Taps that do not count: all that the Singer specification promises is a STATE now and then."""

from __future__ import annotations

import pytest

from tests.target_aep.delivery.taps import SCHEMA


def _schema(stream="people"):
    return {"type": "SCHEMA", "stream": stream, "schema": SCHEMA, "key_properties": ["key"]}


def _row(key, stream="people"):
    return {"type": "RECORD", "stream": stream, "record": {"key": key}}


def _state(**values):
    marks = {stream: {"replication_key_value": value} for stream, value in values.items()}
    return {"type": "STATE", "value": {"bookmarks": marks}}


def _keys(lake, table="people"):
    return sorted(row["key"] for row in lake.query(f"SELECT _acme.key FROM {table}"))


def _guarantee(target, stream="people"):
    return target.item(stream)["guarantee"]


def test_without_any_state_the_end_of_input_commits(lake, target):
    assert target.run([_schema(), _row(1)]) == 0
    assert _keys(lake) == [1]
    assert target.states == []
    assert "at least once" in _guarantee(target)


def test_rows_of_such_a_tap_are_never_replaced_once_acknowledged(lake, target):
    target.run([_schema(), _row(1)])
    target.run([_schema(), _row(1)])
    assert _keys(lake) == [1, 1]


def test_nor_of_one_whose_bookmark_moves_but_that_does_not_say_where_it_starts(lake, target):
    """Most taps write no STATE before their first SCHEMA. That is not the same as starting from nothing."""
    for key in (1, 2, 3):
        assert target.run([_schema(), _row(key), _state(people=key)]) == 0
    assert _keys(lake) == [1, 2, 3]
    assert "at least once" in _guarantee(target)


def test_a_moving_bookmark_is_as_good_as_a_counter(lake, target):
    assert target.run([_state(), _schema(), _row(1), _state(people=1)]) == 0
    assert target.state == _state(people=1)["value"]
    assert "exactly once" in _guarantee(target)
    # The state was not saved: the tap starts from the root again.
    assert target.run([_state(), _schema(), _row(1), _row(2), _state(people=2)]) == 0
    assert _keys(lake) == [1, 2]
    # And now it was.
    assert target.run([_state(people=2), _schema(), _row(3), _state(people=3)]) == 0
    assert _keys(lake) == [1, 2, 3]


def test_a_rewind_of_such_a_tap_is_noticed(lake, target):
    target.run([_state(), _schema(), _row(1), _state(people=1)])
    target.run([_state(people=1), _schema(), _row(2), _state(people=2)])
    assert target.run([_state(), _schema(), _row(1), _row(2), _state(people=2)]) == 1
    assert "on_rewind" in target.last_line["remedy"]
    assert _keys(lake) == [1, 2]


def test_a_state_that_the_sdk_leaves_out_because_it_did_not_move(lake, target):
    """The SDK's writer drops a STATE that equals the last one: the end of input stands for it."""
    target.run(
        [_state(), _schema("a"), _row(1, "a"), _state(a=1), _schema("b"), _row(1, "b"), _state(a=1, b=1)]
    )
    again = [_state(a=1, b=1), _schema("a"), _row(2, "a"), _state(a=2, b=1), _schema("b"), _row(1, "b")]
    assert target.run(again) == 0
    assert (_keys(lake, "a"), _keys(lake, "b")) == ([1, 2], [1, 1])
    assert target.state == _state(a=2, b=1)["value"]


def test_but_not_for_a_table_that_is_to_be_overwritten(lake, make_target):
    """It may as well have failed half-way, and half a table must not replace a whole one."""
    target = make_target(streams={"*": {"load_method": "overwrite"}})
    assert target.run([_state(), _schema(), _row(1), _row(2), _state(people=1)]) == 0
    assert target.run([_state(people=1), _schema(), _row(1)]) == 1
    assert "emit_activate_version_messages" in target.last_line["remedy"]
    assert _keys(lake) == [1, 2]
    version = {"type": "ACTIVATE_VERSION", "stream": "people", "version": 2}
    assert target.run([_state(people=1), _schema(), _row(1), version]) == 0
    assert _keys(lake) == [1]


def test_a_table_that_grows_with_each_reading_is_told(lake, target):
    """No replication key and no word of it being whole: the rows of each run stay beside those before."""
    unmoved = {"type": "STATE", "value": {"bookmarks": {"people": {}}}}
    for _ in range(2):
        assert target.run([_schema(), _row(1), _row(2), unmoved]) == 0
    assert _keys(lake) == [1, 1, 2, 2]
    (note,) = [note for note in target.item("people")["notes"] if "overwrite" in note]
    assert note.startswith("2 rows of former runs stay")


def test_interleaved_streams_commit_at_the_end(lake, target):
    messages = [
        _schema("a"), _schema("b"), _row(1, "a"), _row(1, "b"), _state(a=1, b=1), _row(2, "a"), _row(2, "b"),
        _state(a=2, b=2),
    ]  # fmt: skip
    assert target.run(messages) == 0
    assert (_keys(lake, "a"), _keys(lake, "b")) == ([1, 2], [1, 2])
    assert len(target.item("a")["batches"]) == 1
    assert target.state == _state(a=2, b=2)["value"]


def test_or_every_so_many_rows(lake, make_target):
    target = make_target(commit_rows=2)
    messages = [_state(), _schema()]
    for key in range(1, 7):
        messages += [_row(key), _state(people=key)]
    assert target.run(messages) == 0
    assert [state["bookmarks"]["people"]["replication_key_value"] for state in target.states] == [2, 4, 6]
    assert len(target.item("people")["batches"]) == 3


def test_progress_markers_are_no_place_to_resume_from(lake, make_target):
    target = make_target(commit_rows=1)
    marks = {"progress_markers": {"replication_key_value": 5, "Note": "not resumable"}}
    progress = {"type": "STATE", "value": {"bookmarks": {"people": marks}}}
    assert target.run([_state(), _schema(), _row(1), progress, _row(2), _state(people=2)]) == 0
    assert target.states == [_state(people=2)["value"]]
    assert len(target.item("people")["batches"]) == 1


def test_a_state_of_another_shape_is_all_or_nothing(lake, target):
    state = {"type": "STATE", "value": {"last_id": 7}}
    odd = {"type": "RECORD", "stream": "b", "record": {"key": "odd"}}
    assert target.run([_schema("a"), _row(1, "a"), _schema("b"), odd, state]) == 1
    assert target.states == []
    assert target.run([_schema("a"), _row(2, "a"), _schema("b"), _row(1, "b"), state]) == 0
    assert target.states == [{"last_id": 7}]


def test_rows_are_replaced_when_their_state_was_never_given_out(lake, target):
    """Stream b failed, so the one state for both was kept back: a's rows come again."""
    state = {"type": "STATE", "value": {"last_id": 7}}
    odd = {"type": "RECORD", "stream": "b", "record": {"key": "odd"}}
    target.run([_schema("a"), _row(1, "a"), _schema("b"), odd, state])
    assert _keys(lake, "a") == [1]
    assert target.run([_schema("a"), _row(1, "a"), _row(2, "a"), _schema("b"), _row(1, "b"), state]) == 0
    assert (_keys(lake, "a"), _keys(lake, "b")) == ([1, 2], [1])


def test_an_empty_state_is_not_passed_on(lake, target):
    assert target.run([_schema(), _row(1), {"type": "STATE", "value": {}}]) == 0
    assert target.states == []


def test_activate_version_means_overwrite_where_nothing_else_is_said(lake, target):
    version = {"type": "ACTIVATE_VERSION", "stream": "people", "version": 1}
    target.run([_schema(), _row(1), _row(2), version])
    assert _keys(lake) == [1, 2]
    assert target.run([_schema(), _row(2), version]) == 0
    assert _keys(lake) == [2]


def test_activate_version_is_ignored_where_that_is_set(lake, make_target):
    target = make_target(process_activate_version_messages=False)
    version = {"type": "ACTIVATE_VERSION", "stream": "people", "version": 1}
    target.run([_schema(), _row(1), version])
    assert target.run([_schema(), _row(2), version]) == 0
    assert _keys(lake) == [1, 2]


def test_one_load_method_for_all_streams(lake, make_target):
    target = make_target(load_method="overwrite")
    target.run([_schema(), _row(1)])
    assert target.run([_schema(), _row(2)]) == 0
    assert _keys(lake) == [2]


def test_and_nothing_under_append_only(lake, make_target):
    target = make_target(streams={"*": {"load_method": "append-only"}})
    version = {"type": "ACTIVATE_VERSION", "stream": "people", "version": 1}
    target.run([_schema(), _row(1), version])
    assert target.run([_schema(), _row(2), version]) == 0
    assert _keys(lake) == [1, 2]
    assert any("ACTIVATE_VERSION" in note for note in target.item("people")["notes"])


def test_a_schema_that_changes_in_the_middle(lake, target):
    wider = {**SCHEMA, "properties": {**SCHEMA["properties"], "more": {"type": ["boolean", "null"]}}}
    more = {"type": "RECORD", "stream": "people", "record": {"key": 2, "more": True}}
    assert target.run([_schema(), _row(1), {**_schema(), "schema": wider}, more, _state(people=2)]) == 0
    rows = lake.query("SELECT _acme.key, _acme.more FROM people ORDER BY _row")
    assert rows == [{"key": 1, "more": None}, {"key": 2, "more": True}]


NESTED = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "address": {"type": ["object", "null"], "properties": {"city": {"type": ["string", "null"]}}},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "amount": {"type": ["null", "number"], "multipleOf": 0.01},
        "either": {"type": ["string", "integer", "null"]},
        "free": {"type": ["object", "null"]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "day": {"type": ["string", "null"], "format": "date"},
        "when": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    },
}


@pytest.mark.parametrize("validate", [True, False])
def test_nested_values_and_values_of_several_types(lake, make_target, validate):
    target = make_target(validate_records=validate)
    record = {
        "id": 1,
        "address": {"city": "Köln", "unknown": 1},
        "tags": ["a", "b"],
        "amount": 12.34,
        "either": 5,
        "free": {"x": [1, 2]},
        "labels": {"a": "b"},
        "day": "2026-02-28",
        "when": "2026-02-28T23:59:59.123+01:00",
    }
    schema = {"type": "SCHEMA", "stream": "nested", "schema": NESTED, "key_properties": []}
    empty = {"type": "RECORD", "stream": "nested", "record": {"id": 2, "either": "text"}}
    messages = [schema, {"type": "RECORD", "stream": "nested", "record": record}, empty]
    assert target.run(messages) == 0, target.stderr
    first, second = (row["_acme"] for row in lake.query("SELECT _acme FROM nested ORDER BY _row"))
    assert first == {
        "id": 1,
        "address": {"city": "Köln"},
        "tags": ["a", "b"],
        "amount": 12.34,
        "either": "5",
        "free": '{"x":[1,2]}',
        "labels": {"a": "b"},
        "day": "2026-02-28",
        "when": "2026-02-28T22:59:59.123Z",
    }
    assert second["either"] == "text"
    assert second["address"] is None


def test_types_behind_references_are_types(lake, target):
    """As taps have it that write schemas by hand or from OpenAPI: what is a text would be one for ever."""
    place = {"type": "object", "properties": {"city": {"type": "string"}}}
    schema = {
        "type": "object",
        "$defs": {"amount": {"type": ["number", "null"]}, "place": place},
        "properties": {
            "key": {"allOf": [{"type": "integer"}, {"minimum": 0}]},
            "amount": {"$ref": "#/$defs/amount"},
            "place": {"$ref": "#/$defs/place"},
        },
    }
    record = {"key": 1, "amount": 1.5, "place": {"city": "Köln"}}
    described = {"type": "SCHEMA", "stream": "people", "schema": schema, "key_properties": ["key"]}
    assert target.run([described, {"type": "RECORD", "stream": "people", "record": record}]) == 0
    (landed,) = lake.query("SELECT _acme.key AS key, _acme.amount, _acme.place.city AS city FROM people")
    assert landed == {"key": 1, "amount": 1.5, "city": "Köln"}
