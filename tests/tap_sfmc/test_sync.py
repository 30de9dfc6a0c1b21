"""Rows, types, state and selection, against the emulator."""

import json

import pytest

from tap_sfmc.errors import ConfigurationError
from tests.tap_sfmc.running import discover, select, sync
from tests.tap_sfmc.typed import by_key, expected

WAYS = {
    "rest": {},
    "soap": {"extraction": "soap"},
    "parquet": {"batch_config": {"encoding": {"format": "parquet"}, "batch_size": 500}},
    "zstd": {"batch_config": {"encoding": {"format": "parquet", "compression": "zstd"}}},
    "jsonl": {"batch_config": {"encoding": {"format": "jsonl", "compression": "none"}}},
    "jsonl.gz": {"batch_config": {"encoding": {"format": "jsonl"}}},
    "row by row": {"flattening_enabled": True, "flattening_max_depth": 1},
}


def ways(folder, name):
    settings = dict(WAYS[name])
    if "batch_config" in settings:
        settings["batch_config"] = {**settings["batch_config"], "storage": {"root": str(folder / "batches")}}
    return settings


def fields_of(emulator, stream):
    """The fields of a data extension, as the catalog tells them."""
    entry = next(each for each in discover(emulator)["streams"] if each["tap_stream_id"] == stream)
    facts = {
        item["breadcrumb"][-1]: item["metadata"].get("sfmc")
        for item in entry["metadata"]
        if item["breadcrumb"]
    }
    return [
        {"name": name, "type": each["field-type"], "is_required": each["required"]}
        for name, each in facts.items()
        if each and "Encrypted" not in each["field-type"]  # the wire has their cipher text
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "table",
    [
        ("contacts", "contacts", "SubscriberKey"),
        ("campaign_engagement", "campaign-engagement", "EventID"),
        ("every_type", "every-type", "ID"),
        ("wide_300", "wide-300", "ID"),
        ("groe_mae_ete_2026_eu", "été/2026 Größe+Maße%", "Customer Number"),
    ],
)
def test_every_cell_comes_with_its_type(emulator, tmp_path, table, way):
    stream, key, primary_key = table
    output = sync(emulator, include=[stream], page_size=300, **ways(tmp_path, way))
    assert output.error is None
    fields = fields_of(emulator, stream)
    names = {field["name"] for field in fields}
    rows = [{name: row[name] for name in names} for row in output.rows(stream)]
    assert by_key(rows, primary_key) == {
        row[primary_key]: expected(row, fields, rounded=way == "soap") for row in emulator.source_rows(key)
    }


def test_the_state_comes_first_and_also_when_it_is_empty(emulator):
    output = sync(emulator, include=["empty", "store_stock"])
    assert output.messages[0] == {"type": "STATE", "value": {"bookmarks": {}}}
    assert output.messages[1]["type"] == "SCHEMA"


def test_a_stream_without_rows_has_a_schema_and_no_bookmark(emulator):
    output = sync(emulator, include=["empty"])
    assert output.streams == ["empty"]
    assert output.states == [{"bookmarks": {}}]


def test_a_bookmark_carries_key_number_position_and_books(emulator):
    bookmark = sync(emulator, include=["contacts"]).bookmark("contacts")
    rows = len(emulator.source_rows("contacts"))
    assert bookmark["customer_key"] == "contacts"
    assert bookmark["seq"] == 1
    assert bookmark["replication_key"] == "ModifiedDate"
    assert bookmark["counts"] == {"count": rows, "extracted": rows, "already_seen": 0}


def test_the_second_run_emits_what_changed_and_nothing_else(start_emulator):
    emulator = start_emulator()
    include = ["contacts", "campaign_engagement", "web_activity"]
    first = sync(emulator, include=include)
    unchanged = sync(emulator, include=include, state=first.state)
    assert unchanged.of_type("RECORD") == []
    assert unchanged.state == first.state

    changes = emulator.mutate()["data_extensions"]
    second = sync(emulator, include=include, state=first.state)
    for stream, key in zip(include, ("contacts", "campaign-engagement", "web-activity"), strict=True):
        changed = changes[key]["inserted"] + changes[key]["updated"]
        assert len(second.rows(stream)) == changed > 0
        bookmark = second.bookmark(stream)
        assert bookmark["seq"] == 2
        counts = bookmark["counts"]
        assert counts["extracted"] == first.bookmark(stream)["counts"]["extracted"] + changed
        assert counts["extracted"] + counts["already_seen"] == counts["count"]


def test_a_full_table_is_read_whole_each_time_and_counts_on(emulator):
    first = sync(emulator, include=["store_stock"])
    second = sync(emulator, include=["store_stock"], state=first.state)
    assert len(second.rows("store_stock")) == len(first.rows("store_stock")) > 0
    assert second.bookmark("store_stock")["seq"] == 2
    assert (
        second.bookmark("store_stock")["counts"]["count"]
        == 2 * first.bookmark("store_stock")["counts"]["count"]
    )


def test_rows_say_which_business_unit_they_are_from(emulator):
    rows = sync(emulator, include=["store_stock"]).rows("store_stock")
    assert {row["_sdc_business_unit"] for row in rows} == {emulator.sfmc["account_id"]}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_selected_is_in_no_schema_message_or_file(emulator, tmp_path, way):
    catalog = select(discover(emulator), "contacts", without=("EmailAddress", "Phone", "_sdc_business_unit"))
    output = sync(emulator, catalog=catalog, **ways(tmp_path, way))
    assert output.streams == ["contacts"]
    rows = output.rows("contacts")
    assert rows
    for names in (output.schemas["contacts"]["schema"]["properties"], *rows):
        assert "EmailAddress" not in names
        assert "Phone" not in names
        assert "City" in names


def test_a_catalog_can_ask_for_a_full_table(emulator):
    catalog = select(discover(emulator), "contacts", replication_method="FULL_TABLE")
    output = sync(emulator, catalog=catalog)
    assert "replication_key" not in output.bookmark("contacts")


@pytest.mark.parametrize("field", ["SignupDate", "LoyaltyPoints"])
def test_any_date_or_number_can_be_the_replication_key(tenant, field):
    catalog = select(discover(tenant), "contacts", replication_key=field, replication_method="INCREMENTAL")
    first = sync(tenant, catalog=catalog)
    assert first.bookmark("contacts")["replication_key"] == field
    assert len(first.rows("contacts")) == len(tenant.source_rows("contacts"))
    second = sync(tenant, replication_keys={"contacts": field}, include=["contacts"], state=first.state)
    assert second.of_type("RECORD") == []


@pytest.mark.parametrize(
    "switches", [{}, {"sfmc.rowset_order": "ignored"}, {"sfmc.rowset_filter": "ignored"}]
)
def test_a_row_whose_number_rises_after_its_page_was_read_comes_in_the_next_run(tenant, switches):
    """A later page brings a number that is higher still; the bookmark must not pass the row's."""
    fields = [{"name": "Id", "type": "Number", "is_primary_key": True}, {"name": "Version", "type": "Number"}]
    rows = [{"Id": number, "Version": number} for number in range(60)]
    tenant.define({"name": "Counted", "key": "counted", "fields": fields, "rows": rows})
    tenant.set_switches(switches)
    settings = {"include": ["counted"], "replication_keys": {"counted": "Version"}, "page_size": 20}
    changes = [{"Id": 5, "Version": 1000}, {"Id": 50, "Version": 1001}]
    rule = {
        "path": "/token/",
        "query": "page=3",
        "fault": {"write_rows": {"key": "counted", "upsert": changes}},
    }
    tenant.faults([{"cloud": "sfmc", "nth": 1, **rule}])
    first = sync(tenant, **settings, concurrency=1)
    versions = [row["Version"] for row in first.rows("counted")]
    assert (len(versions), 5 in versions, 1001 in versions) == (60, True, True)
    second = sync(tenant, **settings, state=first.state)
    assert [row["Id"] for row in second.rows("counted")] == [5]
    assert sync(tenant, **settings, state=second.state).rows("counted") == []


def test_another_replication_key_starts_again(emulator):
    first = sync(emulator, include=["contacts"])
    second = sync(
        emulator, include=["contacts"], replication_keys={"contacts": "SignupDate"}, state=first.state
    )
    assert len(second.rows("contacts")) == len(first.rows("contacts"))
    assert second.bookmark("contacts")["seq"] == 2


def test_start_date_bounds_the_first_run(emulator):
    everything = sync(emulator, include=["contacts"]).rows("contacts")
    some = sync(emulator, include=["contacts"], start_date="2026-06-01").rows("contacts")
    late = [row for row in everything if row["ModifiedDate"] >= "2026-06-01T00:00:00Z"]
    assert 0 < len(late) < len(everything)
    # The overlap reaches back behind the start.
    assert {row["SubscriberKey"] for row in late} <= {row["SubscriberKey"] for row in some}
    assert min(row["ModifiedDate"] for row in some) >= "2026-05-31T23:55:00Z"


def test_another_clock_shifts_the_dates_of_its_fields_only(emulator):
    shifted = sync(emulator, include=["contacts"], timezones={"contacts.SignupDate": "UTC"}).rows("contacts")
    plain = {row["SubscriberKey"]: row for row in sync(emulator, include=["contacts"]).rows("contacts")}
    row = next(row for row in shifted if row["SignupDate"])
    assert row["ModifiedDate"] == plain[row["SubscriberKey"]]["ModifiedDate"]
    assert row["SignupDate"] < plain[row["SubscriberKey"]]["SignupDate"]


@pytest.mark.parametrize("state", [None, {"bookmarks": {"web_activity": {"seq": 3}}}])
def test_a_first_look_stops_early_and_leaves_no_state(emulator, state):
    """Not even the one to start from: a target would wait for another one to cover the rows."""
    output = sync(emulator, include=["contacts"], max_rows_per_stream=7, state=state)
    assert len(output.rows("contacts")) == 7
    assert output.states == []


def test_mid_stream_states_are_each_safe_to_resume_from(emulator):
    whole = sync(emulator, include=["campaign_engagement"])
    output = sync(emulator, include=["campaign_engagement"], page_size=100, state_every_rows=250)
    keys = [row["EventID"] for row in output.rows("campaign_engagement")]
    assert sorted(keys) == sorted(row["EventID"] for row in whole.rows("campaign_engagement"))
    numbers = [state["bookmarks"]["campaign_engagement"]["seq"] for state in output.states[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 3

    before: list[str] = []
    messages = iter(output.messages[1:])
    for message in messages:
        if message["type"] == "RECORD":
            before.append(message["record"]["EventID"])
        if message["type"] == "STATE":
            rest = sync(emulator, include=["campaign_engagement"], state=message["value"])
            assert sorted(before + [row["EventID"] for row in rest.rows("campaign_engagement")]) == sorted(
                keys
            )


def test_activate_version_comes_after_the_last_row_and_before_the_state(emulator):
    output = sync(emulator, include=["store_stock", "contacts"], emit_activate_version_messages=True)
    kinds = [message["type"] for message in output.messages if message.get("stream") != "contacts"]
    assert kinds.count("ACTIVATE_VERSION") == 1
    place = kinds.index("ACTIVATE_VERSION")
    assert "RECORD" not in kinds[place:]
    assert kinds[place + 1] == "STATE"
    (version,) = {
        message["version"] for message in output.of_type("RECORD") if message["stream"] == "store_stock"
    }
    assert version == output.of_type("ACTIVATE_VERSION")[0]["version"]


def test_a_full_refresh_is_due_after_so_many_days(emulator):
    first = sync(emulator, include=["contacts"])
    state = first.state
    assert sync(emulator, include=["contacts"], full_refresh_every=7, state=state).rows("contacts") == []
    state["bookmarks"]["contacts"]["full_read"] = "2020-01-01T00:00:00Z"
    again = sync(emulator, include=["contacts"], full_refresh_every=7, state=state)
    assert len(again.rows("contacts")) == len(first.rows("contacts"))
    assert again.bookmark("contacts")["seq"] == 2
    assert again.bookmark("contacts")["full_read"] > "2020-01-01T00:00:00Z"


def test_a_renamed_data_extension_is_no_new_stream(tenant):
    first = sync(tenant, include=["contacts"])
    state = {"bookmarks": {"people": first.bookmark("contacts")}}
    output = sync(tenant, include=["contacts"], state=state)
    assert output.rows("contacts") == []
    assert output.states[0] == first.state, "the state that a run starts with has the new name"


@pytest.mark.parametrize(
    ("stream", "entries", "says"),
    [
        ("store_stock", {"replication_method": "INCREMENTAL"}, "no replication key"),
        ("contacts", {"replication_method": "LOG_BASED"}, "no replication method LOG_BASED"),
        ("contacts", {"replication_method": "INCREMENTAL", "replication_key": "City"}, "neither a Date nor"),
    ],
)
def test_a_catalog_that_asks_for_what_cannot_be_is_refused(emulator, stream, entries, says):
    output = sync(emulator, catalog=select(discover(emulator), stream, **entries))
    assert isinstance(output.error, ConfigurationError)
    assert says in str(output.error)
    assert output.messages == []


def test_progress_is_told_in_a_line(emulator, caplog):
    caplog.set_level("INFO")
    sync(emulator, include=["contacts"], page_size=50)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "tap-sfmc.progress"]
    assert line.startswith("contacts: 200 of 200 rows (100%), ")
    assert line.endswith(" requests, 0 retries")


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_config": {"storage": {"root": "nosuch://bucket"}}},
        {"batch_config": {"storage": {"root": "{file}/below"}}},
        {"detect_deletes": ["contacts"], "key_store": "{file}/below"},
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_any_row(emulator, tmp_path, settings):
    (tmp_path / "file").touch()
    settings = json.loads(json.dumps(settings).replace("{file}", str(tmp_path / "file")))
    output = sync(emulator, include=["campaign_engagement", "contacts"], **settings)
    assert isinstance(output.error, ConfigurationError)
    assert output.messages == []
