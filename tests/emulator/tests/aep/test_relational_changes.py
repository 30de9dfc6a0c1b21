"""Changes of relational rows: `_change_request_type` through the batch API, a switch."""

from __future__ import annotations

import pytest

FIELDS = {
    "id": {"type": "string", "minLength": 1},
    "modified": {"type": "string", "format": "date-time"},
    "n": {"type": "integer"},
}


@pytest.fixture
def table(aep):
    """A dataset on a relational schema with a key and a version."""
    schema = aep.relational_schema(FIELDS, ["id", "modified"])
    for kind, path in (("PrimaryKey", "/id"), ("Version", "/modified")):
        body = {
            "@type": f"xdm:descriptor{kind}",
            "xdm:sourceSchema": schema["$id"],
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": path,
        }
        aep.made("/data/foundation/schemaregistry/tenant/descriptors", body)
    return aep.dataset(schema["$id"])


def row(key, day, n, **change):
    return {"id": key, "modified": f"2026-01-0{day}T00:00:00Z", "n": n, **change}


def latest(aep, dataset):
    rows = aep.query(f"SELECT id, n FROM {aep.table(dataset)}_latest ORDER BY id")
    return [(each["id"], each["n"]) for each in rows]


def test_the_highest_version_of_a_key_is_the_latest_whenever_it_came(aep, table):
    aep.load(table, [row("a", 2, 20), row("b", 1, 10)])
    aep.load(table, [row("a", 1, 11), row("b", 3, 30)])

    assert latest(aep, table) == [("a", 20), ("b", 30)]


DELETED = {"_change_request_type": "d"}


@pytest.mark.parametrize(
    ("treatment", "status", "expected"),
    [
        ("refused", "failed", [("a", 1), ("b", 1)]),
        ("ignored", "success", [("a", 2), ("b", 1)]),
        ("honoured", "success", [("b", 1)]),
    ],
)
def test_a_delete_is_refused_or_a_row_or_a_delete(aep, table, switch, treatment, status, expected):
    switch(relational_changes=treatment)
    aep.load(table, [row("a", 1, 1), row("b", 1, 1)])

    ended = aep.load(table, [row("a", 2, 2, **DELETED)])

    assert ended["status"] == status
    assert latest(aep, table) == expected


def test_a_change_that_there_is_not_fails_its_row(aep, table, switch):
    switch(relational_changes="honoured")

    assert aep.load(table, [row("a", 1, 1, _change_request_type="D")])["status"] == "failed"


def test_in_other_schemas_it_is_a_field_that_is_not_there(aep, people, switch):
    switch(relational_changes="honoured")

    assert aep.load(people, [{"_acme": {"key": "a"}, **DELETED}])["status"] == "failed"
