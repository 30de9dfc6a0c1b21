"""Observability, permissions, labels, and what the registry does beside storing."""

from __future__ import annotations

from urllib.parse import quote

import pytest

REGISTRY = "/data/foundation/schemaregistry"
METRICS = "/data/infrastructure/observability/insights/metrics"
ACCESS = "/data/foundation/access-control"


def test_ingested_records_are_counted_by_dataset(aep, people):
    aep.load_rows(people, {"key": "a"}, {"key": "b"})
    aep.load_rows(people, {"key": "c"})
    filters = [{"name": "dataSetId", "value": people, "groupBy": True}]
    names = [
        "timeseries.ingestion.dataset.recordsuccess.count",
        "timeseries.ingestion.dataset.batchsuccess.count",
    ]
    metrics = [{"name": name, "filters": filters, "aggregator": "sum"} for name in names]

    body = {"start": "2020-01-01T00:00:00.000Z", "end": "2099-01-01T00:00:00.000Z", "granularity": "MONTH"}
    answers = aep.post(METRICS, {**body, "metrics": metrics}).json()["metricResponses"]

    assert [sum(each["datapoints"][0]["dps"].values()) for each in answers] == [3, 2]


@pytest.mark.parametrize(
    "broken", [{"metrics": [{"name": "nothing"}]}, {"metrics": [], "granularity": "EON"}, {"metrics": 1}]
)
def test_an_unknown_metric_is_refused(aep, broken):
    assert aep.post(METRICS, broken).status_code == 400


@pytest.mark.parametrize(
    ("permission", "method", "path", "title"),
    [
        ("view-schemas", "GET", f"{REGISTRY}/stats", "Permission management access denied"),
        ("manage-schemas", "POST", f"{REGISTRY}/tenant/schemas", "Permission management access denied"),
        ("view-datasets", "GET", "/data/foundation/catalog/dataSets", "ForbiddenError"),
        ("manage-datasets", "POST", "/data/foundation/import/batches", "ForbiddenError"),
        ("view-identity-namespaces", "GET", "/data/core/idnamespace/identities", "ForbiddenError"),
    ],
)
def test_a_missing_permission_is_refused_in_the_words_of_the_service(
    aep, switch, permission, method, path, title
):
    switch(missing_permissions=permission)

    answer = aep.call(method, path, json={} if method == "POST" else None)

    assert answer.status_code == 403
    assert answer.json()["title"] == title


def test_what_may_be_seen_may_still_not_be_changed(aep, switch):
    switch(missing_permissions="manage-datasets")

    assert aep.get("/data/foundation/catalog/dataSets").status_code == 200
    assert aep.post("/data/foundation/catalog/dataSets", {}).status_code == 403


def test_effective_policies_tell_what_is_allowed(aep, switch):
    switch(missing_permissions="manage-schemas")
    wanted = ["/permissions/manage-datasets", "/permissions/manage-schemas", "/resource-types/schemas"]

    policies = aep.post(f"{ACCESS}/acl/effective-policies", wanted).json()["policies"]

    assert policies == {wanted[0]: ["*"], wanted[1]: [], wanted[2]: ["read"]}
    assert "manage-datasets" in aep.get(f"{ACCESS}/acl/reference").json()["permissions"]


def test_labels_of_a_dataset_are_kept(aep, people):
    path = f"/data/foundation/dataset/datasets/{people}/labels"

    assert aep.get(path).status_code == 404
    assert aep.post(path, {"labels": ["C1"]}).status_code == 201
    tag = aep.get(path).headers["ETag"]
    assert aep.call("PUT", path, json={"labels": ["C2"]}, headers={"If-Match": '"other"'}).status_code == 409
    assert aep.call("PUT", path, json={"labels": ["C2"]}, headers={"If-Match": tag}).status_code == 200
    assert aep.get(path).json()["labels"] == ["C2"]


@pytest.fixture
def schema(aep):
    return aep.schema(
        aep.field_group({"key": {"type": "string", "enum": ["x", "y"]}, "n": {"type": "integer"}})["$id"]
    )


def test_sample_data_can_be_loaded(aep, schema):
    sample = aep.get(f"{REGISTRY}/rpc/sampledata/{quote(schema['$id'], safe='')}").json()

    assert sample["_acme"] == {"key": "x", "n": 10}
    assert aep.load(aep.dataset(schema["$id"]), [sample])["status"] == "success"


def test_an_exported_schema_can_be_imported_elsewhere(aep, in_sandbox, schema):
    prod = in_sandbox("prod")

    exported = aep.get(
        f"{REGISTRY}/rpc/export/{quote(schema['$id'], safe='')}", "application/vnd.adobe.xed+json; version=1"
    ).json()
    answer = prod.post(f"{REGISTRY}/rpc/import", exported)

    assert answer.status_code == 200
    assert [each["meta:resourceType"] for each in exported] == ["mixins", "schemas"]
    full = prod.resource("schemas", schema["$id"], "application/vnd.adobe.xed-full+json; version=1")
    assert "key" in full["properties"]["_acme"]["properties"]


def test_the_audit_log_names_the_last_change(aep, schema):
    (entry,) = aep.get(f"{REGISTRY}/rpc/auditlog/{quote(schema['$id'], safe='')}").json()

    assert entry["id"] == schema["$id"]
    assert entry["updates"][0]["action"] == "add"


def test_several_catalog_calls_in_one_request(aep, schema):
    reference = {"id": schema["$id"], "contentType": "application/vnd.adobe.xed+json;version=1"}
    body = {"name": "In a bundle", "schemaRef": reference}
    calls = [
        {"id": "first", "resource": "/dataSets", "method": "post", "body": body},
        {"id": "second", "resource": "/dataSets/<<first>>", "method": "get"},
        {"id": "third", "resource": "/dataSets/none", "method": "get"},
    ]

    answers = aep.post("/data/foundation/catalog/", calls).json()

    assert [each["code"] for each in answers] == [201, 200, 404]
    (dataset,) = answers[1]["body"].values()
    assert dataset["name"] == "In a bundle"
