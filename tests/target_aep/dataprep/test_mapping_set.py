"""Mapping sets: Adobe's JSON in both generations, tenants, previews."""

import json
from pathlib import Path

import pytest

from target_aep.dataprep import MappingSet, SourceType
from target_aep.errors import ConfigurationError
from target_aep.xdm.types import Field, XdmType

REQUEST = {
    "name": "Demo Mapping Set",
    "inputSchema": {"id": "a167ff2947ff447ebd8bcf7ef6756232", "version": 0},
    "outputSchema": {
        "schemaRef": {
            "id": "https://ns.adobe.com/{TENANT_ID}/schemas/6dd1768be928c36d",
            "contentType": "application/vnd.adobe.xed-full+json;version=1",
        }
    },
    "mappings": [
        {
            "sourceType": "ATTRIBUTE",
            "source": "id",
            "destination": "_id",
            "name": "id",
            "description": "Identifier",
        },
        {"sourceType": "ATTRIBUTE", "source": "firstName", "destination": "person.name.firstName"},
        {"sourceType": "EXPRESSION", "source": "upper(code)", "destination": "_{TENANT_ID}.code"},
        {"sourceType": "STATIC", "source": "CRM", "destination": "_{TENANT_ID}.system"},
    ],
}
ANSWER = {
    "id": "428beb15b4864daaaa9dc3f005448005",
    "version": 1,
    "createdDate": 1582250953000,
    "supportVersion": "1.1",
    "status": "PUBLISHED",
    "strictMapping": False,
    "allowNullValues": False,
    "xdmSchema": "https://ns.adobe.com/acme/schemas/6dd1768be928c36d",
    "outputSchema": {
        "id": "1956affc28be468aa452e5e47c680c6b",
        "jsonSchema": {
            "type": "object",
            "properties": {
                "_id": {"type": "string"},
                "age": {"type": "integer"},
                "_acme": {"type": "object", "properties": {"code": {"type": "string"}}},
            },
        },
    },
    "mappings": [
        {
            "id": "af809223484341009ce0db13d4b32a3a",
            "version": 0,
            "createdBy": "acp_xql_gateway",
            "sourceType": "text/x.schema-path",
            "source": "id",
            "destination": "_id",
            "identity": False,
            "matchScore": 0.0,
            "functionVersion": 1,
            "sourceAttribute": "id",
            "destinationXdmPath": "_id",
        },
        {"sourceType": "text/x.aep-xl", "sourceAttribute": "age + 1", "destinationXdmPath": "age"},
        {"sourceType": "text/x.schema-path", "source": "code", "destination": "_acme.code"},
    ],
}


@pytest.mark.parametrize("document", [REQUEST, ANSWER])
def test_what_is_read_is_written_unchanged(document):
    before = json.dumps(document)

    assert MappingSet.from_dict(document).to_dict() == document
    assert json.dumps(document) == before


def test_both_generations_mean_the_same():
    requested, answered = (MappingSet.from_dict(document).mappings for document in (REQUEST, ANSWER))

    assert (requested[0].source_type, requested[0].source, requested[0].destination) == (
        answered[0].source_type, answered[0].source, answered[0].destination,
    )  # fmt: skip
    assert answered[1].source_type is SourceType.EXPRESSION
    assert answered[1].source == "age + 1"


def test_an_upload_has_no_field_that_the_service_sets():
    upload = MappingSet.from_dict(ANSWER).for_upload()

    assert "id" not in upload
    assert upload["mappings"][0] == {
        "sourceType": "ATTRIBUTE",
        "source": "id",
        "destination": "_id",
        "identity": False,
        "functionVersion": 1,
        "sourceAttribute": "id",
        "destinationXdmPath": "_id",
    }
    assert upload["mappings"][1]["sourceType"] == "EXPRESSION"
    assert upload["mappings"][1]["source"] == "age + 1"


@pytest.mark.parametrize("tenant", ["acme", "_acme"])
def test_a_tenant_is_put_in_and_taken_out(tenant):
    general = MappingSet.from_dict(REQUEST)
    resolved = general.resolved(tenant)

    assert [mapping.destination for mapping in resolved.mappings][2:] == ["_acme.code", "_acme.system"]
    assert resolved.to_dict()["outputSchema"]["schemaRef"]["id"].startswith(
        "https://ns.adobe.com/acme/schemas/"
    )
    assert resolved.generalised(tenant).to_dict() == REQUEST


def test_only_the_tenants_own_root_is_generalised():
    mappings = [
        {"sourceType": "ATTRIBUTE", "source": "a", "destination": path}
        for path in ("_acme.x", "_acmeinc.x", "other._acme.x", "_acme")
    ]
    general = MappingSet.from_dict({"mappings": mappings}).generalised("acme")

    assert [mapping.destination for mapping in general.mappings] == [
        "_{TENANT_ID}.x", "_acmeinc.x", "other._acme.x", "_{TENANT_ID}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"mappings": "x"},
        {"mappings": [1]},
        {"mappings": [{"source": "a"}]},
        {"mappings": [{"destination": "a"}]},
        {"mappings": [{"source": "a", "destination": "b", "sourceType": "MAGIC"}]},
    ],
)
def test_what_is_no_mapping_set_is_refused(document):
    with pytest.raises(ConfigurationError):
        MappingSet.from_dict(document)


def test_the_documented_preview():
    record = {"id": 1234, "firstName": "Jim", "lastName": "Seltzer"}
    mappings = [*REQUEST["mappings"][:2], {**REQUEST["mappings"][1], "source": "lastName"}]
    mappings[2]["destination"] = "person.name.lastName"

    assert MappingSet.from_dict({**REQUEST, "mappings": mappings}).preview([record]) == [
        {
            "data": {"person": {"name": {"firstName": "Jim", "lastName": "Seltzer"}}, "_id": "1234"},
            "errors": None,
        }
    ]


def test_a_preview_uses_the_schema_that_the_set_carries():
    [answer] = MappingSet.from_dict(ANSWER).preview([{"id": 7, "age": "x", "code": 8}])

    assert answer["data"] == {"_id": "7", "_acme": {"code": "8"}}
    assert answer["errors"] == [
        {
            "destination": "age",
            "exception": "the text 'x1' is not an integer",
            "source": "age + 1",
            "columnName": "age",
            "sourceType": "EXPRESSION",
        }
    ]


def test_a_mapping_that_cannot_be_understood_is_an_error_of_each_row_and_no_more():
    document = {
        "mappings": [
            {"sourceType": "EXPRESSION", "source": "upper(", "destination": "a"},
            {"sourceType": "ATTRIBUTE", "source": "x", "destination": "b"},
        ]
    }
    answers = MappingSet.from_dict(document).preview([{"x": 1}, {"x": 2}])

    assert [answer["data"] for answer in answers] == [{"b": 1}, {"b": 2}]
    assert all("line 1, column 7" in answer["errors"][0]["exception"] for answer in answers)


def test_nulls_are_left_out_unless_the_set_allows_them():
    document = {"mappings": [{"sourceType": "ATTRIBUTE", "source": "x", "destination": "a.b"}]}

    assert MappingSet.from_dict(document).preview([{}])[0]["data"] == {}
    allowed = MappingSet.from_dict({**document, "allowNullValues": True})
    assert allowed.preview([{}])[0]["data"] == {"a": {"b": None}}


@pytest.mark.parametrize("name", ["contacts", "campaign_engagement", "web_activity"])
def test_the_mapping_sets_of_the_scenarios_load_and_compile(name):
    path = Path(__file__).parents[3] / "target-aep" / "mappings" / f"{name}.json"
    mapping_set = MappingSet.from_dict(json.loads(path.read_text("utf-8"))).resolved("acme")
    row = {"EventType": "Open", "ActivityType": "purchase", "EmailOptIn": None, "EmailAddress": "a@b.c"}

    [answer] = mapping_set.preview([row])

    assert answer["errors"] is None
    assert mapping_set.generalised("acme").to_dict() == json.loads(path.read_text("utf-8"))


def test_a_schema_may_be_given():
    schema = Field(XdmType.OBJECT, fields={"n": Field(XdmType.LONG)})
    mapping_set = MappingSet.from_dict(
        {"mappings": [{"sourceType": "STATIC", "source": "12", "destination": "n"}]}
    )

    assert mapping_set.preview([{}], schema) == [{"data": {"n": 12}, "errors": None}]


def test_a_schema_may_come_as_text_and_one_that_is_none_is_refused():
    mappings = [{"source": "a", "destination": "n"}]
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}

    def read(output):
        return MappingSet.from_dict({"mappings": mappings, "outputSchema": output})

    assert read({"jsonSchema": json.dumps(schema)}).preview([{"a": "7"}])[0]["data"] == {"n": 7}
    assert read("https://ns.adobe.com/acme/schemas/1").preview([{"a": "7"}])[0]["data"] == {"n": "7"}
    with pytest.raises(ConfigurationError, match="output schema"):
        read({"jsonSchema": "{"})
