"""How schemas change, before and after they are in use."""

from __future__ import annotations

from urllib.parse import quote

import pytest

REGISTRY = "/data/foundation/schemaregistry"
FULL = "application/vnd.adobe.xed-full+json; version=1"
FIELDS = "/definitions/customFields/properties/_acme/properties"


@pytest.fixture
def group(aep):
    return aep.field_group(
        {
            "key": {"type": "string"},
            "count": {"type": "integer"},
            "size": {"type": "string", "enum": ["S", "M", "L"]},
            "code": {"type": "string", "maxLength": 10},
        }
    )


@pytest.fixture
def used(aep, group):
    """A schema on the field group, with a dataset."""
    schema = aep.schema(group["$id"])
    aep.dataset(schema["$id"])
    return schema


def test_a_patch_adds_a_field_and_moves_the_minor_version(aep, group):
    answer = aep.patch(
        "fieldgroups", group["$id"], {"op": "add", "path": f"{FIELDS}/city", "value": {"type": "string"}}
    )

    assert answer.status_code == 200
    assert answer.json()["version"] == "1.1"
    full = aep.resource("fieldgroups", group["$id"], FULL)
    assert full["properties"]["_acme"]["properties"]["city"]["meta:xdmType"] == "string"


def test_a_new_field_of_a_group_shows_in_the_schemas_that_use_it(aep, group, used):
    aep.patch(
        "fieldgroups", group["$id"], {"op": "add", "path": f"{FIELDS}/city", "value": {"type": "string"}}
    )

    full = aep.resource("schemas", used["$id"], FULL)

    assert "city" in full["properties"]["_acme"]["properties"]
    assert full["version"] == "1.1"


def test_a_field_group_is_added_to_a_schema_in_use(aep, used):
    other = aep.field_group({"more": {"type": "string"}})

    answer = aep.patch(
        "schemas",
        used["$id"],
        {"op": "add", "path": "/meta:extends/-", "value": other["$id"]},
        {"op": "add", "path": "/allOf/-", "value": {"$ref": other["$id"]}},
    )

    assert answer.status_code == 200, answer.text
    assert "more" in aep.resource("schemas", used["$id"], FULL)["properties"]["_acme"]["properties"]


BREAKING = {
    "remove a field": {"op": "remove", "path": f"{FIELDS}/key"},
    "change a type": {"op": "replace", "path": f"{FIELDS}/count", "value": {"type": "string"}},
    "widen int to long": {
        "op": "replace",
        "path": f"{FIELDS}/count",
        "value": {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991},
    },
    "take a value from an enum": {"op": "replace", "path": f"{FIELDS}/size/enum", "value": ["S", "M"]},
    "shorten a string": {"op": "replace", "path": f"{FIELDS}/code/maxLength", "value": 5},
    "demand a pattern": {"op": "add", "path": f"{FIELDS}/key/pattern", "value": "^x"},
    "demand a minimum": {"op": "add", "path": f"{FIELDS}/count/minimum", "value": -2147483000},
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_refused_once_a_dataset_exists(aep, group, used, change):
    before = aep.resource("fieldgroups", group["$id"])

    answer = aep.patch("fieldgroups", group["$id"], change)

    assert answer.status_code == 400, answer.text
    assert "in use" in answer.json()["detail"]
    assert aep.resource("fieldgroups", group["$id"]) == before


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_the_same_change_is_free_before(aep, group, change):
    aep.schema(group["$id"])

    assert aep.patch("fieldgroups", group["$id"], change).status_code == 200


LOOSENING = {
    "another title": {"op": "add", "path": f"{FIELDS}/key/title", "value": "The key"},
    "one more enum value": {"op": "add", "path": f"{FIELDS}/size/enum/-", "value": "XL"},
    "longer strings": {"op": "replace", "path": f"{FIELDS}/code/maxLength", "value": 50},
    "no limit": {"op": "remove", "path": f"{FIELDS}/code/maxLength"},
}


@pytest.mark.parametrize("change", LOOSENING.values(), ids=LOOSENING)
def test_a_loosening_change_is_allowed_in_use(aep, group, used, change):
    assert aep.patch("fieldgroups", group["$id"], change).status_code == 200


def test_a_put_without_a_field_is_a_breaking_change(aep, group, used):
    body = aep.field_group_body({"key": {"type": "string"}}, title=group["title"])

    answer = aep.call("PUT", f"{REGISTRY}/tenant/fieldgroups/{quote(group['$id'], safe='')}", json=body)

    assert answer.status_code == 400
    assert "/_acme/count was removed" in answer.json()["detail"]


def test_a_put_keeps_id_and_creation_date(aep, group):
    body = aep.field_group_body({"key": {"type": "string"}}, title="Another title of a test")

    answer = aep.call("PUT", f"{REGISTRY}/tenant/fieldgroups/{quote(group['$id'], safe='')}", json=body)

    assert answer.status_code == 200
    changed = answer.json()
    assert changed["$id"] == group["$id"]
    assert changed["title"] == "Another title of a test"
    created = "repo:createdDate"
    assert changed["meta:registryMetadata"][created] == group["meta:registryMetadata"][created]


def test_a_schema_in_use_cannot_be_deleted(aep, used):
    assert aep.call("DELETE", f"{REGISTRY}/tenant/schemas/{quote(used['$id'], safe='')}").status_code == 400


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": f"{FIELDS}/nothing", "value": {"type": "string"}},
        {"op": "add", "path": f"{FIELDS}/x/y/z", "value": {"type": "string"}},
        {"op": "frobnicate", "path": f"{FIELDS}/key"},
        {"op": "add", "path": f"{FIELDS}/key"},
        "add",
    ],
)
def test_a_patch_that_cannot_be_applied_is_refused(aep, group, operation):
    assert aep.patch("fieldgroups", group["$id"], operation).status_code == 400
