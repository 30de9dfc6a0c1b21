"""Bad input: one clear line, the exit code, no traceback, nothing half-loaded, state unmoved."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.target_aep.delivery.taps import SCHEMA, CountingTap, Table

START = {"type": "STATE", "value": {"bookmarks": {}}}
DESCRIBED = {"type": "SCHEMA", "stream": "people", "schema": SCHEMA, "key_properties": ["key"]}


def _row(stream="people", **values):
    return {"type": "RECORD", "stream": stream, "record": values}


def _end(seq=1, rows=1, stream="people"):
    counts = {"count": rows, "extracted": rows, "already_seen": 0}
    mark = {"customer_key": stream, "seq": seq, "replication_key": "modified", "counts": counts}
    return {"type": "STATE", "value": {"bookmarks": {stream: mark}}}


def _keys(lake, table="people"):
    return sorted(row["key"] for row in lake.query(f"SELECT _acme.key FROM {table}"))


def _fails_clearly(target, code, *words):
    assert "Traceback" not in target.stderr
    assert target.config["client_secret"] not in target.stderr
    assert target.last_line["exit_code"] == code
    said = f"{target.last_line['cause']} {target.last_line['remedy']}"
    for word in words:
        assert word in said
    assert target.states == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{broken", "line 4"),
        ('{"type": "RECORD", "stream": "people", "rec', "line 4"),
        ("[1, 2]", "no JSON object"),
        ('{"stream": "people"}', "no type"),
        ('{"type": "ODD"}', "'ODD'"),
        ('{"type": "RECORD", "stream": "people"}', "without record"),
        ('{"type": "STATE"}', "without value"),
        ('{"type": "STATE", "value": 3}', "no object"),
        ('{"type": "SCHEMA", "stream": "people", "schema": true}', "the schema of a SCHEMA is no object"),
        ('{"type": "SCHEMA", "stream": 5, "schema": {}}', "the stream of a SCHEMA is no text"),
        ('{"type": "BATCH", "stream": "people", "encoding": "x", "manifest": []}', "encoding"),
        ('{"type": "BATCH", "stream": "people", "encoding": {}, "manifest": "x"}', "manifest"),
        ('{"type": "RECORD", "stream": "strangers", "record": {}}', "schema"),
    ],
)
def test_lines_that_are_no_messages(lake, target, line, words):
    assert target.run([START, DESCRIBED, _row(key=1), line, _end()]) == 1
    _fails_clearly(target, 1, words)
    assert _keys(lake) == []


def test_a_line_that_cannot_be_read_is_not_quoted(lake, target):
    target.run([START, DESCRIBED, '{"type": "RECORD", "secret of a customer": '])
    assert "customer" not in target.stderr


@pytest.mark.parametrize(
    ("record", "path", "rule"),
    [
        ({"key": "one"}, "key", "type"),
        ({"key": 1, "text": {"a": 1}}, "text", "type"),
        ({"key": 1.5}, "key", "type"),
        ({"key": 2**70}, "key", "type"),
        ({"text": "no key"}, "key", "key"),
        ({"key": None}, "key", "key"),
    ],
)
def test_rows_that_do_not_match_their_schema_are_refused(lake, target, tmp_path, record, path, rule):
    assert target.run([START, DESCRIBED, _row(key=7), _row(**record), _end(rows=2)]) == 1
    _fails_clearly(target, 1, "1 of 2 rows", f"{rule}: 1", "quarantine")
    assert _keys(lake) == []
    (file,) = tmp_path.glob("runs/test/quarantine/people/*.jsonl")
    (kept,) = map(json.loads, file.read_text().splitlines())
    assert kept["record"] == record
    assert [(reason["path"], reason["rule"]) for reason in kept["reasons"]] == [(path, rule)]


def test_within_the_threshold_the_others_land_and_the_state_moves(lake, make_target):
    target = make_target(streams={"*": {"error_threshold_percent": 50}})
    assert target.run([START, DESCRIBED, _row(key=7), _row(key="odd"), _end(rows=2)]) == 0
    assert _keys(lake) == [7]
    books = target.item("people")["books"]
    assert (books["received"], books["rejected"], books["landed"]) == (2, 1, 1)
    assert len(target.states) == 1


def test_values_that_are_not_quite_json_are_rejected_rows(lake, make_target):
    target = make_target(streams={"*": {"error_threshold_percent": 80}})
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "amount": {"type": ["number", "null"]}}}
    odd = [
        '{"type": "RECORD", "stream": "people", "record": {"key": 1, "amount": NaN}}',
        '{"type": "RECORD", "stream": "people", "record": {"key": 2, "text": "\\ud800"}}',
    ]
    assert target.run([START, {**DESCRIBED, "schema": schema}, _row(key=3), *odd, _end(rows=3)]) == 0
    assert _keys(lake) == [3]


@pytest.mark.parametrize("record", [None, [1], 5, "text", True])
def test_a_record_that_is_no_object_is_a_rejected_row(lake, make_target, record):
    """Arrow ends the whole process at a line that is null."""
    target = make_target(streams={"*": {"error_threshold_percent": 50}})
    odd = {"type": "RECORD", "stream": "people", "record": record}
    assert target.run([START, DESCRIBED, _row(key=1), odd, _row(key=2), _end(rows=3)]) == 0
    assert _keys(lake) == [1, 2]
    assert target.item("people")["books"]["rejected"] == 1


def test_a_pattern_of_another_dialect_rejects_nothing(lake, target):
    text = {"type": "string", "pattern": "(?<unfinished"}
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "text": text}}
    assert target.run([START, {**DESCRIBED, "schema": schema}, _row(key=1, text="a"), _end()]) == 0
    assert "is not understood" in target.stderr
    assert _keys(lake) == [1]


def test_rules_of_the_schema_hold_unless_switched_off(lake, make_target):
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "text": {"type": "string", "maxLength": 3}}}
    messages = [START, {**DESCRIBED, "schema": schema}, _row(key=1, text="long"), _end()]
    strict = make_target()
    assert strict.run(messages) == 1
    _fails_clearly(strict, 1, "length: 1")
    assert make_target(validate_records=False).run(messages) == 0
    assert _keys(lake) == [1]


def test_the_tap_ends_before_its_state(lake, target):
    assert target.run([START, DESCRIBED, _row(key=1), _row(key=2)]) == 1
    _fails_clearly(target, 1, "2 rows are not loaded", "tap's log")
    assert _keys(lake) == []


def test_the_taps_own_counts_must_agree(lake, target):
    assert target.run([START, DESCRIBED, _row(key=1), _end(rows=2)]) == 1
    _fails_clearly(target, 1, "extracted 2 rows", "1 were received")
    assert _keys(lake) == []


def test_one_stream_fails_and_the_others_advance(lake, target):
    people, clicks = CountingTap({"people": Table()}), CountingTap({"clicks": Table()})
    people.tables["people"].put(1, 1)
    clicks.tables["clicks"].put(2, 1)
    tap = CountingTap({**people.tables, **clicks.tables})
    messages = tap.messages()
    messages.insert(2, _row(key="odd"))
    assert target.run(messages) == 1
    assert target.last_line["stream"] == "people"
    assert [sorted(state["bookmarks"]) for state in target.states] == [["clicks"]]
    assert (_keys(lake), _keys(lake, "clicks")) == ([], [2])
    # The next run reads only the one that failed.
    assert target.run(tap.messages(target.state)) == 0
    assert target.item("clicks")["books"]["received"] == 0
    assert (_keys(lake), _keys(lake, "clicks")) == ([1], [2])


def test_or_the_run_stops_at_the_first_failure(lake, make_target):
    target = make_target(on_stream_error="abort", streams={"people": {"dataset_id": "absent"}, "*": {}})
    tap = CountingTap({"people": Table({1: (1, "a")}), "clicks": Table({2: (1, "b")})})
    assert target.run(tap.messages()) == 2
    _fails_clearly(target, 2, "absent")
    assert "clicks" not in str(lake.query("SHOW TABLES"))


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({"client_secret": "wrong-secret"}, 77, "client"),
        ({"sandbox_name": "nowhere"}, 2, "nowhere"),
        ({"platform_url": "http://127.0.0.1:9"}, 69, "127.0.0.1:9"),
        ({"platform_url": "https://example.com"}, 2, "allowed_hosts"),
        ({"strems": {}}, 2, "streams"),
        ({"run_path": "odd://x"}, 2, "odd"),
        ({"streams": {"clicks": {}}}, 2, "people"),
        ({"streams": {"*": {"mapping": "absent.json"}}}, 2, "absent.json"),
    ],
)
def test_settings_that_cannot_work(lake, make_target, settings, code, word):
    target = make_target(**settings)
    assert target.run([START, DESCRIBED, _row(key=1), _end()]) == code
    _fails_clearly(target, code, word)


def test_two_writers_of_one_pipeline(lake, target, make_target, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    first = target.start([], pipe=str(pipe))
    with pipe.open("w") as tap:
        tap.write(json.dumps(DESCRIBED) + "\n")
        tap.flush()
        lock = tmp_path / "runs/test/writer.lock"
        deadline = time.monotonic() + 60
        while not (lock.exists() and lock.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        second = make_target()
        assert second.run([START, DESCRIBED, _row(key=1), _end()]) == 75
        _fails_clearly(second, 75, "another run")
    assert target.end(first) == 0


def test_a_stop_signal_ends_the_run_with_what_had_landed(lake, target, tmp_path):
    tap = CountingTap({"people": Table({1: (1, "a")}), "clicks": Table({2: (1, "b")})})
    messages = tap.messages()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = target.start([], pipe=str(pipe))
    with pipe.open("w") as out:
        # Up to the row of the second stream, whose STATE does not come any more.
        out.writelines(json.dumps(message) + "\n" for message in messages[:-1])
        out.flush()
        deadline = time.monotonic() + 60
        while not _landed(lake) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGTERM)
        assert target.end(process) == 75
    assert "SIGTERM" in target.last_line["cause"]
    assert [sorted(state["bookmarks"]) for state in target.states] == [["people"]]
    assert _keys(lake, "clicks") == []
    assert target.run(tap.messages(target.state)) == 0
    assert (_keys(lake), _keys(lake, "clicks")) == ([1], [2])


def _landed(lake):
    try:
        return _keys(lake)
    except Exception:  # noqa: BLE001 - the dataset is not there yet
        return []


def test_a_breaking_change_in_one_of_three_streams(lake, target):
    tables = {name: Table({1: (1, name)}) for name in ("north", "people", "south")}
    tap = CountingTap(tables)
    assert target.run(tap.messages()) == 0
    for table in tables.values():
        table.put(2, 2)
    messages = tap.messages(target.state)
    broken = {**SCHEMA, "properties": {**SCHEMA["properties"], "modified": {"type": ["boolean", "null"]}}}
    for message in messages:
        if message.get("stream") == "people" and message["type"] == "SCHEMA":
            message["schema"] = broken
        if message.get("stream") == "people" and message["type"] == "RECORD":
            message["record"]["modified"] = True
    assert target.run(messages) == 1
    assert target.last_line["stream"] == "people"
    assert "modified" in target.last_line["cause"]
    assert _keys(lake, "north") == _keys(lake, "south") == [1, 2]
    assert _keys(lake) == [1]
    assert target.run(tap.messages(target.state)) == 0
    assert target.item("north")["books"]["received"] == 0
    assert _keys(lake) == [1, 2]


def test_a_full_disk(lake, make_target):
    """A limit on the size of files stands in for a disk without room: both end in an error of write()."""
    target = make_target()
    rows = [_row(key=key, text=f"{key * 7919 % 10007} {'x' * (key % 50)}") for key in range(3000)]
    messages = [START, DESCRIBED, *rows, _end(rows=3000)]
    assert target.end(target.start(messages, file_limit=8 * 1024)) == 75
    _fails_clearly(target, 75, "Free space")
    assert _keys(lake) == []
    assert target.run(messages) == 0
    assert len(_keys(lake)) == 3000


def test_a_folder_that_cannot_be_written_to(lake, make_target, tmp_path):
    (tmp_path / "file").touch()
    target = make_target(run_path=str(tmp_path / "file" / "runs"))
    assert target.run([START, DESCRIBED, _row(key=1), _end()]) == 2
    _fails_clearly(target, 2, "run_path")
