"""Pain points that show only in whole runs against a strict platform."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.admin import call
from target_aep import settings as target_settings
from target_aep.connection import connect
from target_aep.delivery.diagnostics import explain, explain_row
from tests.target_aep.delivery.taps import CountingTap, Table

TEXT = {"type": ["string", "null"]}
KEY = {"path": "_{TENANT_ID}.key", "namespace": "CrmKey", "primary": True}
PEOPLE = {"class": "profile", "identities": [KEY], "profile": True}


def described(**properties):
    schema = {"type": "object", "properties": {"key": TEXT, **properties}}
    return {"type": "SCHEMA", "stream": "people", "schema": schema, "key_properties": ["key"]}


def row(**record):
    return {"type": "RECORD", "stream": "people", "record": record}


def quarantined(tmp_path):
    files = tmp_path.glob("runs/*/quarantine/people/*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def hosts(lake, target_config, make_target):
    """A target for a dataset of others, whose schema has a format that AEP checks more strictly than we."""
    clients = connect(target_settings.parse(target_config))
    registry, tenant = clients.registry, clients.registry.tenant_id()
    profile = "https://ns.adobe.com/xdm/context/profile"
    fields = {"key": {"type": "string"}, "host": {"type": "string", "format": "hostname"}}
    group = registry.create(
        "fieldgroups",
        {
            "type": "object",
            "title": "Hosts",
            "description": "made by somebody else",
            "meta:intendedToExtend": [profile],
            "definitions": {
                "customFields": {
                    "type": "object",
                    "properties": {f"_{tenant}": {"type": "object", "properties": fields}},
                }
            },
            "allOf": [
                {"$ref": "#/definitions/customFields", "type": "object", "meta:xdmType": "object"}
            ],
        },
    )  # fmt: skip
    schema = registry.create(
        "schemas",
        {"type": "object", "title": "Hosts of others", "allOf": [{"$ref": profile}, {"$ref": group["$id"]}]},
    )
    dataset = clients.catalog.create_dataset(name="Hosts", schema_id=schema["$id"])
    clients.gateway.close()
    return lambda percent: make_target(
        streams={"people": {"dataset_id": dataset, "error_threshold_percent": percent}}
    )


HOSTS = [
    described(host=TEXT),
    row(key="1", host="a.example"),
    row(key="2", host="bücher.example"),
    row(key="3", host="c.example"),
]


def test_rows_that_only_aep_refuses_are_in_the_quarantine_and_the_rest_lands(hosts, lake, tmp_path):
    target = hosts(50)
    assert target.run(HOSTS) == 0
    assert sorted(r["key"] for r in lake.query("SELECT _acme.key AS key FROM hosts")) == ["1", "3"]
    item = target.item("people")
    assert (item["books"]["sent"], item["books"]["landed"], item["books"]["failed"]) == (3, 2, 1)
    (note,) = [note for note in item["notes"] if "landed in part" in note]
    assert "some rows could not be ingested" in note
    (kept,) = quarantined(tmp_path)
    assert kept["rejected_by"] == "AEP"
    assert kept["batch_id"] == item["batches"][0]["id"]
    assert kept["record"]["_acme"]["key"] == "2"
    assert kept["reasons"][0]["message"]


def test_a_row_that_aep_refused_lands_once_it_is_corrected(hosts, lake, tmp_path):
    target = hosts(50)
    assert target.run(HOSTS) == 0
    (file,) = tmp_path.glob("runs/*/quarantine/people/*.jsonl")
    file.write_text(file.read_text().replace("bücher", "xn--bcher-kva"))
    catalog = {"streams": [{**HOSTS[0], "tap_stream_id": "people"}]}
    (target.folder / "catalog.json").write_text(json.dumps(catalog))
    options = ("--config", "config.json", "resend", "--catalog", "catalog.json", file.stem)
    command = [Path(sys.executable).with_name("target-aep"), "quarantine", *options]
    sent = subprocess.run(command, cwd=target.folder, capture_output=True, text=True, check=False)
    assert (sent.returncode, sent.stderr.count("Traceback")) == (0, 0), sent.stderr
    landed = lake.query("SELECT _acme.key AS key, _acme.host AS host FROM hosts")
    assert sorted((r["key"], r["host"]) for r in landed)[1] == ("2", "xn--bcher-kva.example")
    assert len(landed) == 3


def test_above_the_threshold_nothing_of_the_batch_lands(hosts, lake, tmp_path):
    target = hosts(0)
    assert target.run(HOSTS) == 1
    assert "so nothing of it landed" in target.last_line["cause"]
    assert lake.query("SELECT * FROM hosts") == []
    assert [kept["record"]["_acme"]["key"] for kept in quarantined(tmp_path)] == ["2"]
    assert target.states == []


def test_codes_are_told_in_words():
    class Error:
        code, description, record_count = "140", "Batch already ingested.", None

    assert explain([Error]).startswith("AEP had already ingested this batch, so nothing was added [140: ")
    assert explain_row("1555", "x is null.") == (
        "a field that the schema requires is missing or null [1555: x is null]"
    )
    assert explain_row("INGEST-1555-400", "x").startswith("a field that the schema requires")
    assert explain_row("4711", "Odd.") == "4711: Odd"


@pytest.mark.parametrize(
    ("counted", "code", "said"),
    [(1, 0, "had already ingested"), (0, 1, "had already ingested"), (7, 1, "books")],
)
def test_a_batch_that_aep_had_already_ingested_is_loaded_if_its_rows_are_counted(
    lake, target, target_config, counted, code, said
):
    """Adobe's own repetition fails with error 140; the emulator has none, so its answer is forged here."""
    tap = CountingTap({"people": Table({1: (1, "one")})})
    lake.faults([{"cloud": "aep", "query": "action=COMPLETE", "fault": {"delay_s": 2}}])
    holds = call(lake.home, "aep", "GET", "health")["holds"]
    process = target.start(tap.messages())
    while call(lake.home, "aep", "GET", "health")["holds"] == holds:
        time.sleep(0.02)
    clients = connect(target_settings.parse(target_config))
    dataset = next(iter(clients.catalog.datasets("people")))
    (batch,) = clients.catalog.batches(dataset.id)
    answer = {
        **batch.raw,
        "status": "failed",
        "errors": [{"code": "140", "description": "Batch already ingested."}],
        "metrics": {"outputRecordCount": counted},
    }
    look = {"cloud": "aep", "method": "GET", "path": f"/batches/{batch.id}$"}
    lake.faults([{**look, "fault": {"status": 200, "body": {batch.id: answer}}}])
    assert target.end(process) == code
    lake.clear_faults()
    clients.gateway.close()
    assert bool(target.states) is (code == 0)
    told = [*target.item("people")["notes"], target.last_line["cause"] or ""]
    assert any(said in text for text in told), told
    # In either case the next run leaves the row once.
    assert target.run(tap.messages(target.state)) == 0
    assert len(lake.query("SELECT * FROM people")) == 1


def test_nulls_are_no_violation_and_clear_nothing(lake, target):
    address = {"type": ["object", "null"], "properties": {"city": TEXT}}
    messages = [described(text=TEXT, address=address), row(key="1", text=None, address={"city": None})]
    assert target.run(messages) == 0
    (found,) = lake.query("SELECT _acme.text AS text, _acme.address AS address FROM people")
    assert found == {"text": None, "address": None}


def test_nulls_within_objects_are_sent_when_asked(lake, make_target):
    address = {"type": ["object", "null"], "properties": {"city": TEXT}}
    target = make_target(streams={"*": {"null_handling": "send"}})
    assert target.run([described(address=address), row(key="1", address={"city": None})]) == 0
    (found,) = lake.query("SELECT _acme.address AS address FROM people")
    assert found == {"address": {"city": None}}


def test_a_null_that_is_sent_is_said_to_clear_nothing(lake, make_target):
    """Profile merges fragments, so an absent value never wins: what is there stays, and that is told."""
    for handling, told in (("send", 1), ("omit", 0)):
        entry = {**PEOPLE, "dataset": f"People {handling}", "null_handling": handling}
        target = make_target(streams={"people": entry})
        assert target.run([described(text=TEXT), row(key="1", text="a"), row(key="2", text=None)]) == 0
        notes = target.item("people")["notes"]
        assert sum("clears no attribute of a profile" in note for note in notes) == told


@pytest.mark.parametrize(("entry", "told"), [({}, False), ({"null_handling": "send"}, True)])
def test_that_nulls_clear_nothing_in_profile_is_told_where_they_are_sent(lake, make_target, entry, told):
    target = make_target(streams={"people": {**PEOPLE, **entry}})
    assert target.run([described(text=TEXT), row(key="1", text=None)]) == 0
    assert any("clears no attribute" in note for note in target.item("people")["notes"]) is told


def test_times_of_any_zone_land_in_utc(lake, target):
    when = {"type": ["string", "null"], "format": "date-time"}
    given = {
        "1": "2026-03-01T12:00:00+02:00",
        "2": "2026-03-01T10:00:00Z",
        "3": "2026-03-01 10:00:00",
        "4": "2026-03-01T10:00:00.000000",
    }
    assert target.run([described(at=when), *(row(key=key, at=at) for key, at in given.items())]) == 0
    sql = "SELECT DISTINCT CAST(epoch_ms(_acme.at) AS BIGINT) AS at FROM people"
    assert lake.query(sql) == [{"at": 1772359200000}]


def test_a_record_without_its_primary_identity_is_rejected(lake, make_target, tmp_path):
    entry = {
        **PEOPLE,
        "identities": [{**KEY, "path": "_{TENANT_ID}.email", "namespace": "Email"}],
        "error_threshold_percent": 50,
    }
    target = make_target(streams={"people": entry})
    messages = [described(email=TEXT), row(key="1", email="a@b.example"), row(key="2", email=None)]
    assert target.run(messages) == 0
    assert [reason["path"] for kept in quarantined(tmp_path) for reason in kept["reasons"]] == ["_acme.email"]
    assert len(lake.query("SELECT * FROM people")) == 1


def test_identities_take_their_normal_form_and_rows_without_are_counted(lake, make_target):
    email = {
        "path": "_{TENANT_ID}.email",
        "namespace": "Email",
        "normalise": ["trim", "lower"],
        "placeholders": ["n/a"],
    }
    target = make_target(streams={"people": {**PEOPLE, "identities": [KEY, email]}})
    given = {"1": " Anna@Example.COM ", "2": "N/A", "3": None, "4": "null", "5": "bo@example.com"}
    assert (
        target.run([described(email=TEXT), *(row(key=key, email=text) for key, text in given.items())]) == 0
    )
    landed = lake.query("SELECT _acme.email AS email FROM people ORDER BY _acme.key")
    assert [each["email"] for each in landed] == ["anna@example.com", None, None, "null", "bo@example.com"]
    notes = target.item("people")["notes"]
    assert "identity _acme.email (Email) is normalised: trim, lower, 'n/a' is no value" in notes
    assert "identity _acme.email (Email): 3 of 5 rows have none" in notes
    assert not any("_acme.key" in note for note in notes)


@pytest.mark.parametrize("key", ["", " ", "null", "anonymous", "invalid", "x" * 1025])
def test_a_record_whose_primary_identity_is_none_for_identity_service_is_rejected(
    lake, make_target, tmp_path, key
):
    target = make_target(streams={"people": PEOPLE})
    assert target.run([described(), row(key=key)]) == 1
    reasons = [reason["path"] for kept in quarantined(tmp_path) for reason in kept["reasons"]]
    assert reasons == ["_acme.key"]
    assert lake.query("SELECT * FROM people") == []


@pytest.mark.parametrize(("letters", "lands"), [(90_000, True), (110_000, False)])
def test_a_record_that_profile_would_drop_is_rejected(lake, make_target, tmp_path, letters, lands):
    target = make_target(streams={"people": PEOPLE})
    assert target.run([described(text=TEXT), row(key="1", text="x" * letters)]) == (0 if lands else 1)
    reasons = [reason["rule"] for kept in quarantined(tmp_path) for reason in kept["reasons"]]
    assert reasons == ([] if lands else ["size"])


def test_an_event_that_profile_would_drop_is_rejected_only_where_profile_is_on(lake, make_target, tmp_path):
    when = {"type": "string", "format": "date-time"}
    messages = [
        described(at=when, tags={"type": "array", "items": TEXT}),
        row(key="1", at="2026-03-01T10:00:00Z", tags=["x" * 1000] * 12),
    ]
    event = {"dataset": "Events", "class": "event", "timestamp": "at"}
    assert make_target(streams={"people": event}).run(messages) == 0
    feeding = {**PEOPLE, **event, "dataset": "Profile events"}
    assert make_target(streams={"people": feeding}).run(messages) == 1
    assert [reason["rule"] for kept in quarantined(tmp_path) for reason in kept["reasons"]] == ["size"]


def test_files_are_small_and_named_by_their_number(lake, make_target):
    target = make_target(file_mb=1)
    # Text that does not compress, so that two files are needed.
    noise = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(40_000))
    rows = [row(key=str(n), text=noise[n * 1000 :] + noise[: n * 1000]) for n in range(100)]
    assert target.run([described(text=TEXT), *rows]) == 0
    about_files = [r for r in lake.requests("aep") if "/files/" in r["path"]]
    # Never in chunks, whose gaps and overlaps would show only at the end.
    assert all((r["method"], r["query"]) == ("PUT", "") for r in about_files)
    puts = [r["path"].rpartition("/")[2] for r in about_files]
    assert len(puts) > 1
    assert all(name == f"part-{n:05}.parquet" for n, name in enumerate(sorted(puts)))
    assert target.item("people")["books"]["landed"] == 100
    # Each file whole: no chunks, which could overlap.
    asked = lake.requests("aep")
    assert not any("/files/" in r["path"] and r["method"] != "PUT" for r in asked)
    assert not any("INITIALIZE" in r["query"].upper() for r in asked)


def test_an_upload_that_is_cut_off_is_never_taken_for_loaded(lake, target):
    lake.faults([
        {"cloud": "aep", "method": "PUT", "path": "/files/", "fault": {"truncate_request": 0.5}}
    ])  # fmt: skip
    tap = CountingTap({"people": Table({1: (1, "one")})})
    assert target.run(tap.messages()) != 0
    assert target.states == []
    lake.clear_faults()
    assert target.run(tap.messages()) == 0
    assert len(lake.query("SELECT * FROM people")) == 1


def test_the_report_speaks_of_the_data_lake_only(lake, make_target):
    target = make_target(streams={"people": PEOPLE})
    assert target.run([described(), row(key="1")]) == 0
    assert "in the data lake" in target.stderr
    said = json.dumps(target.report) + target.stderr
    assert "in Profile" not in said
    assert "in the data lake" in target.item("people")["guarantee"]


def test_cells_that_do_not_convert_are_counted_by_field_without_their_values(lake, target):
    when = {"type": ["string", "null"], "format": "date-time"}
    given = {"1": "yesterday", "2": "2026-03-01T10:00:00Z", "3": "soon"}
    assert target.run([described(at=when), *(row(key=key, at=at) for key, at in given.items())]) == 0
    (note,) = [note for note in target.item("people")["notes"] if "left empty" in note]
    assert note.startswith("_acme.at was left empty 2 times: the value does not convert")
    assert note in target.stderr
    assert "yesterday" not in note
    assert target.item("people")["books"]["warnings"] == 2


def test_what_is_lost_within_lists_is_told(lake, target):
    items = {"type": "object", "properties": {"name": TEXT, "unit price": TEXT}}
    messages = [described(lines={"type": "array", "items": items}), row(key="1", lines=[{"name": "a"}])]
    assert target.run(messages) == 0
    assert any("lines[*].unit price" in note for note in target.item("people")["notes"])


def test_an_entry_that_nothing_needed_is_an_error_after_everything_landed(lake, make_target):
    target = make_target(streams={"poeple": {"dataset": "People"}, "*": {}})
    tap = CountingTap({"people": Table({1: (1, "one")})})
    assert target.run(tap.messages()) == 2
    assert "'poeple'" in target.last_line["cause"]
    assert len(lake.query("SELECT * FROM people")) == 1
    assert len(target.states) == 1


def test_one_stream_is_read_again_and_the_other_left_alone(lake, make_target):
    tap = CountingTap({"people": Table({1: (1, "one")}), "clicks": Table({1: (1, "click")})})
    target = make_target()
    assert target.run(tap.messages()) == 0
    tap.tables["people"].put(2, 2)
    assert target.run(tap.messages(target.state)) == 0
    target.states[-1]["bookmarks"].pop("people")
    target.config["on_rewind"] = "replace"
    assert target.run(tap.messages(target.state)) == 0
    assert target.item("people")["books"]["replaced"] == 2
    assert target.item("clicks")["books"]["received"] == 0
    keys = lake.query("SELECT _acme.key AS key FROM people ORDER BY key")
    assert [found["key"] for found in keys] == [1, 2]
    assert len(lake.query("SELECT * FROM clicks")) == 1


def test_a_revert_that_is_refused_because_it_was_carried_out_is_no_failure(lake, target):
    tap = CountingTap({"people": Table({1: (1, "one")})})
    assert target.run(tap.messages()) == 0
    tap.tables["people"].rows.clear()
    revert = {"cloud": "aep", "method": "POST", "query": "action=REVERT", "when": "after", "nth": 1}
    lake.faults([{**revert, "fault": {"reset": True}}])
    assert target.run(tap.messages()) == 0
    statuses = [r["status"] for r in lake.requests("aep") if "REVERT" in r["query"]]
    assert len(statuses) == 2
    assert statuses[1] >= 400
    assert lake.query("SELECT * FROM people") == []
