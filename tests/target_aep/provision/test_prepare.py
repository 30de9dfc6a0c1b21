"""Provisioning against the emulator: what is made, what is reused, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_aep.errors import ConfigurationError, DataError
from target_aep.xdm import XdmType
from target_aep.xdm.paths import find
from tests.target_aep.provision.conftest import (
    CLICKS,
    EMAIL,
    EVENT,
    INT,
    KEY,
    PEOPLE,
    PEOPLE_MAPPING,
    PROFILE,
    TEXT,
    WHEN,
    Prepare,
    with_properties,
)

if TYPE_CHECKING:
    from target_aep.aep import Clients

Writes = "Callable[[], list[tuple[str, str]]]"


def test_a_profile_dataset_is_made_with_schema_identities_and_tags(
    prepared: Prepare, clients: Clients
) -> None:
    made = prepared(PROFILE)
    dataset = clients.catalog.dataset(made.dataset_id)
    assert dataset is not None
    assert dataset.name == "People"
    assert dataset.profile_enabled
    assert dataset.identity_enabled
    described = {
        (item["xdm:sourceProperty"], item["xdm:namespace"], item["xdm:isPrimary"])
        for item in clients.registry.descriptors(made.schema_id)
    }
    assert described == {
        ("/_acme/subscriberKey", "SFMCSubscriberKey", True),
        ("/personalEmail/address", "Email", False),
    }
    assert "SFMCSubscriberKey" in {namespace.code for namespace in clients.namespaces.all()}
    assert (made.behaviour, made.tenant_id, made.key_paths) == ("profile", "acme", ("_acme.subscriberKey",))
    assert made.profile_enabled


def test_types_are_wide_and_what_the_source_promises_is_in_the_description(
    prepared: Prepare,
) -> None:
    made = prepared({**PROFILE, "profile": False})
    points, key = find(made.schema, "_acme.points"), find(made.schema, "_acme.subscriberKey")
    assert points is not None
    assert key is not None
    assert points.type is XdmType.INT
    assert (key.type, key.max_length) == (XdmType.STRING, None)
    assert key.description == "At most 100 characters. Never empty in the source."


def test_the_second_time_nothing_is_written(prepared: Prepare, writes: Any) -> None:
    first = prepared(PROFILE)
    assert writes()
    second = prepared(PROFILE)
    assert writes() == []
    assert (second.dataset_id, second.schema_id) == (first.dataset_id, first.schema_id)


def test_an_event_gets_a_timestamp_and_a_deterministic_id(prepared: Prepare) -> None:
    made = prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    row = {"EventID": "e1", "EventDate": "2026-01-02T03:04:05Z", "_sdc_business_unit": "de", "Revenue": 1.5}
    first, again = made.mapping.preview([row, dict(row)], made.schema)
    assert first["errors"] is None
    assert first["data"] == again["data"]
    assert len(first["data"]["_id"]) == 64
    assert first["data"]["_acme"]["revenue"] == 1.5
    assert {"_id", "timestamp"} <= made.schema.required


def test_an_adhoc_dataset_keeps_its_fields_in_the_namespace_of_its_class(prepared: Prepare) -> None:
    made = prepared({"class": "adhoc"})
    assert made.behaviour == "adhoc"
    namespace = next(name for name in made.schema.fields if name.startswith("_"))
    assert find(made.schema, f"{namespace}.firstName") is not None
    assert made.mapping.preview([{"First Name": "Ann"}], made.schema)[0]["data"] == {
        namespace: {"firstName": "Ann"}
    }


def test_a_relational_schema_has_key_and_version_and_its_fields_at_the_root(
    prepared: Prepare, clients: Clients
) -> None:
    made = prepared({"class": "relational", "version": "ModifiedDate", "mapping": {
        "mappings": [
            {"source": "SubscriberKey", "destination": "_{TENANT_ID}.subscriberKey"},
            {"source": "ModifiedDate", "destination": "_{TENANT_ID}.modified"},
        ]
    }})  # fmt: skip
    kinds = {
        item["@type"]: item["xdm:sourceProperty"] for item in clients.registry.descriptors(made.schema_id)
    }
    assert kinds["xdm:descriptorVersion"] == "/modified"
    assert kinds["xdm:descriptorPrimaryKey"] in ("/subscriberKey", ["/subscriberKey"])
    assert set(made.schema.fields) == {"subscriberKey", "modified"}
    assert made.key_paths == ("subscriberKey",)


def test_identities_can_be_kept_in_an_identity_map(prepared: Prepare) -> None:
    identities = [
        {"path": "identityMap", "source": "SubscriberKey", "namespace": "Crm", "primary": True},
        {"path": "identityMap", "source": "EmailAddress", "namespace": "Email", "normalise": "lower"},
    ]
    entry = {**EVENT, "identities": identities, "profile": True}
    made = prepared(entry, CLICKS, stream="clicks", keys=("EventID",))
    row = {
        "EventID": "1",
        "EventDate": "2026-01-02T03:04:05Z",
        "SubscriberKey": "s",
        "EmailAddress": "A@B.co",
    }
    found = made.mapping.preview([row], made.schema)[0]
    assert found["data"]["identityMap"] == {
        "Crm": [{"id": "s", "primary": True}],
        "Email": [{"id": "a@b.co", "primary": False}],
    }
    assert "identityMap" in made.schema.required


def test_a_new_field_is_added_and_the_others_keep_their_place(prepared: Prepare) -> None:
    first = prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    wider = with_properties(CLICKS, **{"Offer Code": TEXT, "EmailSource": TEXT})
    second = prepared(EVENT, wider, stream="clicks", keys=("EventID",))
    assert second.schema_id == first.schema_id
    assert find(second.schema, "_acme.offerCode") is not None
    assert find(second.schema, "_acme.revenue") == find(first.schema, "_acme.revenue")


def test_a_column_of_a_like_name_does_not_take_the_field_of_another(
    prepared: Prepare, clients: Clients
) -> None:
    def destinations(*names: str) -> dict[str, str]:
        made = prepared({"dataset": "Like"}, {"properties": dict.fromkeys(names, TEXT)}, keys=())
        return {mapping.source: mapping.destination for mapping in made.mapping.mappings}

    assert destinations("EmailAddress") == {"EmailAddress": "_acme.emailAddress"}
    both = destinations("Email Address", "EmailAddress")
    assert both["EmailAddress"] == "_acme.emailAddress"
    assert destinations("Email Address") == {"Email Address": both["Email Address"]}
    (group,) = clients.registry.resources("fieldgroups")
    title = "/definitions/customFields/properties/_acme/properties/emailAddress/title"
    clients.registry.patch("fieldgroups", group["$id"], [{"op": "replace", "path": title, "value": "Mail"}])
    assert destinations("Email Address", "EmailAddress") == both
    with pytest.raises(ConfigurationError, match="would both be emailAddress"):
        destinations("Email Address", "EmailAddress", "E-Mail Address", "email_address")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Revenue": TEXT}, "_acme.revenue is double, Revenue is now string"),
        ({"EventDate": TEXT}, "_acme.eventDate is date-time, EventDate is now string"),
        ({"Revenue": {"type": "object", "properties": {"a": TEXT}}}, "Revenue is now object"),
    ],
)
def test_a_breaking_change_stops_the_stream_with_the_ways_out(
    prepared: Prepare, writes: Any, change: dict[str, Any], told: str
) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    writes()
    with pytest.raises(DataError, match="for ever") as raised:
        prepared(EVENT, with_properties(CLICKS, **change), stream="clicks", keys=("EventID",))
    assert told in str(raised.value)
    assert "types." in raised.value.remedy
    assert writes() == []


def test_profile_has_one_type_for_each_field(prepared: Prepare, writes: Any) -> None:
    prepared(PROFILE)
    numbers = with_properties(PEOPLE, LoyaltyPoints=TEXT)
    writes()
    with pytest.raises(DataError, match=r"_acme\.points is int, and string here") as raised:
        prepared({**PROFILE, "dataset": "More people"}, numbers)
    assert "set types.LoyaltyPoints to int" in raised.value.remedy
    assert writes() == []
    prepared({**PROFILE, "dataset": "More people", "types": {"LoyaltyPoints": "int"}}, numbers)
    lake_only = {**PROFILE, "dataset": "Lake only", "profile": False}
    prepared(lake_only, numbers)
    with pytest.raises(DataError, match="map LoyaltyPoints to a field of another name; or leave"):
        prepared({**lake_only, "profile": True}, numbers)


def test_the_first_way_out_works(prepared: Prepare) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    changed = with_properties(CLICKS, Revenue=TEXT)
    made = prepared({**EVENT, "types": {"Revenue": "double"}}, changed, stream="clicks", keys=("EventID",))
    row = {"EventID": "1", "EventDate": "2026-01-02T03:04:05Z", "Revenue": "2.5"}
    assert made.mapping.preview([row], made.schema)[0]["data"]["_acme"]["revenue"] == 2.5


def test_a_type_that_grew_narrower_is_no_breaking_change(prepared: Prepare) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    narrower = with_properties(CLICKS, Revenue={"type": "integer"}, EmailAddress=WHEN)
    prepared(EVENT, narrower, stream="clicks", keys=("EventID",))


def test_a_dataset_renamed_in_aep_is_found_again(prepared: Prepare, clients: Clients, writes: Any) -> None:
    first = prepared(PROFILE)
    clients.catalog.patch_dataset(first.dataset_id, [{"op": "replace", "path": "/name", "value": "Nicer"}])
    writes()
    second = prepared(PROFILE)
    assert (second.dataset_id, second.dataset_name) == (first.dataset_id, "Nicer")
    assert writes() == []


def test_a_dataset_of_others_is_filled_by_name(prepared: Prepare, clients: Clients) -> None:
    own = prepared({**PROFILE, "profile": False})
    others = clients.catalog.create_dataset(name="Theirs", schema_id=own.schema_id)
    made = prepared({"dataset_id": others}, provision=False, schema={
        "properties": {"FIRST_NAME": TEXT, "points": TEXT}
    }, keys=())  # fmt: skip
    destinations = {mapping.source: mapping.destination for mapping in made.mapping.mappings}
    assert destinations == {"FIRST_NAME": "person.name.firstName", "points": "_acme.points"}
    assert made.dataset_id == others


@pytest.mark.parametrize("how", ["id", "alternative id", "title"])
def test_a_dataset_is_made_with_a_schema_of_others(prepared: Prepare, clients: Clients, how: str) -> None:
    schema_id = prepared({**PROFILE, "profile": False}).schema_id
    document = clients.registry.get("schemas", schema_id) or {}
    by = {
        "id": {"schema_id": schema_id},
        "alternative id": {"schema_id": document["meta:altId"]},
        "title": {"schema": "People"},
    }
    for _ in range(2):
        made = prepared({"dataset": "Other people", **by[how]}, {"properties": {"points": INT}}, keys=())
        assert (made.dataset_name, made.schema_id) == ("Other people", schema_id)
    assert [mapping.destination for mapping in made.mapping.mappings] == ["_acme.points"]


def test_a_dataset_that_is_of_another_schema_than_said_is_refused(prepared: Prepare) -> None:
    prepared({**PROFILE, "profile": False})
    prepared({"dataset": "Elsewhere"})
    with pytest.raises(ConfigurationError, match="'Elsewhere' is of schema 'Elsewhere'"):
        prepared({"dataset": "Elsewhere", "schema": "People"})


def test_two_streams_can_share_a_dataset(prepared: Prepare) -> None:
    one = prepared({"dataset": "All"}, stream="one")
    two = prepared({"dataset": "All"}, with_properties(PEOPLE, Extra=TEXT), stream="two")
    assert one.dataset_id == two.dataset_id
    assert find(two.schema, "_acme.extra") is not None


def test_profile_is_enabled_later_when_asked_and_upsert_after_that(
    prepared: Prepare, clients: Clients
) -> None:
    plain = prepared({**PROFILE, "profile": False})
    assert not plain.profile_enabled
    assert prepared(PROFILE).dataset_id == plain.dataset_id
    made = prepared({**PROFILE, "load_method": "upsert"})
    dataset = clients.catalog.dataset(plain.dataset_id)
    assert dataset is not None
    assert dataset.profile_enabled
    assert dataset.upsert
    assert made.upsert


def test_what_profile_needs_is_required_of_each_row(prepared: Prepare) -> None:
    made = prepared(PROFILE)
    assert "_acme" in made.schema.required
    assert made.schema.fields["_acme"].required == {"subscriberKey"}


def test_without_provision_what_is_missing_is_listed(prepared: Prepare, writes: Any) -> None:
    with pytest.raises(ConfigurationError, match="create dataset 'People'") as raised:
        prepared(PROFILE, provision=False)
    assert "plan" in raised.value.remedy
    assert writes() == []


def test_a_dry_run_writes_nothing_and_knows_the_schema(prepared: Prepare, writes: Any) -> None:
    made = prepared(PROFILE, dry_run=True)
    assert writes() == []
    assert (made.dataset_id, made.schema_id) == ("", "")
    assert find(made.schema, "_acme.points") is not None
    assert find(made.schema, "person.name.firstName") is not None


def mapped(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"mappings": [{"sourceType": "ATTRIBUTE", "source": a, "destination": b} for a, b in pairs]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown standard field": (
        {"mapping": mapped(("First Name", "person.name.fristName"))},
        "Did you mean person.name.firstName",
    ),
    "no field name": ({"mapping": mapped(("First Name", "_{TENANT_ID}.first-name"))}, "no legal name"),
    "object and value": (
        {"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("First Name", "_{TENANT_ID}.a.b"))},
        "contradicts another",
    ),
    "destination twice": (
        {"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("First Name", "_{TENANT_ID}.a"))},
        "two mappings",
    ),
    "expression": (
        {
            "mapping": {
                "mappings": [
                    {"sourceType": "EXPRESSION", "source": "lower(", "destination": "_{TENANT_ID}.a"}
                ]
            }
        },
        "calculated field for _acme.a",
    ),
    "no such file": ({"mapping": "nothing.json"}, "there is no mapping"),
    "no such dataset": ({"dataset_id": "5c8c3c555033b814b69f947f"}, "there is no dataset"),
    "no such schema": ({"schema_id": "https://ns.adobe.com/acme/schemas/1"}, "there is no schema"),
    "no such title": ({"schema": "Nobody's"}, "there is no schema"),
    "misspelt type": ({"types": {"LoyaltyPoint": "long"}}, "Did you mean 'LoyaltyPoints'?"),
    "identity not mapped": ({"identities": [{**KEY, "path": "_{TENANT_ID}.nope"}]}, "nothing is mapped"),
    "namespace in another case": (
        {"mapping": PEOPLE_MAPPING, "identities": [{**EMAIL, "namespace": "email"}]},
        "is written Email",
    ),
    "event without key": ({**EVENT, "timestamp": "ModifiedDate", "id_fields": ["Nope"]}, "no field Nope"),
    "event without time": ({**EVENT, "timestamp": "Nope"}, "ModifiedDate"),
    "relational without version": ({"class": "relational"}, "needs a version"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_told_before_anything_is_made(prepared: Prepare, writes: Any, case: str) -> None:
    entry, said = REFUSED[case]
    with pytest.raises(ConfigurationError) as raised:
        prepared(entry)
    assert said in str(raised.value)
    assert writes() == []


def test_a_dataset_of_another_class_is_refused(prepared: Prepare) -> None:
    prepared({**PROFILE, "profile": False})
    with pytest.raises(ConfigurationError, match="of class profile, not event"):
        prepared({**EVENT, "dataset": "People", "timestamp": "ModifiedDate"})


def test_an_identity_that_is_described_otherwise_is_refused(prepared: Prepare) -> None:
    prepared(PROFILE)
    swapped = [{**KEY, "primary": False}, {**EMAIL, "primary": True}]
    with pytest.raises(ConfigurationError, match="primary identity is /_acme/subscriberKey"):
        prepared({**PROFILE, "identities": swapped})
    with pytest.raises(ConfigurationError, match="described already"):
        prepared({**PROFILE, "identities": [KEY, {**EMAIL, "namespace": "Phone"}]})


def test_two_datasets_of_a_name_need_an_id(prepared: Prepare, clients: Clients) -> None:
    own = prepared({**PROFILE, "dataset": "Original", "profile": False})
    for _ in range(2):
        clients.catalog.create_dataset(name="Twins", schema_id=own.schema_id)
    with pytest.raises(ConfigurationError, match="2 datasets named 'Twins'"):
        prepared({"dataset": "Twins"})


def test_a_title_that_belongs_to_another_kind_of_resource_is_told(
    prepared: Prepare, clients: Clients
) -> None:
    prepared({**PROFILE, "profile": False})
    with pytest.raises(ConfigurationError, match="title 'People fields' is taken"):
        prepared({"dataset": "People fields", "mapping": mapped(("EmailAddress", "personalEmail.address"))})


def test_a_source_field_that_the_stream_lacks_is_a_warning(prepared: Prepare) -> None:
    made = prepared({"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("Gone", "_{TENANT_ID}.b"))})
    assert made.warnings == ("mapped, but not in the stream: Gone",)


NESTED = {
    "properties": {
        "id": TEXT,
        "address": {
            "type": "object",
            "properties": {
                "street name": TEXT,
                "zip": TEXT,
                "geo": {"type": "object", "properties": {"x-y": INT}},
            },
        },
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": TEXT}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
}


def test_nested_objects_and_lists_of_any_tap_arrive(prepared: Prepare) -> None:
    made = prepared({"dataset": "Orders"}, NESTED, keys=("id",))
    address = {"street name": "Main", "zip": "1", "geo": {"x-y": 2}}
    row = {"id": "1", "address": address, "lines": [{"sku": "a"}, {"sku": "b"}], "tags": ["t"]}
    found = made.mapping.preview([row], made.schema)[0]
    assert found["errors"] is None
    assert found["data"]["_acme"] == {
        "id": "1",
        "address": {"streetName": "Main", "zip": "1", "geo": {"xY": 2}},
        "lines": [{"sku": "a"}, {"sku": "b"}],
        "tags": ["t"],
    }


def test_an_attribute_that_is_new_within_a_list_is_added(prepared: Prepare) -> None:
    prepared({"dataset": "Orders"}, NESTED, keys=("id",))
    line = {"type": "object", "properties": {"sku": TEXT, "price": {"type": "number"}}}
    wider = with_properties(NESTED, lines={"type": "array", "items": line})
    made = prepared({"dataset": "Orders"}, wider, keys=("id",))
    found = made.mapping.preview([{"lines": [{"sku": "a", "price": 1.5}]}], made.schema)[0]
    assert found["data"]["_acme"]["lines"] == [{"sku": "a", "price": 1.5}]
    changed = with_properties(
        NESTED, lines={"type": "array", "items": {**line, "properties": {"sku": INT, "price": TEXT}}}
    )
    with pytest.raises(DataError, match=r"lines\[\*\].price is double"):
        prepared({"dataset": "Orders"}, changed, keys=("id",))


def test_how_identities_are_normalised_is_noted(prepared: Prepare) -> None:
    notes = prepared({**PROFILE, "identities": [KEY, {**EMAIL, "placeholders": ["n/a"]}]}).notes
    assert notes == ("identity personalEmail.address (Email) is normalised: trim, lower, 'n/a' is no value",)


def test_the_primary_identity_that_a_schema_describes_counts_as_one_that_is_configured(
    prepared: Prepare,
) -> None:
    theirs = prepared(PROFILE)
    made = prepared({"dataset_id": theirs.dataset_id, "mapping": PEOPLE_MAPPING})
    assert made.schema.fields["_acme"].required == {"subscriberKey"}
    assert made.key_paths == ("_acme.subscriberKey",)
    assert "the dataset is enabled for Profile in AEP; it stays so" in made.warnings
    elsewhere = mapped(("EmailAddress", "personalEmail.address"))
    with pytest.raises(ConfigurationError, match=r"primary identity _acme\.subscriberKey: no row would"):
        prepared({"dataset_id": theirs.dataset_id, "mapping": elsewhere})


def test_a_dataset_that_feeds_profile_by_halves_is_told(prepared: Prepare, clients: Clients) -> None:
    made = prepared(PROFILE)
    half = [{"op": "add", "path": "/tags/unifiedIdentity", "value": ["enabled:false"]}]
    clients.catalog.patch_dataset(made.dataset_id, half)
    assert "not for Identity" in prepared({**PROFILE, "profile": False}).warnings[-1]
    with pytest.raises(ConfigurationError, match="enable dataset 'People' for Profile and Identity"):
        prepared(PROFILE, provision=False)
    prepared(PROFILE)
    found = clients.catalog.dataset(made.dataset_id)
    assert found is not None
    assert found.identity_enabled


def test_values_that_identity_service_ignores_are_no_primary_identity(prepared: Prepare) -> None:
    field = find(prepared(PROFILE).schema, "_acme.subscriberKey")
    assert field is not None
    assert {"", "null", "anonymous", "invalid"} == set(field.refused)
    assert field.max_length == 1024
    lake_only = find(prepared({**PROFILE, "dataset": "Lake", "profile": False}).schema, "_acme.subscriberKey")
    assert lake_only is not None
    assert not lake_only.refused


def test_types_of_another_stream_of_the_same_entry_are_a_warning(prepared: Prepare) -> None:
    made = prepared({"types": {"Quantity": "long"}})
    assert made.warnings == ("types has entries of no field of the stream: Quantity",)


def test_an_ecid_must_be_one(prepared: Prepare) -> None:
    made = prepared({"identities": [{"path": "_{TENANT_ID}.subscriberKey", "namespace": "ECID"}]})
    field = find(made.schema, "_acme.subscriberKey")
    assert field is not None
    assert field.pattern == r"^\d{38}$"


def test_schema_and_field_group_renamed_in_aep_are_extended_as_before(
    prepared: Prepare, clients: Clients
) -> None:
    first = prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    (group,) = clients.registry.resources("fieldgroups")
    for kind, resource_id, title in (
        ("schemas", first.schema_id, "Our clicks"),
        ("fieldgroups", group["$id"], "Ours"),
    ):
        clients.registry.patch(kind, resource_id, [{"op": "replace", "path": "/title", "value": title}])
    second = prepared(EVENT, with_properties(CLICKS, Extra=TEXT), stream="clicks", keys=("EventID",))
    assert second.schema_id == first.schema_id
    assert find(second.schema, "_acme.extra") is not None
    assert [each["title"] for each in clients.registry.resources("fieldgroups")] == ["Ours"]


def test_more_fields_than_a_row_may_have_are_refused_before_anything_is_made(
    prepared: Prepare, writes: Any
) -> None:
    wide = {"properties": {f"f{n}": TEXT for n in range(5_000)}}
    nested = {"properties": {"a": {"type": "object", **wide}, "b": {"type": "object", **wide}, "c": TEXT}}
    with pytest.raises(ConfigurationError, match="fields in a row: 10,001"):
        prepared({}, nested, keys=())
    assert writes() == []


def test_listings_of_the_registry_are_never_begun_at_zero(prepared: Prepare, lake: Any) -> None:
    prepared(PROFILE)
    prepared({**PROFILE, "dataset": "More people"})
    listed = [
        request
        for request in lake.requests("aep")
        if request["method"] == "GET"
        and request["path"].endswith(("/schemas", "/fieldgroups", "/descriptors"))
    ]
    assert listed
    assert not [request for request in listed if "start=" in request["query"]]


def test_a_field_group_of_others_is_not_extended_for_its_title(prepared: Prepare, clients: Clients) -> None:
    def group(title: str) -> dict[str, Any]:
        (found,) = [
            each for each in clients.registry.resources("fieldgroups", full=True) if each["title"] == title
        ]
        return found

    theirs = prepared({**PROFILE, "profile": False})
    before = group("People fields")
    description = [{"op": "replace", "path": "/description", "value": "made by somebody else"}]
    clients.registry.patch("fieldgroups", before["$id"], description)
    entry = {
        "dataset": "Mine",
        "schema_id": theirs.schema_id,
        "mapping": mapped(("Extra", "_{TENANT_ID}.extra")),
    }
    for _ in range(2):
        made = prepared(entry, with_properties(PEOPLE, Extra=TEXT))
        assert find(made.schema, "_acme.extra") is not None
    assert group("People fields")["definitions"] == before["definitions"]
    assert len(list(clients.registry.resources("fieldgroups"))) == 2


def test_a_steady_run_asks_little(prepared: Prepare, lake: Any) -> None:
    prepared(PROFILE)
    lake.clear_requests()
    prepared(PROFILE)
    asked = [request["path"].rpartition("/data/")[2] for request in lake.requests("aep")]
    assert len(asked) <= 4, asked
