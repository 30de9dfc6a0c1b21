"""Datasets and schemas that are there already: found again, shared, of others, or not to be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_aep.errors import ConfigurationError
from target_aep.xdm.paths import find
from tests.target_aep.provision.conftest import (
    EMAIL,
    EVENT,
    INT,
    KEY,
    PEOPLE,
    PEOPLE_MAPPING,
    PROFILE,
    TEXT,
    Prepare,
    mapped,
    with_properties,
)

if TYPE_CHECKING:
    from target_aep.aep import Clients


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
