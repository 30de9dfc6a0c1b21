"""What the Schema Registry does not take."""

from __future__ import annotations

from urllib.parse import quote

import pytest

REGISTRY = "/data/foundation/schemaregistry"
FULL = "application/vnd.adobe.xed-full+json; version=1"
EVENT = "https://ns.adobe.com/xdm/context/experienceevent"
PROFILE = "https://ns.adobe.com/xdm/context/profile"


def refused(answer, code=None, status=400):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == status
    assert body["detail"] == body["report"]["detailed-message"]
    if code:
        assert body["type"] == f"http://ns.adobe.com/aep/errors/XDM-{code}-{status}"
    return body


def test_a_title_is_unique_across_all_kinds_of_resources(aep):
    group = aep.field_group({"a": {"type": "string"}}, title="Only once")

    body = refused(
        aep.post(
            f"{REGISTRY}/tenant/schemas",
            {"type": "object", "title": "Only once", "allOf": [{"$ref": PROFILE}]},
        ),
        1521,
    )

    assert group["$id"] in body["detail"]


def test_the_same_title_is_free_in_another_sandbox(aep, in_sandbox):
    aep.field_group({"a": {"type": "string"}}, title="Twice, elsewhere")

    assert in_sandbox("prod").field_group({"a": {"type": "string"}}, title="Twice, elsewhere")


def test_custom_fields_stand_below_the_tenants_object(aep):
    body = aep.field_group_body({})
    body["definitions"]["customFields"]["properties"] = {"loose": {"type": "string"}}

    answer = refused(aep.post(f"{REGISTRY}/tenant/fieldgroups", body), 1022)

    assert "_acme" in answer["detail"]


def test_the_object_of_another_tenant_is_no_place_for_custom_fields(aep):
    body = aep.field_group_body({})
    body["definitions"]["customFields"]["properties"] = {"_globex": {"type": "object", "properties": {}}}

    refused(aep.post(f"{REGISTRY}/tenant/fieldgroups", body), 1022)


@pytest.mark.parametrize("name", ["_hidden", "two words", "a.b", "é"])
def test_a_field_name_has_letters_digits_and_underscores(aep, name):
    refused(aep.post(f"{REGISTRY}/tenant/fieldgroups", aep.field_group_body({name: {"type": "string"}})))


@pytest.mark.parametrize(
    "field",
    [
        {"type": "text"},
        {},
        {"type": "array"},
        {"type": "string", "meta:xdmType": "long"},
        {"type": "integer", "meta:xdmType": "long"},
    ],
)
def test_a_field_needs_a_valid_type(aep, field):
    refused(aep.post(f"{REGISTRY}/tenant/fieldgroups", aep.field_group_body({"a": field})))


def test_a_field_group_says_what_it_is_for(aep):
    body = aep.field_group_body({"a": {"type": "string"}})
    del body["meta:intendedToExtend"]

    refused(aep.post(f"{REGISTRY}/tenant/fieldgroups", body))


def test_a_field_group_for_another_class_is_refused(aep):
    group = aep.field_group({"a": {"type": "string"}}, extends=EVENT)

    refused(
        aep.post(
            f"{REGISTRY}/tenant/schemas",
            {"type": "object", "title": "Wrong class", "allOf": [{"$ref": PROFILE}, {"$ref": group["$id"]}]},
        )
    )


@pytest.mark.parametrize("references", [[], [PROFILE, EVENT]])
def test_a_schema_has_exactly_one_class(aep, references):
    body = {
        "type": "object",
        "title": f"{len(references)} classes",
        "allOf": [{"$ref": each} for each in references],
    }

    refused(aep.post(f"{REGISTRY}/tenant/schemas", body))


def test_a_reference_to_nothing_is_refused(aep):
    body = {
        "type": "object",
        "title": "Dangling",
        "allOf": [{"$ref": PROFILE}, {"$ref": "https://ns.adobe.com/acme/mixins/0"}],
    }

    refused(aep.post(f"{REGISTRY}/tenant/schemas", body), status=404)


def test_one_path_cannot_have_two_types(aep):
    groups = [aep.field_group({"same": {"type": kind}}) for kind in ("string", "boolean")]
    body = {
        "type": "object",
        "title": "Two types",
        "allOf": [{"$ref": PROFILE}, *({"$ref": each["$id"]} for each in groups)],
    }

    answer = refused(aep.post(f"{REGISTRY}/tenant/schemas", body), 1413)

    assert "/_acme/same" in answer["detail"]


def test_a_used_field_group_cannot_be_deleted(aep):
    group = aep.field_group({"a": {"type": "string"}})
    aep.schema(group["$id"])

    refused(aep.call("DELETE", f"{REGISTRY}/tenant/fieldgroups/{quote(group['$id'], safe='')}"))


def test_a_body_that_is_not_json_is_refused(aep):
    answer = aep.call(
        "POST", f"{REGISTRY}/tenant/schemas", data=b"{", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
