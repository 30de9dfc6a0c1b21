"""Flow Service: objects are stored, and batches show as runs."""

from __future__ import annotations

import pytest

FLOW = "/data/foundation/flowservice"
DATA_LAKE = {"id": "c604ff05-7f1a-43c0-8e18-33bf874cb11c", "version": "1.0"}


def connection(aep, kind="connections", **more):
    return aep.made(f"{FLOW}/{kind}", {"name": "One", "data": {}, "connectionSpec": DATA_LAKE, **more})["id"]


@pytest.fixture
def flow(aep):
    return aep.made(
        f"{FLOW}/flows",
        {
            "name": "Flow",
            "flowSpec": {"id": "14518937-270c-4525-bdec-c2ba7cce3860", "version": "1.0"},
            "sourceConnectionIds": [connection(aep, "sourceConnections")],
            "targetConnectionIds": [connection(aep, "targetConnections")],
        },
    )["id"]


def test_a_new_object_is_answered_by_id_and_entity_tag(aep):
    answer = aep.post(f"{FLOW}/connections", {"name": "One", "connectionSpec": DATA_LAKE})

    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "etag"}
    (found,) = aep.get(f"{FLOW}/connections/{answer.json()['id']}").json()["items"]
    assert found["name"] == "One"
    assert found["sandboxName"] == "dev"


def test_an_update_needs_the_entity_tag_that_is_in_force(aep):
    connection_id = connection(aep)
    path = f"{FLOW}/connections/{connection_id}"
    (found,) = aep.get(path).json()["items"]
    patch = [{"op": "replace", "path": "/name", "value": "Two"}]

    assert aep.call("PATCH", path, json=patch).status_code == 400
    stale = aep.call("PATCH", path, json=patch, headers={"If-Match": '"stale"'})
    assert "does not match the current version" in stale.json()["errorMessage"]
    assert aep.call("PATCH", path, json=patch, headers={"If-Match": found["etag"]}).status_code == 200
    assert aep.get(path).json()["items"][0]["name"] == "Two"


def test_a_deleted_object_is_gone(aep):
    path = f"{FLOW}/connections/{connection(aep)}"

    assert aep.call("DELETE", path).status_code == 204
    assert aep.get(path).status_code == 404


def test_following_next_visits_every_object_once(aep):
    made = {connection(aep, "targetConnections") for _ in range(5)}

    url, seen = f"{FLOW}/targetConnections?limit=2", []
    while url:
        page = aep.get(url).json()
        seen += [each["id"] for each in page["items"]]
        following = page["_links"].get("next")
        url = f"{FLOW}{following['href']}&limit=2" if following else None

    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_flow_needs_connections_that_exist(aep):
    body = {"name": "F", "flowSpec": {"id": "x"}, "sourceConnectionIds": ["none"], "targetConnectionIds": []}

    assert aep.post(f"{FLOW}/flows", body).status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("connections", {"name": "One", "connectionSpec": {"version": "1.0"}}),
        ("sourceConnections", {"name": "One", "data": {}, "connectionSpec": "datalake"}),
        ("runs", {"flowId": None}),
    ],
)
def test_what_an_object_refers_to_must_be_told(aep, kind, body):
    assert aep.post(f"{FLOW}/{kind}", body).status_code == 400


def test_specifications_are_found_by_name(aep):
    (found,) = aep.get(f'{FLOW}/connectionSpecs?property=name=="datalake"').json()["items"]

    assert found["id"] == DATA_LAKE["id"]
    assert aep.get(f"{FLOW}/connectionSpecs/{found['id']}").json()["items"] == [found]


def test_a_flow_is_disabled_and_enabled(aep, flow):
    assert aep.call("POST", f"{FLOW}/flows/{flow}/action?op=disable").status_code == 200
    assert aep.get(f"{FLOW}/flows/{flow}").json()["items"][0]["state"] == "disabled"
    assert aep.call("POST", f"{FLOW}/flows/{flow}/action?op=explode").status_code == 400


def test_a_batch_of_a_flow_is_a_run_with_its_metrics(aep, people, flow):
    aep.load_rows(
        people, {"key": "a"}, {"points": "x"}, tags={"flowId": [flow]}, partialIngestionPercentage=50
    )

    (run,) = aep.get(f"{FLOW}/runs?property=flowId=={flow}").json()["items"]

    assert run["metrics"]["statusSummary"]["status"] == "success"
    summary = {"inputRecordCount": 2, "outputRecordCount": 1, "failedRecordCount": 1}
    assert run["metrics"]["recordSummary"] == summary
