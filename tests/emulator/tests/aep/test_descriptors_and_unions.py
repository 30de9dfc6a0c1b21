"""Identities, relational keys, and schemas that take part in Profile."""

from __future__ import annotations

from urllib.parse import quote

import pytest

REGISTRY = "/data/foundation/schemaregistry"
DESCRIPTORS = f"{REGISTRY}/tenant/descriptors"
PROFILE = "https://ns.adobe.com/xdm/context/profile"
IDENTITY_MAP = "https://ns.adobe.com/xdm/context/identitymap"
FULL = "application/vnd.adobe.xed-full+json; version=1"
UNION = {"op": "add", "path": "/meta:immutableTags", "value": ["union"]}


@pytest.fixture
def schema(aep):
    group = aep.field_group(
        {"key": {"type": "string"}, "mail": {"type": "string"}, "count": {"type": "integer"}}
    )
    return aep.schema(group["$id"])


def test_an_identity_is_answered_with_id_and_version(aep, schema):
    answer = aep.identity(schema["$id"], "/_acme/key")

    assert answer.status_code == 201
    body = answer.json()
    assert body["@id"]
    assert body["version"] == "1"
    assert body["xdm:sourceProperty"] == "/_acme/key"


def test_a_namespace_may_be_given_by_number(aep, schema):
    body = {
        "@type": "xdm:descriptorIdentity",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": "/_acme/mail",
        "xdm:namespace": 6,
        "xdm:property": "xdm:id",
        "xdm:isPrimary": False,
    }

    assert aep.post(DESCRIPTORS, body).status_code == 201


@pytest.mark.parametrize(
    ("path", "namespace"),
    [
        ("/_acme/nothing", "Email"),
        ("/_acme/count", "Email"),
        ("/_acme/key", "NoSuchNamespace"),
        ("_acme.key", "Email"),
    ],
)
def test_an_identity_needs_a_string_field_and_a_namespace_that_exist(aep, schema, path, namespace):
    assert aep.identity(schema["$id"], path, namespace).status_code == 400


def test_a_schema_has_one_primary_identity(aep, schema):
    aep.identity(schema["$id"], "/_acme/key")

    assert aep.identity(schema["$id"], "/_acme/mail").status_code == 400
    assert aep.identity(schema["$id"], "/_acme/mail", primary=False).status_code == 201


def test_a_descriptor_is_not_made_twice(aep, schema, switch):
    aep.identity(schema["$id"], "/_acme/key", primary=False)

    assert aep.identity(schema["$id"], "/_acme/key", primary=False).status_code == 400
    switch(duplicate_descriptor="accepted")
    assert aep.identity(schema["$id"], "/_acme/key", primary=False).status_code == 201


def test_descriptors_of_an_unknown_type_or_schema_are_refused(aep, schema):
    body = {
        "@type": "xdm:descriptorMagic",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceProperty": "/_acme/key",
    }

    assert aep.post(DESCRIPTORS, body).status_code == 400
    assert aep.identity("https://ns.adobe.com/acme/schemas/none", "/_acme/key").status_code == 400


def test_a_listing_is_grouped_by_type_unless_v2_is_asked_for(aep, schema):
    made = aep.identity(schema["$id"], "/_acme/key").json()
    query = f"{DESCRIPTORS}?property=xdm:sourceSchema=={quote(schema['$id'], safe='')}"

    grouped = aep.get(query, "application/vnd.adobe.xdm+json").json()
    ids = aep.get(query, "application/vnd.adobe.xdm-id+json").json()
    links = aep.get(query, "application/vnd.adobe.xdm-link+json").json()
    paged = aep.get(query, "application/vnd.adobe.xdm-v2+json").json()

    assert grouped == {"xdm:descriptorIdentity": [made]}
    assert ids == {"xdm:descriptorIdentity": [made["@id"]]}
    assert links["xdm:descriptorIdentity"][0].endswith(made["@id"])
    assert paged["results"] == [made]
    assert paged["_page"]["count"] == 1


def test_paging_through_descriptors_visits_each_once(aep):
    for _ in range(3):
        group = aep.field_group({"key": {"type": "string"}})
        aep.identity(aep.schema(group["$id"])["$id"], "/_acme/key")
    accept = "application/vnd.adobe.xdm-v2-id+json"
    everything = aep.get(DESCRIPTORS, accept).json()["results"]

    url, seen = f"{DESCRIPTORS}?limit=2", []
    while url:
        page = aep.get(url, accept).json()
        seen += page["results"]
        url = page["_links"]["next"]["href"] if page["_links"]["next"] else None

    assert seen == everything


def test_a_listing_of_descriptors_needs_its_own_accept_header(aep):
    answer = aep.get(DESCRIPTORS, "application/vnd.adobe.xed+json")

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("XDM-1008-400")


def test_a_deleted_descriptor_is_gone(aep, schema):
    made = aep.identity(schema["$id"], "/_acme/key").json()

    assert aep.call("DELETE", f"{DESCRIPTORS}/{made['@id']}").status_code == 204
    assert aep.get(f"{DESCRIPTORS}/{made['@id']}").status_code == 404


def test_the_primary_identity_of_a_schema_in_use_stays(aep, schema):
    made = aep.identity(schema["$id"], "/_acme/key").json()
    aep.dataset(schema["$id"])

    assert aep.call("DELETE", f"{DESCRIPTORS}/{made['@id']}").status_code == 403


def test_a_schema_without_identity_cannot_take_part_in_profile(aep, schema):
    answer = aep.patch("schemas", schema["$id"], UNION)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("XDM-1528-400")


def test_a_primary_identity_lets_a_schema_take_part(aep, schema):
    aep.identity(schema["$id"], "/_acme/key")

    answer = aep.patch("schemas", schema["$id"], UNION)

    assert answer.status_code == 200
    assert answer.json()["version"] == "1.1"
    union = aep.get(f"{REGISTRY}/tenant/unions/{quote(PROFILE + '__union', safe='')}", FULL).json()
    assert "key" in union["properties"]["_acme"]["properties"]


def test_an_identity_map_lets_a_schema_take_part(aep):
    schema = aep.schema(IDENTITY_MAP)

    assert aep.patch("schemas", schema["$id"], UNION).status_code == 200


def test_profile_has_one_type_for_each_field_of_a_class(aep):
    def taking_part(field):
        schema = aep.schema(aep.field_group({"oneType": field})["$id"], IDENTITY_MAP)
        return aep.patch("schemas", schema["$id"], UNION)

    assert taking_part({"type": "string"}).status_code == 200
    refused = taking_part({"type": "number"})
    assert (refused.status_code, refused.json()["type"].endswith("XDM-1413-400")) == (400, True)
    assert "/_acme/oneType" in refused.json()["detail"]
    assert taking_part({"type": "string"}).status_code == 200


def test_taking_part_is_for_ever(aep, schema):
    aep.identity(schema["$id"], "/_acme/key")
    aep.patch("schemas", schema["$id"], UNION)

    answer = aep.patch("schemas", schema["$id"], {"op": "remove", "path": "/meta:immutableTags/0"})

    assert answer.status_code == 400


@pytest.fixture
def relational(aep):
    fields = {
        "customer_id": {"type": "string", "minLength": 1},
        "modified": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "note": {"type": "string"},
    }
    return aep.relational_schema(fields, ["customer_id", "modified"])


def descriptor(aep, kind, schema, path):
    return aep.post(
        DESCRIPTORS,
        {
            "@type": kind,
            "xdm:sourceSchema": schema["$id"],
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": path,
        },
    )


def test_a_relational_schema_has_its_fields_at_the_root(aep, relational):
    full = aep.resource("schemas", relational["$id"], FULL)

    assert set(full["properties"]) == {"customer_id", "modified", "day", "note"}
    assert full["required"] == ["customer_id", "modified"]


def test_key_and_version_of_a_relational_schema(aep, relational):
    assert descriptor(aep, "xdm:descriptorPrimaryKey", relational, "/customer_id").status_code == 201
    assert descriptor(aep, "xdm:descriptorVersion", relational, "/modified").status_code == 201


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("xdm:descriptorPrimaryKey", "/note"),  # not required
        ("xdm:descriptorVersion", "/customer_id"),  # a string
        ("xdm:descriptorVersion", "/day"),  # a date has no time
        ("xdm:descriptorTimestamp", "/day"),
    ],
)
def test_relational_keys_have_rules(aep, relational, kind, path):
    assert descriptor(aep, kind, relational, path).status_code == 400


def test_the_version_is_not_the_key(aep, relational):
    descriptor(aep, "xdm:descriptorPrimaryKey", relational, ["/customer_id", "/modified"])

    answer = descriptor(aep, "xdm:descriptorVersion", relational, "/modified")

    assert answer.status_code == 400
    assert "XDM-1855" in answer.json()["type"]


def test_relational_descriptors_are_for_relational_schemas(aep, schema):
    assert descriptor(aep, "xdm:descriptorPrimaryKey", schema, "/_acme/key").status_code == 400
