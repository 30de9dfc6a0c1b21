"""Which data extensions are streams, under which names, with which schema."""

import json

import pytest

from tap_sfmc.errors import ConfigurationError, PermissionDeniedError, RemoteError
from tap_sfmc.tap import TapSFMC
from tests.tap_sfmc.running import configure, discover, sync

KEY = [{"name": "Id", "type": "Text", "length": 36, "is_primary_key": True, "is_required": True}]


def streams(catalog):
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def facts(entry, *breadcrumb):
    items = {tuple(item["breadcrumb"]): item["metadata"] for item in entry["metadata"]}
    return items[breadcrumb]["sfmc"]


def test_all_five_families_are_found_with_their_folders(emulator):
    found = streams(discover(emulator))
    families = {facts(entry)["family"] for entry in found.values()}
    assert families == {
        "dataextension",
        "salesforcedataextension",
        "shared_dataextension",
        "shared_salesforcedataextension",
        "synchronizeddataextension",
    }
    assert facts(found["contacts"])["folder"] == "Data Extensions/Customers"
    assert "folder" not in facts(found["without_folder"])


def test_what_the_parent_shares_can_be_left_out_and_its_rows_are_read(emulator):
    assert "shared_products" not in streams(discover(emulator, shared_data_extensions=False))
    for extraction in ("rest", "soap"):
        assert sync(emulator, include=["shared_products"], extraction=extraction).rows("shared_products")


def test_system_data_extensions_are_hidden_unless_asked_for(emulator):
    hidden = set(streams(discover(emulator, system_data_extensions=True))) - set(streams(discover(emulator)))
    assert hidden
    (one, *_) = hidden
    assert one in streams(discover(emulator, include=[one]))


def test_streams_can_be_chosen_by_name_key_folder_or_stream(emulator):
    for pattern in ("Campaign Eng*", "campaign-engagement", "*/Campaigns/*", "campaign_engagement"):
        assert list(streams(discover(emulator, include=[pattern]))) == ["campaign_engagement"]
    without = streams(discover(emulator, include=["*/Oddities*", "contacts"], exclude=["*300*"]))
    assert "wide_300" not in without
    assert {"contacts", "every_type"} <= set(without)


def test_several_business_units_are_read_in_one_run(emulator):
    main = emulator.sfmc["account_id"]
    units = [{"account_id": main, "alias": "Retail"}, {"account_id": str(int(main) + 1), "alias": "Outlet"}]
    found = streams(discover(emulator, account_id=None, business_units=units))
    assert "retail_contacts" in found
    assert any(name.startswith("outlet_") for name in found)
    assert any(name.startswith("shared_") for name in found)
    assert facts(found["retail_contacts"])["account-id"] == main
    output = sync(emulator, account_id=None, business_units=units, include=["retail_contacts"])
    assert {row["_sdc_business_unit"] for row in output.rows("retail_contacts")} == {"Retail"}


def test_a_business_unit_that_is_refused_does_not_stop_the_others(emulator):
    units = [
        {"account_id": emulator.sfmc["account_id"], "alias": "Retail"},
        {"account_id": "1", "alias": "Gone"},
    ]
    output = sync(emulator, account_id=None, business_units=units, include=["*contacts*"])
    assert output.rows("retail_contacts")
    assert "Gone" in str(output.error)
    assert output.error.exit_code == 1


def test_the_only_business_unit_being_refused_is_a_question_of_permission(emulator):
    assert isinstance(sync(emulator, account_id="1").error, PermissionDeniedError)


def test_the_schema_carries_lengths_types_and_formats(emulator):
    schema = streams(discover(emulator))["every_type"]["schema"]["properties"]
    assert schema["ID"]["type"] == "string"
    assert schema["AText"]["type"] == ["string", "null"]
    assert isinstance(schema["AText"]["maxLength"], int)
    assert schema["ANumber"]["maximum"] == 2**31 - 1
    assert schema["ADate"]["format"] == "date-time"
    assert schema["ADecimal"]["description"].startswith("Decimal(")
    assert schema["ABoolean"]["type"] == ["boolean", "null"]
    assert facts(streams(discover(emulator))["every_type"], "properties", "ADecimal")["scale"] == 2


def test_keys_names_and_fields_may_be_anything(tenant):
    key = "k" * 194 + "/?&%ü"
    fields = [*KEY, {"name": "Lead:E mail", "type": "Text", "length": 9}, {"name": "größe", "type": "Number"}]
    row = {"Id": "1", "Lead:E mail": "a'b", "größe": 3}
    tenant.define({"name": "A: very/odd name", "key": key, "fields": fields, "rows": [row]})
    for extraction in ("rest", "soap"):
        output = sync(tenant, include=["a_very_odd_name"], extraction=extraction)
        assert [{name: each[name] for name in row} for each in output.rows("a_very_odd_name")] == [row]
    assert output.bookmark("a_very_odd_name")["customer_key"] == key


def test_an_odd_field_can_be_the_replication_key(tenant):
    fields = [*KEY, {"name": "It's: changed", "type": "Date"}]
    rows = [{"Id": str(day), "It's: changed": f"2026-01-{day:02}T10:00:00"} for day in range(1, 20)]
    tenant.define({"name": "Odd", "key": "odd", "fields": fields, "rows": rows})
    settings = {"include": ["odd"], "replication_keys": {"odd": "it's: changed"}}
    first = sync(tenant, **settings)
    assert len(first.rows("odd")) == len(rows)
    tenant.write_rows("odd", {"upsert": [{"Id": "3", "It's: changed": "2026-02-01T10:00:00"}]})
    second = sync(tenant, **settings, state=first.state)
    assert [row["Id"] for row in second.rows("odd")] == ["3"]


def test_two_data_extensions_with_one_name_are_two_streams(tenant):
    for key in ("one", "two"):
        tenant.define({"name": "Same name", "key": key, "folder": key, "fields": KEY, "rows": [{"Id": key}]})
    found = [name for name in streams(discover(tenant)) if name.startswith("same_name_")]
    assert len(found) == 2
    assert "same" in streams(discover(tenant, stream_aliases={"one": "same"}))


@pytest.mark.parametrize(
    "settings",
    [
        {"include": ["nothing*"]},
        {"exclude": ["nothing*"]},
        {"soap_streams": ["nothing*"]},
        {"detect_deletes": ["nothing*"]},
        {"replication_keys": {"nothing*": "Id"}},
        {"timezones": {"nothing.*": "UTC"}},
        {"stream_aliases": {"nothing": "a"}},
    ],
)
def test_a_glob_or_key_that_fits_nothing_is_refused_before_any_row(emulator, settings):
    output = sync(emulator, **settings)
    assert isinstance(output.error, ConfigurationError)
    assert "nothing" in str(output.error)
    assert output.messages == []


@pytest.mark.parametrize(
    ("field", "why"), [("Nope", "no field 'Nope'"), ("City", "neither a Date nor a Number")]
)
def test_a_replication_key_that_can_be_none_is_refused(emulator, field, why):
    output = sync(emulator, replication_keys={"contacts": field})
    assert isinstance(output.error, ConfigurationError)
    assert why in str(output.error)
    assert "ModifiedDate" in str(output.error)
    assert output.messages == []


def test_folders_that_are_refused_leave_data_extensions_without_paths(tenant):
    tenant.faults([{"cloud": "sfmc", "payload": "DataFolder", "fault": {"named": "soap_permission_failed"}}])
    found = streams(discover(tenant))
    assert "folder" not in facts(found["contacts"])


def test_an_inventory_that_fails_on_the_way_is_no_inventory(tenant):
    tenant.set_switches({"sfmc.soap_batch_cap": 5})
    assert "contacts" in streams(discover(tenant))
    tenant.faults(
        [{"cloud": "sfmc", "payload": "ContinueRequest>", "fault": {"named": "soap_error_with_text"}}]
    )
    output = sync(tenant)
    assert isinstance(output.error, RemoteError)
    assert "Unexpected failure" in str(output.error)


def test_a_field_that_is_added_is_in_the_next_run(tenant):
    tenant.define({"name": "Growing", "key": "growing", "fields": KEY, "rows": [{"Id": "1"}]})
    assert "New" not in sync(tenant, include=["growing"]).schemas["growing"]["schema"]["properties"]
    fields = [*KEY, {"name": "New", "type": "Number"}]
    tenant.define({"name": "Growing", "key": "growing", "fields": fields, "rows": [{"Id": "1", "New": 5}]})
    output = sync(tenant, include=["growing"])
    assert output.rows("growing")[0]["New"] == 5


def test_fields_without_a_data_extension_and_the_other_way_round_are_no_streams(tenant, caplog):
    """The emulator keeps a field whose data extension is not listed."""
    tenant.set_switches({"sfmc.orphan_fields": True})
    caplog.set_level("INFO")
    assert "contacts" in streams(discover(tenant))
    assert "1 fields belong to no data extension that is listed" in caplog.text
    no_fields = (
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>"
        "<RetrieveResponseMsg xmlns='http://exacttarget.com/wsdl/partnerAPI'>"
        "<OverallStatus>OK</OverallStatus></RetrieveResponseMsg></e:Body></e:Envelope>"
    )
    tenant.faults(
        [
            {
                "cloud": "sfmc",
                "payload": "ObjectType>DataExtensionField<",
                "fault": {"status": 200, "headers": {"Content-Type": "text/xml"}, "body": no_fields},
            }
        ]
    )
    assert streams(discover(tenant)) == {}
    assert "'Contacts' (contacts) has no fields and is left out" in caplog.text


def test_an_account_that_does_not_say_who_its_parent_is_is_read_alone(tenant):
    """A gateway may answer this question with anything, and HTTP 200."""
    tenant.faults([{"cloud": "sfmc", "path": "tokenContext", "fault": {"status": 200, "body": "<a/>"}}])
    assert "contacts" in {each["tap_stream_id"] for each in discover(tenant)["streams"]}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"timezones": {"contacts.Nothing": "UTC"}}, "matches no Date field"),
        ({"timezones": {"contacts.City": "UTC"}}, "matches no Date field"),
        ({"detect_deletes": ["no_key"], "include": ["no_key"]}, "no stream that has a primary key"),
        ({"stream_maps": {"contact": {"Phone": "__NULL__"}}}, "stream_maps: 'contact' matches no stream"),
    ],
)
def test_a_setting_for_what_is_not_there_is_refused(tenant, settings, says):
    tenant.define({"name": "No key", "key": "nk", "fields": [{"name": "A", "type": "Text", "length": 5}]})
    with pytest.raises(ConfigurationError, match=says):
        discover(tenant, **settings)


def test_settings_for_a_business_unit_that_cannot_be_read_do_not_stop_the_others(emulator):
    """What it has is not known, so it is not known either whether its globs fit."""
    units = [
        {"account_id": int(emulator.sfmc["account_id"]), "alias": "Retail"},
        {"account_id": 1, "alias": "Gone"},
    ]
    settings = {"replication_keys": {"gone_*": "Changed"}, "include": ["retail_contacts", "gone_*"]}
    output = sync(emulator, account_id=None, business_units=units, **settings)
    assert output.error.exit_code == 1
    assert "Gone" in str(output.error)
    assert output.rows("retail_contacts")


@pytest.mark.parametrize("exclude", [[], ["c*"], ["*"]], ids=["all", "some", "none"])
def test_the_catalog_that_is_printed_piece_by_piece_is_one_document(emulator, capsys, exclude):
    tap = TapSFMC(config=configure(emulator, exclude=exclude))
    text = tap.run_discovery()
    assert capsys.readouterr().out == text + "\n"
    assert text == json.dumps(discover(emulator, exclude=exclude), indent=2, ensure_ascii=False)
    assert ("contacts" in text) == (exclude == [])
