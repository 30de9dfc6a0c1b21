"""CSV files, the legacy way: flat, neither checked nor counted."""

from __future__ import annotations

import pytest

REGISTRY = "/data/foundation/schemaregistry"


@pytest.fixture
def flat(aep):
    """A dataset on an ad-hoc schema, and the name of its namespace."""
    columns = {"name": {"type": "string"}, "age": {"type": "integer"}}
    class_ = aep.made(
        f"{REGISTRY}/tenant/classes",
        {
            "type": "object",
            "title": aep.unique("flat"),
            "description": "",
            "allOf": [
                {"$ref": "https://ns.adobe.com/xdm/data/adhoc"},
                {"properties": {"_adhoc": {"type": "object", "properties": columns}}},
            ],
        },
    )
    dataset = aep.dataset(aep.schema(class_id=class_["$id"])["$id"])
    return dataset, class_["meta:datasetNamespace"]


def load(aep, dataset, content, **input_format):
    return aep.load(dataset, content, kind="csv", input_format={"format": "csv", **input_format})


def test_columns_land_below_the_namespace_of_the_schema(aep, flat):
    dataset, namespace = flat

    batch = load(aep, dataset, b"name,age\nAnn,3\nBob,\n")

    assert batch["status"] == "success"
    rows = aep.query(f"SELECT {namespace} AS row FROM {aep.table(dataset)} ORDER BY _row")
    assert [row["row"] for row in rows] == [{"name": "Ann", "age": 3}, {"name": "Bob", "age": None}]


def test_the_delimiter_can_be_chosen(aep, flat):
    dataset, namespace = flat

    load(aep, dataset, b"name;age\nAnn;3\n", delimiter=";")

    assert aep.query(f"SELECT {namespace}.age AS age FROM {aep.table(dataset)}") == [{"age": 3}]


def test_nothing_is_counted(aep, flat):
    assert "metrics" not in load(aep, flat[0], b"name,age\nAnn,3\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\nAnn,3\n", "118"), (b"name,size\nAnn,3\n", None), (b"name,age\nAnn,three\n", None), (b"", "106")],
)
def test_a_file_that_does_not_fit_fails_the_batch(aep, flat, content, code):
    batch = load(aep, flat[0], content)

    assert batch["status"] == "failed"
    if code:
        assert batch["errors"][0]["code"] == code
