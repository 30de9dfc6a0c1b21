"""Data Prep: mapping sets, their checks and preview."""

from __future__ import annotations

import pytest

SETS = "/data/foundation/conversion/mappingSets"
LANGUAGE = "/data/foundation/conversion/languages/el"


@pytest.fixture
def schema(aep):
    group = aep.field_group({"key": {"type": "string"}, "n": {"type": "integer"}})
    return aep.schema(group["$id"], "https://ns.adobe.com/xdm/context/profile-person-details")


@pytest.fixture
def body(schema):
    def make(*mappings, **more):
        reference = {"id": schema["$id"], "contentType": "application/vnd.adobe.xed-full+json;version=1"}
        return {"outputSchema": {"schemaRef": reference}, "mappings": list(mappings), **more}

    return make


def attribute(source, destination):
    return {"sourceType": "ATTRIBUTE", "source": source, "destination": destination}


def test_a_new_mapping_set_is_answered_by_id_and_version(aep, body):
    made = aep.post(SETS, body(attribute("Id", "_acme.key"), name="Mine")).json()

    assert made["version"] == 0
    found = aep.get(f"{SETS}/{made['id']}").json()
    assert found["name"] == "Mine"
    (mapping,) = found["mappings"]
    assert mapping["sourceType"] == "text/x.schema-path"
    assert mapping["sourceAttribute"] == mapping["source"] == "Id"
    assert mapping["destinationXdmPath"] == "_acme.key"


def test_a_put_makes_a_new_version_and_keeps_the_old_one(aep, body):
    made = aep.post(SETS, body(attribute("Id", "_acme.key"))).json()

    changed = aep.call("PUT", f"{SETS}/{made['id']}", json=body(attribute("Number", "_acme.n"))).json()

    assert (changed["id"], changed["version"]) == (made["id"], 1)
    assert aep.get(f"{SETS}/{made['id']}").json()["mappings"][0]["source"] == "Number"
    assert aep.get(f"{SETS}/{made['id']}?version=0").json()["mappings"][0]["source"] == "Id"
    assert aep.get(f"{SETS}/{made['id']}?version=7").status_code == 404


def test_mapping_sets_are_listed_in_pages(aep, body):
    for number in range(3):
        aep.post(SETS, body(attribute("Id", "_acme.key"), name=f"Listed {number}"))

    page = aep.get(f"{SETS}?limit=2&start=0&orderBy=-createdDate").json()

    assert page["_page"] == {"count": 2, "limit": 2}
    assert page["data"][0]["name"] == "Listed 2"
    assert aep.get(f"{SETS}?limit=10&start=0&name=Listed 1").json()["_page"]["count"] == 1


def test_the_schema_comes_along_on_demand(aep, body):
    made = aep.post(SETS, body(attribute("Id", "_acme.key"))).json()

    found = aep.get(f"{SETS}/{made['id']}?expandSchema=true").json()

    assert "key" in found["outputSchema"]["jsonSchema"]["properties"]["_acme"]["properties"]


def test_single_mappings_are_found(aep, body):
    made = aep.post(SETS, body(attribute("a", "_acme.key"), attribute("b", "_acme.n"))).json()

    mappings = aep.get(f"{SETS}/{made['id']}/mappings").json()

    assert [each["source"] for each in mappings] == ["a", "b"]
    assert aep.get(f"{SETS}/{made['id']}/mappings/{mappings[1]['id']}").json() == mappings[1]
    assert aep.get(f"{SETS}/{made['id']}/mappings/none").status_code == 404


def test_a_deleted_mapping_set_is_gone(aep, body):
    made = aep.post(SETS, body(attribute("Id", "_acme.key"))).json()

    assert aep.call("DELETE", f"{SETS}/{made['id']}").status_code == 204
    assert aep.get(f"{SETS}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "mappings",
    [
        [{"sourceType": "ATTRIBUTE", "source": "a"}],
        [{"sourceType": "MAGIC", "source": "a", "destination": "_acme.key"}],
        [attribute("a", "_acme.key"), attribute("b", "_acme.key")],
        ["a"],
    ],
)
def test_a_malformed_mapping_set_is_refused(aep, body, mappings):
    assert aep.post(SETS, body(*mappings)).status_code == 400


def test_validation_answers_once_for_each_mapping(aep, body):
    mappings = (
        attribute("a", "person.name.firstName"),
        attribute("b", "_acme.nothing"),
        {"sourceType": "EXPRESSION", "source": "concat(a, 'b'", "destination": "_acme.key"},
    )

    answers = aep.post(f"{SETS}/validate", body(*mappings)).json()["validationResponse"]

    assert [each["status"] for each in answers] == ["SUCCESS", "FAILED", "FAILED"]
    assert answers[1]["errors"][0]["destination"] == "_acme.nothing"


def test_a_wrong_mapping_is_refused_on_demand(aep, body):
    assert aep.post(f"{SETS}?validate=true", body(attribute("a", "_acme.nothing"))).status_code == 400
    assert aep.post(SETS, body(attribute("a", "_acme.nothing"))).status_code == 200


def test_a_preview_maps_attributes_and_constants(aep, body):
    mappings = [
        attribute("id", "_acme.key"),
        attribute("name.first", "person.name.firstName"),
        {"sourceType": "STATIC", "source": "7", "destination": "person.taxId"},
        attribute("missing", "person.name.lastName"),
    ]
    data = [{"id": 1234, "name": {"first": "Jim"}}]

    (row,) = aep.post(f"{SETS}/preview", {"data": data, "mappingSet": body(*mappings)}).json()

    expected = {"_acme": {"key": "1234"}, "person": {"name": {"firstName": "Jim"}, "taxId": "7"}}
    assert row == {"data": expected, "errors": None}


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("concat(a, 'b)')", "succeeded"),
        ("concat(a", "failed"),
        ("'open", "failed"),
        ("a)", "failed"),
        (" ", "failed"),
        ("upperr(a)", "failed"),
        ("upper(concat(a, 'upperr(b)'))", "succeeded"),
        ("a.trim()", "succeeded"),
    ],
)
def test_the_form_of_an_expression_is_checked(aep, expression, status):
    assert aep.post(f"{LANGUAGE}/validate", {"expression": expression}).json()["validationStatus"] == status


def test_functions_and_operators_are_listed(aep):
    functions = {each["function"] for each in aep.get(f"{LANGUAGE}/functions").json()}
    operators = {each["operatorSymbol"] for each in aep.get(f"{LANGUAGE}/operators").json()}

    assert {"concat", "sha256", "iif"} <= functions
    assert {"+", "=="} <= operators
