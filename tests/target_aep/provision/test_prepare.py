"""Provisioning against the emulator: what is made for a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_aep.xdm import XdmType
from target_aep.xdm.paths import find
from tests.target_aep.provision.conftest import (
    CLICKS,
    EMAIL,
    EVENT,
    INT,
    KEY,
    PROFILE,
    TEXT,
    Prepare,
)

if TYPE_CHECKING:
    from target_aep.aep import Clients

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


def test_what_profile_needs_is_required_of_each_row(prepared: Prepare) -> None:
    made = prepared(PROFILE)
    assert "_acme" in made.schema.required
    assert made.schema.fields["_acme"].required == {"subscriberKey"}


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


def test_how_identities_are_normalised_is_noted(prepared: Prepare) -> None:
    notes = prepared({**PROFILE, "identities": [KEY, {**EMAIL, "placeholders": ["n/a"]}]}).notes
    assert notes == ("identity personalEmail.address (Email) is normalised: trim, lower, 'n/a' is no value",)


def test_values_that_identity_service_ignores_are_no_primary_identity(prepared: Prepare) -> None:
    field = find(prepared(PROFILE).schema, "_acme.subscriberKey")
    assert field is not None
    assert {"", "null", "anonymous", "invalid"} == set(field.refused)
    assert field.max_length == 1024
    lake_only = find(prepared({**PROFILE, "dataset": "Lake", "profile": False}).schema, "_acme.subscriberKey")
    assert lake_only is not None
    assert not lake_only.refused


def test_an_ecid_must_be_one(prepared: Prepare) -> None:
    made = prepared({"identities": [{"path": "_{TENANT_ID}.subscriberKey", "namespace": "ECID"}]})
    field = find(made.schema, "_acme.subscriberKey")
    assert field is not None
    assert field.pattern == r"^\d{38}$"
