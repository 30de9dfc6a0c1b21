"""Sandbox management, and isolation between sandboxes."""

from __future__ import annotations

import itertools

import pytest

SANDBOXES = "/data/foundation/sandbox-management"
XED_ID = "application/vnd.adobe.xed-id+json"
_numbers = itertools.count(1)


def new(aep, **changes):
    name = f"test-{next(_numbers)}"
    answer = aep.post(
        f"{SANDBOXES}/sandboxes", {"name": name, "title": "Test", "type": "development", **changes}
    )
    return name, answer


def test_production_and_one_development_sandbox_are_there(aep):
    found = {each["name"]: each for each in aep.get(f"{SANDBOXES}/").json()["sandboxes"]}

    assert found["prod"]["type"] == "production"
    assert found["prod"]["isDefault"] is True
    assert found["dev"]["type"] == "development"
    assert found["dev"]["state"] == "active"


def test_one_sandbox_is_looked_up_by_name(aep):
    assert aep.get(f"{SANDBOXES}/sandboxes/dev").json()["name"] == "dev"
    assert aep.get(f"{SANDBOXES}/sandboxes/nowhere").status_code == 404


def test_a_new_sandbox_can_be_used(aep, in_sandbox):
    name, answer = new(aep)

    assert answer.status_code == 202
    assert answer.json()["state"] == "creating"
    assert in_sandbox(name).get("/data/foundation/schemaregistry/stats").status_code == 200


@pytest.mark.parametrize("changes", [{"name": "Upper"}, {"name": "dev"}, {"type": "test"}, {"title": None}])
def test_a_sandbox_needs_a_new_name_a_title_and_a_type(aep, changes):
    assert new(aep, **changes)[1].status_code == 400


def test_the_title_is_changed(aep):
    name, _ = new(aep)

    answer = aep.call("PATCH", f"{SANDBOXES}/sandboxes/{name}", json={"title": "Other"})

    assert answer.json()["title"] == "Other"
    assert aep.get(f"{SANDBOXES}/sandboxes/{name}").json()["title"] == "Other"


def test_a_reset_empties_a_sandbox(aep, in_sandbox):
    name, _ = new(aep)
    inside = in_sandbox(name)
    inside.dataset_of({"key": {"type": "string"}})

    assert (
        aep.call("PUT", f"{SANDBOXES}/sandboxes/{name}", json={"action": "reset"}).json()["state"]
        == "resetting"
    )
    assert inside.get("/data/foundation/catalog/dataSets").json() == {}


def test_a_deleted_sandbox_is_refused(aep, in_sandbox):
    name, _ = new(aep)

    assert aep.call("DELETE", f"{SANDBOXES}/sandboxes/{name}").status_code == 202
    assert in_sandbox(name).get("/data/foundation/schemaregistry/stats").status_code == 403
    assert aep.call("DELETE", f"{SANDBOXES}/sandboxes/prod").status_code == 400


def test_nothing_of_one_sandbox_is_seen_in_another(aep, in_sandbox):
    group = aep.field_group({"key": {"type": "string"}})
    schema = aep.schema(group["$id"])
    dataset = aep.dataset(schema["$id"])
    batch = aep.load_rows(dataset, {"key": "a"})["id"]
    prod = in_sandbox("prod")

    assert schema["$id"] not in prod.get("/data/foundation/schemaregistry/tenant/schemas", XED_ID).text
    assert prod.get(f"/data/foundation/catalog/dataSets/{dataset}").status_code == 404
    assert prod.get(f"/data/foundation/catalog/batches/{batch}").status_code == 404
    assert prod.act(batch, "REVERT").status_code == 404
    assert prod.get(f"/data/foundation/export/batches/{batch}/files").status_code == 404


def test_without_a_sandbox_header_everything_happens_in_prod(aep, in_sandbox):
    body = aep.field_group_body({"key": {"type": "string"}}, title="Forgot the header")

    answer = aep.call(
        "POST",
        "/data/foundation/schemaregistry/tenant/fieldgroups",
        json=body,
        headers={"x-sandbox-name": None},
    )

    assert answer.json()["meta:sandboxType"] == "production"
    listed = in_sandbox("prod").get("/data/foundation/schemaregistry/tenant/fieldgroups", XED_ID).text
    assert "Forgot the header" in listed
