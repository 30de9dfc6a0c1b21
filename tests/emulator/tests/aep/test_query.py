"""SQL over what landed."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests

EVENT = "https://ns.adobe.com/xdm/context/experienceevent"
IDENTITY_MAP = "https://ns.adobe.com/xdm/context/identitymap"


def post(aep, sql, **more):
    return requests.post(f"{aep.base}/_emulator/query", json={"sql": sql, **more}, timeout=30)


def test_a_table_has_the_datasets_name_in_lower_snake_case(aep):
    dataset = aep.dataset_of({"key": {"type": "string"}}, name="My Tést – Data/Set 2")
    aep.load_rows(dataset, {"key": "a"})

    assert aep.query("SELECT _acme.key AS key FROM my_t_st_data_set_2") == [{"key": "a"}]


def test_all_rows_carry_their_batch_and_the_order_of_loading(aep, people):
    batches = [aep.load_rows(people, {"key": key}, {"key": key * 2})["id"] for key in "ab"]

    rows = aep.query(f"SELECT _acme.key AS key, _batch_id, _row FROM {aep.table(people)} ORDER BY _row")

    assert [row["key"] for row in rows] == ["a", "aa", "b", "bb"]
    assert [row["_batch_id"] for row in rows] == [batches[0]] * 2 + [batches[1]] * 2
    assert [row["_row"] for row in rows] == sorted({row["_row"] for row in rows})


def test_latest_has_one_row_per_primary_identity_the_one_loaded_last(aep):
    group = aep.field_group({"key": {"type": "string"}, "n": {"type": "integer"}})
    schema = aep.schema(group["$id"])
    aep.identity(schema["$id"], "/_acme/key")
    dataset = aep.dataset(schema["$id"])
    aep.load_rows(dataset, {"key": "a", "n": 1}, {"key": "b", "n": 1}, {"key": "a", "n": 2})
    last = aep.load_rows(dataset, {"key": "b", "n": 3}, {"n": 4}, {"n": 5})

    def latest():
        sql = f"SELECT _acme.key AS key, _acme.n AS n FROM {aep.table(dataset)}_latest ORDER BY n"
        return [(row["key"], row["n"]) for row in aep.query(sql)]

    assert latest() == [("a", 2), ("b", 3), (None, 4), (None, 5)]
    aep.act(last["id"], "REVERT")
    assert latest() == [("b", 1), ("a", 2)]


def test_latest_of_events_is_by_id(aep):
    dataset = aep.dataset(aep.schema(class_id=EVENT)["$id"])
    events = [
        {"_id": key, "timestamp": f"2024-01-0{day}T00:00:00Z"} for key, day in (("a", 1), ("b", 1), ("a", 2))
    ]
    aep.load(dataset, events)

    rows = aep.query(f"SELECT _id, timestamp FROM {aep.table(dataset)}_latest ORDER BY _id")

    assert rows == [
        {"_id": "a", "timestamp": "2024-01-02T00:00:00.000Z"},
        {"_id": "b", "timestamp": "2024-01-01T00:00:00.000Z"},
    ]


def test_latest_by_the_primary_entry_of_the_identity_map(aep):
    group = aep.field_group({"n": {"type": "integer"}})
    dataset = aep.dataset(aep.schema(group["$id"], IDENTITY_MAP)["$id"])

    def row(mail, number, **more):
        return {"identityMap": {"Email": [{"id": mail, "primary": True}], **more}, "_acme": {"n": number}}

    aep.load(dataset, [row("a", 1), row("b", 2, CRMID=[{"id": "1"}]), row("a", 3, Phone=[{"id": "2"}])])

    rows = aep.query(f"SELECT _acme.n AS n FROM {aep.table(dataset)}_latest ORDER BY n")
    assert [each["n"] for each in rows] == [2, 3]


def test_latest_of_relational_rows_is_by_primary_key(aep):
    schema = aep.relational_schema(
        {"id": {"type": "string"}, "part": {"type": "integer"}, "n": {"type": "integer"}}, ["id", "part"]
    )
    body = {"@type": "xdm:descriptorPrimaryKey", "xdm:sourceSchema": schema["$id"], "xdm:sourceVersion": 1}
    aep.made(
        "/data/foundation/schemaregistry/tenant/descriptors", {**body, "xdm:sourceProperty": ["/id", "/part"]}
    )
    dataset = aep.dataset(schema["$id"])
    aep.load(
        dataset,
        [{"id": "a", "part": 1, "n": 1}, {"id": "a", "part": 2, "n": 2}, {"id": "a", "part": 1, "n": 3}],
    )

    assert [row["n"] for row in aep.query(f"SELECT n FROM {aep.table(dataset)}_latest ORDER BY n")] == [2, 3]


def test_change_requests_of_relational_rows_are_not_honoured(aep):
    """`_change_request_type` through the batch API is not documented; it is an unknown field here."""
    dataset = aep.dataset(aep.relational_schema({"id": {"type": "string"}}, ["id"])["$id"])

    batch = aep.load(dataset, [{"id": "a", "_change_request_type": "d"}])

    assert batch["status"] == "failed"


def test_a_schema_without_key_has_no_latest(aep, people):
    answer = post(aep, f"SELECT * FROM {aep.table(people)}_latest")

    assert answer.status_code == 400
    assert aep.table(people) in answer.json()["error"]


def test_a_table_without_rows_has_the_columns_of_its_schema(aep, people):
    answer = post(aep, f"SELECT * FROM {aep.table(people)}").json()

    assert answer["rows"] == []
    assert {"_acme", "personID", "_id", "_batch_id", "_row"} <= set(answer["columns"])


def test_rows_from_before_a_new_field_have_null_in_it(aep):
    group = aep.field_group({"key": {"type": "string"}})
    dataset = aep.dataset(aep.schema(group["$id"])["$id"])
    aep.load_rows(dataset, {"key": "old"})
    path = "/definitions/customFields/properties/_acme/properties/city"
    aep.patch("fieldgroups", group["$id"], {"op": "add", "path": path, "value": {"type": "string"}})
    aep.load_rows(dataset, {"key": "new", "city": "Bonn"})

    assert aep.rows(dataset) == [{"key": "old", "city": None}, {"key": "new", "city": "Bonn"}]


def test_datasets_can_be_joined_and_counted(aep, people):
    aep.load_rows(people, {"key": "a", "spent": 1.5}, {"key": "a", "spent": 2}, {"key": "b", "spent": 3})

    rows = aep.query(
        f"SELECT _acme.key AS key, sum(_acme.spent) AS spent FROM {aep.table(people)} GROUP BY 1 ORDER BY 1"
    )

    assert rows == [{"key": "a", "spent": 3.5}, {"key": "b", "spent": 3.0}]


def test_another_sandbox_can_be_asked(aep, in_sandbox):
    prod = in_sandbox("prod")
    dataset = prod.dataset_of({"key": {"type": "string"}}, name="Only in prod")
    prod.load_rows(dataset, {"key": "p"})

    assert post(aep, "SELECT _acme.key AS key FROM only_in_prod", sandbox="prod").json()["rows"] == [
        {"key": "p"}
    ]
    assert post(aep, "SELECT * FROM only_in_prod").status_code == 400


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM no_such_table",
        "SELEKT 1",
        "",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
    ],
)
def test_a_query_that_cannot_run_says_why(aep, sql):
    answer = post(aep, sql)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_show_tables_lists_what_there_is(aep, people):
    assert aep.table(people) in {row["name"] for row in aep.query("SHOW TABLES")}


def test_the_command_prints_rows(aep, people, running):
    aep.load_rows(people, {"key": "ä", "points": 3})
    sql = f"SELECT _acme.key AS key, _acme.points AS points FROM {aep.table(people)}"

    done = subprocess.run(
        [sys.executable, "-m", "emulator.cli", "query", sql, "--home", str(running.path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["key", "points", "---", "------", "ä", "3"]
