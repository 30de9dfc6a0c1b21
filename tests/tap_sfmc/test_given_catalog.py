"""What a user changes in a catalog, in the entry or (as Meltano does) in the metadata, is honoured."""

import json

import pytest

from tap_sfmc.errors import ConfigurationError, DataError
from tests.tap_sfmc.running import discover, select, sync

INCLUDE = ["contacts", "survey_answers"]


@pytest.fixture(scope="module")
def discovered(emulator):
    return json.dumps(discover(emulator, include=INCLUDE))


@pytest.fixture
def run(emulator, discovered):
    def run(stream="contacts", *, entry=None, metadata=None, without=(), **arguments):
        catalog = select(json.loads(discovered), stream)
        for each in catalog["streams"]:
            if each["tap_stream_id"] == stream:
                each.update(entry or {})
                for name in without:
                    each.pop(name)
                root = next(item["metadata"] for item in each["metadata"] if not item["breadcrumb"])
                root.update(metadata or {})
        return sync(emulator, include=INCLUDE, catalog=catalog, **arguments)

    return run


@pytest.mark.parametrize(
    "change",
    [
        {"entry": {"replication_key": "SignupDate"}},
        {"metadata": {"replication-key": "SignupDate"}},
        {"metadata": {"replication-key": "SignupDate", "replication-method": "INCREMENTAL"}},
    ],
)
def test_another_replication_key(run, change):
    output = run(**change)
    assert output.schemas["contacts"]["bookmark_properties"] == ["SignupDate"]
    assert output.bookmark("contacts")["replication_key"] == "SignupDate"


def test_a_replication_key_makes_a_full_table_incremental(run):
    output = run("survey_answers", metadata={"replication-key": "AnsweredAt"})
    assert output.bookmark("survey_answers")["replication_key"] == "AnsweredAt"


@pytest.mark.parametrize(
    "change",
    [
        {"entry": {"replication_method": "FULL_TABLE"}},
        {"metadata": {"replication-method": "FULL_TABLE"}},
        {"metadata": {"forced-replication-method": "FULL_TABLE"}},
    ],
)
def test_a_stream_that_was_incremental_as_a_full_table(run, change):
    first = run()
    second = run(state=first.state, **change)
    assert len(second.rows("contacts")) == len(first.rows("contacts"))
    assert "replication_key" not in second.bookmark("contacts"), "a target sees that this is the whole table"
    assert second.bookmark("contacts")["seq"] == 2


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({}, ["SubscriberKey"]),
        ({"without": ["key_properties"]}, ["SubscriberKey"]),
        ({"entry": {"key_properties": ["EmailAddress"]}}, ["EmailAddress"]),
        ({"metadata": {"table-key-properties": ["EmailAddress"]}}, ["EmailAddress"]),
        ({"metadata": {"view-key-properties": ["Phone"]}}, ["Phone"]),
        ({"entry": {"key_properties": []}}, []),
    ],
)
def test_other_key_properties(run, change, keys):
    assert run(**change).schemas["contacts"]["key_properties"] == keys


def test_a_catalog_that_only_selects_leaves_the_rest_to_the_tap(run):
    output = run(without=["replication_key", "replication_method", "key_properties"])
    assert output.bookmark("contacts")["replication_key"] == "ModifiedDate"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"metadata": {"replication-key": "Nothing"}}, "no field 'Nothing' to be the replication key"),
        ({"metadata": {"replication-key": "City"}}, "neither a Date nor a Number"),
        ({"metadata": {"replication-method": "LOG_BASED"}}, "no replication method LOG_BASED"),
        ({"entry": {"key_properties": ["Nothing"]}}, "no field 'Nothing' to be a key property"),
        (
            {"entry": {"key_properties": ["Phone"]}, "detect_deletes": ["contacts"]},
            "Rows that are gone have only their primary key",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_row(run, tmp_path, change, says):
    output = run(**change, key_store=str(tmp_path))
    assert isinstance(output.error, ConfigurationError)
    assert says in str(output.error)
    assert output.messages == []


@pytest.mark.parametrize(
    "streams", ["x", [1], [{"stream": "contacts"}], [{"tap_stream_id": "c", "metadata": "x"}]]
)
def test_what_is_no_catalog_is_refused(emulator, streams):
    output = sync(emulator, catalog={"streams": streams})
    assert isinstance(output.error, ConfigurationError)
    assert "describes no stream" in str(output.error)


@pytest.mark.parametrize(
    "bookmarks",
    [
        [1],
        {"contacts": "x"},
        {"contacts": {"seq": "x"}},
        {"contacts": {"seen": "x"}},
        {"contacts": {"counts": {"count": "x"}}},
        {"contacts": {"full_read": "x"}},
        {"contacts": {"replication_key": "ModifiedDate", "replication_key_value": "soon"}},
    ],
)
def test_what_is_no_state_is_refused(emulator, bookmarks):
    output = sync(emulator, include=["contacts"], state={"bookmarks": bookmarks})
    assert isinstance(output.error, ConfigurationError)
    assert output.rows("contacts") == []


def test_a_bookmark_before_all_dates_reads_all(emulator):
    bookmark = {"replication_key": "ModifiedDate", "replication_key_value": "0001-01-01T00:00:00Z"}
    output = sync(emulator, include=["contacts"], state={"bookmarks": {"contacts": bookmark}})
    assert len(output.rows("contacts")) == len(
        [row for row in emulator.source_rows("contacts") if row["ModifiedDate"]]
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"tap_stream_id": "contacts"},
        {"tap_stream_id": "contacts", "schema": {}, "metadata": None},
        {"tap_stream_id": "contacts", "schema": None, "key_properties": None, "replication_key": None},
    ],
)
def test_what_an_entry_leaves_out_is_as_discovered(emulator, entry):
    output = sync(emulator, include=INCLUDE, catalog={"streams": [entry]})
    assert output.error is None
    plain = sync(emulator, include=["contacts"])
    assert output.schemas == plain.schemas
    assert output.rows("contacts") == plain.rows("contacts") != []


def test_an_expression_that_fails_on_a_row_is_told_without_the_value(emulator):
    maps = {"contacts": {"number": "int(EmailAddress)"}}
    output = sync(emulator, include=INCLUDE, stream_maps=maps)
    assert isinstance(output.error, DataError), "the other stream is complete"
    assert "An expression of stream_maps fails on a row (ValueError)" in str(output.error)
    assert "example" not in str(output.error)
    assert output.rows("survey_answers")
