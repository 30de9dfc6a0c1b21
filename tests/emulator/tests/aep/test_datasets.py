"""Catalog datasets: creation, views, filters, Profile tags."""

from __future__ import annotations

import pytest

DATASETS = "/data/foundation/catalog/dataSets"
UNION = {"op": "add", "path": "/meta:immutableTags", "value": ["union"]}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def schema(aep):
    return aep.schema(aep.field_group({"key": {"type": "string"}})["$id"])


@pytest.fixture
def profile_schema(aep, schema):
    aep.identity(schema["$id"], "/_acme/key")
    assert aep.patch("schemas", schema["$id"], UNION).status_code == 200
    return schema


def body(schema, **more):
    return {
        "name": "A dataset",
        "schemaRef": {"id": schema["$id"], "contentType": "application/vnd.adobe.xed+json;version=1"},
        **more,
    }


def test_a_new_dataset_is_answered_as_a_reference(aep, schema):
    answer = aep.post(f"{DATASETS}?requestDataSource=true", body(schema))

    assert answer.status_code == 201
    (reference,) = answer.json()
    dataset_id = reference.removeprefix("@/dataSets/")
    assert len(dataset_id) == 24
    assert answer.headers["location"].endswith(dataset_id)


def test_a_lookup_is_keyed_by_id(aep, schema):
    dataset_id = aep.dataset(schema["$id"], name="Looked up")

    dataset = aep.get(f"{DATASETS}/{dataset_id}").json()[dataset_id]

    assert dataset["name"] == "Looked up"
    assert dataset["schemaRef"]["id"] == schema["$id"]
    assert dataset["classification"]["dataBehavior"] == "record"
    assert dataset["fileDescription"]["format"] == "parquet"
    assert dataset["tags"]["adobe/pqs/table"] == ["looked_up"]


def test_two_datasets_of_one_name_have_two_tables(aep, schema):
    tables = {aep.table(aep.dataset(schema["$id"], name="Same Name!")) for _ in range(2)}

    assert tables == {"same_name", "same_name_2"}


@pytest.mark.parametrize(
    "path", [f"{DATASETS}/5c8c3c555033b814b69f947f", "/data/foundation/catalog/batches/01E"]
)
def test_what_is_not_there_is_a_not_found_error(aep, path):
    answer = aep.get(path)

    assert answer.status_code == 404
    assert answer.json()["title"] == "NotFoundError"


@pytest.mark.parametrize(
    "broken",
    [
        {
            "schemaRef": {
                "id": "https://ns.adobe.com/acme/schemas/none",
                "contentType": "application/vnd.adobe.xed+json;version=1",
            }
        },
        {"schemaRef": None},
        {"name": ""},
        {"tags": {"a": "b"}},
    ],
)
def test_a_dataset_needs_a_name_and_a_schema_that_exists(aep, schema, broken):
    answer = aep.post(DATASETS, {**body(schema), **broken})

    assert answer.status_code == 400
    assert answer.json()["title"] == "BadRequestError"


def test_the_schema_of_another_sandbox_is_unknown(aep, in_sandbox, schema):
    assert in_sandbox("prod").post(DATASETS, body(schema)).status_code == 400


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x"])
def test_a_limit_beyond_one_hundred_is_refused(aep, limit):
    answer = aep.get(f"{DATASETS}?limit={limit}")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "Please supply a valid query limit: (1 - 100)"


def test_a_page_has_twenty_unless_asked_for_more(aep, schema):
    for number in range(23):
        aep.dataset(schema["$id"], name=f"Counted {number}")
    query = f"{DATASETS}?property=name~^Counted"

    assert len(aep.get(query).json()) == 20
    assert len(aep.get(f"{query}&limit=100").json()) == 23
    assert len(aep.get(f"{query}&limit=20&start=20").json()) == 3


@pytest.mark.parametrize(
    "query",
    [
        "name={word}",
        "property=name=={word}",
        "tags=team:{word}",
        "tags=team:{word}*",
        "name=!Other&tags=team:{word}",
    ],
)
def test_datasets_are_found_by_name_property_and_tag(aep, schema, query):
    word = f"w{aep.dataset(schema['$id'])}"
    wanted = aep.dataset(schema["$id"], name=word, tags={"team": [word]})
    aep.dataset(schema["$id"], name="Other", tags={"team": ["other"]})

    assert list(aep.get(f"{DATASETS}?{query.format(word=word)}").json()) == [wanted]


def test_the_newest_come_first_on_demand_and_with_chosen_properties(aep, schema):
    ids = [aep.dataset(schema["$id"], name=f"Ordered {number}") for number in range(3)]

    found = aep.get(f"{DATASETS}?property=name~^Ordered&orderBy=desc:name&properties=name,created").json()

    assert list(found) == ids[::-1]
    assert set(found[ids[0]]) == {"name", "created"}


def test_profile_needs_a_schema_that_takes_part(aep, schema):
    dataset_id = aep.dataset(schema["$id"])

    answer = aep.call("PATCH", f"{DATASETS}/{dataset_id}", json=[enable()], headers=JSON_PATCH)

    assert answer.status_code == 400
    assert answer.json()["detail"] == "To enable profile datasets the schema should be valid"


def enable(*flags):
    return {"op": "add", "path": "/tags/unifiedProfile", "value": ["enabled:true", *flags]}


def test_a_dataset_is_enabled_for_profile_by_patch(aep, profile_schema):
    dataset_id = aep.dataset(profile_schema["$id"])

    answer = aep.call("PATCH", f"{DATASETS}/{dataset_id}", json=[enable("isUpsert:true")], headers=JSON_PATCH)

    assert answer.status_code == 200
    assert answer.json() == [f"@/dataSets/{dataset_id}"]
    dataset = aep.get(f"{DATASETS}/{dataset_id}").json()[dataset_id]
    assert dataset["tags"]["unifiedProfile"] == ["enabled:true", "isUpsert:true"]
    assert dataset["version"] == "1.0.1"


def test_upsert_is_not_switched_on_while_enabled(aep, profile_schema):
    dataset_id = aep.dataset(profile_schema["$id"], tags={"unifiedProfile": ["enabled: true"]})
    path = f"{DATASETS}/{dataset_id}"

    assert aep.call("PATCH", path, json=[enable("isUpsert:true")], headers=JSON_PATCH).status_code == 400
    disable = {"op": "replace", "path": "/tags/unifiedProfile", "value": ["enabled:false"]}
    assert aep.call("PATCH", path, json=[disable], headers=JSON_PATCH).status_code == 200
    assert aep.call("PATCH", path, json=[enable("isUpsert:true")], headers=JSON_PATCH).status_code == 200


def test_the_schema_of_a_dataset_never_changes(aep, schema):
    other = aep.schema(aep.field_group({"key": {"type": "string"}})["$id"])
    dataset_id = aep.dataset(schema["$id"])
    change = [{"op": "replace", "path": "/schemaRef/id", "value": other["$id"]}]

    assert aep.call("PATCH", f"{DATASETS}/{dataset_id}", json=change, headers=JSON_PATCH).status_code == 400


def test_v2_merges_and_minds_the_version(aep, schema):
    dataset_id = aep.dataset(schema["$id"])
    path = f"/data/foundation/catalog/v2/dataSets/{dataset_id}"
    change = {"extensions": {"adobe_lakeHouse": {"rowExpiration": {"ttlValue": "P3Y"}}}}

    assert aep.call("PATCH", path, json=change, headers={"If-Match": "9.9.9"}).status_code == 412
    assert aep.call("PATCH", path, json=change, headers={"If-Match": "1.0.0"}).status_code == 200
    dataset = aep.get(f"{DATASETS}/{dataset_id}").json()[dataset_id]
    assert dataset["extensions"] == change["extensions"]


def test_a_deleted_dataset_is_gone(aep, schema):
    dataset_id = aep.dataset(schema["$id"])

    assert aep.call("DELETE", f"{DATASETS}/{dataset_id}").json() == [f"@/dataSets/{dataset_id}"]
    assert aep.get(f"{DATASETS}/{dataset_id}").status_code == 404


def test_the_observable_schema_has_the_fields_with_values(aep, people):
    aep.load_rows(people, {"key": "a", "points": 1})

    dataset = aep.get(f"{DATASETS}/{people}?properties=observableSchema").json()[people]

    seen = dataset["observableSchema"]["properties"]["_acme"]["properties"]
    assert set(seen) == {"key", "points"}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("placeholder", "application/json"),
        ("message", "application/json"),
        ("gateway", "application/json"),
        ("text", "text/plain"),
        ("empty", "text/plain"),
    ],
)
def test_the_shape_of_catalog_errors_is_a_switch(aep, switch, shape, expected):
    switch(catalog_error_body=shape)

    answer = aep.get(f"{DATASETS}/5c8c3c555033b814b69f947f")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(expected)
