"""Schema Registry: views by Accept header, addresses, listings."""

from __future__ import annotations

from urllib.parse import quote

import pytest

REGISTRY = "/data/foundation/schemaregistry"
XED = "application/vnd.adobe.xed+json"
XED_ID = "application/vnd.adobe.xed-id+json"
FULL = "application/vnd.adobe.xed-full+json; version=1"
PROFILE = "https://ns.adobe.com/xdm/context/profile"
CONSENTS = "https://ns.adobe.com/xdm/mixins/profile-consents"


@pytest.fixture
def schema(aep):
    group = aep.field_group(
        {"key": {"type": "string", "title": "Key"}, "seen": {"type": "string", "format": "date-time"}}
    )
    return aep.schema(group["$id"])


def path_of(schema, kind="schemas"):
    return f"{REGISTRY}/tenant/{kind}/{quote(schema['$id'], safe='')}"


def test_stats_gives_the_tenant_id_without_underscore(aep):
    stats = aep.get(f"{REGISTRY}/stats").json()

    assert stats["tenantId"] == "acme"
    assert stats["imsOrg"] == aep.facts["org_id"]
    assert stats["counts"]["classes"] >= 2


def test_a_new_schema_is_answered_with_everything_the_registry_knows(aep, schema):
    tail = schema["$id"].rsplit("/", 1)[1]

    assert schema["$id"] == f"https://ns.adobe.com/acme/schemas/{tail}"
    assert schema["meta:altId"] == f"_acme.schemas.{tail}"
    assert schema["version"] == "1.0"
    assert schema["meta:class"] == PROFILE
    assert schema["meta:extends"][:1] == [PROFILE]
    assert "https://ns.adobe.com/xdm/data/record" in schema["meta:extends"]
    assert schema["meta:containerId"] == "tenant"
    assert schema["meta:tenantNamespace"] == "_acme"


@pytest.mark.parametrize("address", ["$id", "meta:altId"])
def test_a_resource_is_found_by_id_and_by_alternative_id(aep, schema, address):
    answer = aep.get(f"{REGISTRY}/tenant/schemas/{quote(schema[address], safe='')}", FULL)

    assert answer.status_code == 200
    assert answer.json()["$id"] == schema["$id"]


def test_a_trailing_slash_is_taken(aep, schema):
    assert aep.get(path_of(schema) + "/", FULL).status_code == 200
    assert aep.get(f"{REGISTRY}/tenant/schemas/", XED_ID).status_code == 200


def test_mixins_is_the_old_name_of_field_groups(aep):
    group = aep.field_group({"a": {"type": "string"}})

    assert aep.get(path_of(group, "mixins"), FULL).status_code == 200


def test_the_raw_view_keeps_references_and_the_full_view_resolves_them(aep, schema):
    raw = aep.resource("schemas", schema["$id"])
    full = aep.resource("schemas", schema["$id"], FULL)

    assert "allOf" in raw
    assert "properties" not in raw
    assert "allOf" not in full
    assert full["properties"]["_acme"]["properties"]["seen"]["meta:xdmType"] == "date-time"
    assert full["properties"]["personID"]["type"] == "string"


def test_the_notext_view_has_no_titles(aep, schema):
    full = aep.resource("schemas", schema["$id"], "application/vnd.adobe.xed-full-notext+json; version=1")

    assert "title" not in full["properties"]["_acme"]["properties"]["key"]


def test_the_desc_view_has_the_descriptors(aep, schema):
    aep.identity(schema["$id"], "/_acme/key")

    full = aep.resource("schemas", schema["$id"], "application/vnd.adobe.xed-full-desc+json; version=1")

    assert [each["xdm:sourceProperty"] for each in full["meta:descriptors"]] == ["/_acme/key"]


@pytest.mark.parametrize("accept", [XED, "application/json", "*/*"])
def test_a_lookup_without_version_is_refused(aep, schema, accept):
    answer = aep.get(path_of(schema), accept)

    assert answer.status_code == 400
    body = answer.json()
    assert body["type"] == "http://ns.adobe.com/aep/errors/XDM-1007-400"
    assert body["title"] == "Accept header invalid"
    assert body["report"]["detailed-message"] == body["detail"]


@pytest.mark.parametrize("accept", [f"{XED}; version=1", FULL, "application/json"])
def test_a_listing_with_version_or_without_a_view_is_refused(aep, accept):
    answer = aep.get(f"{REGISTRY}/tenant/schemas", accept)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("XDM-1006-400")


def test_an_unknown_resource_is_a_404_of_the_registry(aep):
    answer = aep.get(
        f"{REGISTRY}/tenant/schemas/{quote('https://ns.adobe.com/acme/schemas/none', safe='')}", FULL
    )

    assert answer.status_code == 404
    assert answer.json()["title"] == "Resource not found"


def test_a_version_that_is_not_there_is_a_404(aep, schema):
    assert aep.get(path_of(schema), "application/vnd.adobe.xed+json; version=2").status_code == 404


def test_a_listing_of_ids_has_four_properties_per_resource(aep, schema):
    found = aep.get(f"{REGISTRY}/tenant/schemas?property=title=={schema['title']}", XED_ID).json()

    assert found["results"] == [
        {"title": schema["title"], "$id": schema["$id"], "meta:altId": schema["meta:altId"], "version": "1.0"}
    ]
    assert found["_page"]["count"] == 1
    assert found["_page"]["next"] is None


def test_a_listing_can_be_filtered_by_what_resources_extend(aep, schema):
    query = f"property=meta:extends=={quote(schema['meta:extends'][-1], safe='')}"

    found = aep.get(f"{REGISTRY}/tenant/schemas?{query}", XED_ID).json()["results"]

    assert [each["$id"] for each in found] == [schema["$id"]]


def test_a_title_can_be_searched_with_a_regular_expression(aep):
    groups = [aep.field_group({"a": {"type": "string"}}, title=f"Searched {letter}") for letter in "xy"]

    found = aep.get(f"{REGISTRY}/tenant/fieldgroups?property=title~^Searched&orderby=-title", XED_ID).json()

    assert [each["$id"] for each in found["results"]] == [groups[1]["$id"], groups[0]["$id"]]


def test_following_next_visits_every_resource_once(aep):
    made = {aep.field_group({"a": {"type": "string"}}, title=f"Paged {number}")["$id"] for number in range(7)}

    url, seen = f"{REGISTRY}/tenant/fieldgroups?property=title~^Paged&orderby=title&limit=3", []
    while url:
        page = aep.get(url, XED_ID).json()
        seen += [each["$id"] for each in page["results"]]
        assert len(page["results"]) <= 3
        link = page["_links"]["next"]
        url = link["href"] if link else None

    assert len(seen) == len(made)
    assert set(seen) == made


def test_start_zero_lists_nothing(aep, schema):
    page = aep.get(f"{REGISTRY}/tenant/schemas?start=0&orderby=title", XED_ID).json()

    assert page["results"] == []
    assert page["_page"]["count"] == 0


def test_limit_counts_only_together_with_orderby(aep, schema):
    aep.schema()

    assert len(aep.get(f"{REGISTRY}/tenant/schemas?limit=1", XED_ID).json()["results"]) > 1
    assert len(aep.get(f"{REGISTRY}/tenant/schemas?limit=1&orderby=title", XED_ID).json()["results"]) == 1


def test_adobes_own_resources_are_in_the_global_container(aep):
    found = aep.get(f"{REGISTRY}/global/fieldgroups", XED_ID).json()["results"]
    consents = aep.get(f"{REGISTRY}/global/fieldgroups/{quote(CONSENTS, safe='')}", FULL).json()

    assert CONSENTS in {each["$id"] for each in found}
    value = consents["properties"]["consents"]["properties"]["marketing"]["properties"]["email"]
    assert value["required"] == ["val"]
    assert "y" in value["properties"]["val"]["enum"]


def test_global_resources_cannot_be_changed(aep):
    path = f"{REGISTRY}/global/fieldgroups/{quote(CONSENTS, safe='')}"

    assert aep.call("DELETE", path).status_code == 405


@pytest.mark.parametrize(
    ("field", "xdm_type"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "int"),
        ({"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991}, "long"),
        ({"type": "integer", "minimum": -32768, "maximum": 32768}, "short"),
        ({"type": "integer", "minimum": -128, "maximum": 128}, "byte"),
        ({"type": "integer", "minimum": 1, "maximum": 99}, "byte"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"type": "array", "items": {"type": "string"}}, "array"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "object"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map"),
    ],
)
def test_the_xdm_type_follows_from_the_keywords(aep, field, xdm_type):
    group = aep.field_group({"value": field})

    full = aep.resource("fieldgroups", group["$id"], FULL)

    assert full["properties"]["_acme"]["properties"]["value"]["meta:xdmType"] == xdm_type


def test_a_deleted_field_group_is_gone(aep):
    group = aep.field_group({"a": {"type": "string"}})

    assert aep.call("DELETE", path_of(group, "fieldgroups")).status_code == 204
    assert aep.get(path_of(group, "fieldgroups"), FULL).status_code == 404


def test_a_class_of_ones_own_can_be_used(aep):
    class_ = aep.made(
        f"{REGISTRY}/tenant/classes",
        {
            "type": "object",
            "title": "Property of a test",
            "description": "",
            "definitions": {
                "customFields": {
                    "type": "object",
                    "properties": {"_acme": {"type": "object", "properties": {"name": {"type": "string"}}}},
                }
            },
            "allOf": [
                {"$ref": "https://ns.adobe.com/xdm/data/record"},
                {"$ref": "#/definitions/customFields"},
            ],
        },
    )

    schema = aep.schema(class_id=class_["$id"])

    assert schema["meta:class"] == class_["$id"]
    assert "name" in aep.resource("schemas", schema["$id"], FULL)["properties"]["_acme"]["properties"]


def test_a_data_type_can_be_referred_to(aep):
    data_type = aep.made(
        f"{REGISTRY}/tenant/datatypes",
        {"type": "object", "title": "Shoe of a test", "properties": {"size": {"type": "integer"}}},
    )
    group = aep.field_group({"shoe": {"$ref": data_type["$id"], "type": "object"}})

    full = aep.resource("fieldgroups", group["$id"], FULL)

    assert full["properties"]["_acme"]["properties"]["shoe"]["properties"]["size"]["meta:xdmType"] == "int"


def test_an_ad_hoc_class_names_its_namespace(aep):
    class_ = aep.made(
        f"{REGISTRY}/tenant/classes",
        {
            "type": "object",
            "title": "Ad-hoc class of a test",
            "description": "",
            "allOf": [
                {"$ref": "https://ns.adobe.com/xdm/data/adhoc"},
                {"properties": {"_adhoc": {"type": "object", "properties": {"name": {"type": "string"}}}}},
            ],
        },
    )
    namespace = class_["meta:datasetNamespace"]

    schema = aep.schema(class_id=class_["$id"])

    assert namespace.startswith("_")
    assert list(aep.resource("schemas", schema["$id"], FULL)["properties"]) == [namespace]
