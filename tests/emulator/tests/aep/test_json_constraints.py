"""JSON rows against what the schema demands of a value and of an object."""

from __future__ import annotations

import pytest

CONSTRAINED = {
    "size": {"type": "string", "enum": ["S", "M"]},
    "code": {"type": "string", "pattern": "^[a-z]+$"},
    "inside": {"type": "string", "pattern": "b"},
    "behind": {"type": "string", "pattern": "^(?!x)"},
    "short": {"type": "string", "minLength": 2, "maxLength": 3},
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "few": {"type": "integer", "minimum": 1, "maximum": 5},
    "mail": {"type": "string", "format": "email"},
    "link": {"type": "string", "format": "uri"},
    "reference": {"type": "string", "format": "uri-reference"},
    "ip": {"type": "string", "format": "ipv4"},
    "ip6": {"type": "string", "format": "ipv6"},
    "host": {"type": "string", "format": "hostname"},
    "pointer": {"type": "string", "format": "json-pointer"},
    "sizes": {"type": "array", "items": {"type": "string", "enum": ["S", "M"]}},
    "named": {"type": "object", "additionalProperties": {"type": "string", "enum": ["S"]}},
}


@pytest.fixture(scope="module")
def constrained(aep):
    return aep.dataset_of(CONSTRAINED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "M"),
        ("code", "abc"),
        ("inside", "abc"),
        ("behind", "abc"),
        ("short", "äöü"),
        ("percent", 0),
        ("percent", 100.0),
        ("few", 5),
        ("mail", "a@b.c"),
        ("link", "https://example.com/a?b=c#d"),
        ("link", "https://example.com/größe"),
        ("reference", "a/b"),
        ("ip", "10.0.0.1"),
        ("ip6", "::1"),
        ("host", "example.com"),
        ("pointer", "/a/b~1c"),
        ("sizes", ["S", "M", "S"]),
        ("named", {"x": "S"}),
    ],
)
def test_a_value_within_its_constraints_lands(aep, constrained, field, value):
    assert aep.load_value(constrained, field, value) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "XL"),
        ("size", "m"),
        ("code", "aBc"),
        ("inside", "ac"),
        ("behind", "xa"),
        ("short", "a"),
        ("short", "äöüß"),
        ("percent", -0.1),
        ("percent", 100.1),
        ("few", 0),
        ("few", 6),
        ("mail", "nobody"),
        ("mail", "a b@c.d"),
        ("link", "example.com"),
        ("link", "https://example.com/a b"),
        ("reference", "a b"),
        ("ip", "10.0.0.256"),
        ("ip6", "10.0.0.1"),
        ("host", "-a.com"),
        ("pointer", "a/b"),
        ("sizes", ["S", "L"]),
        ("named", {"x": "S", "y": "M"}),
    ],
)
def test_a_value_beyond_its_constraints_fails_its_row(aep, constrained, field, value):
    assert aep.load_value(constrained, field, value) == ["1404"]


def test_a_required_field_must_be_there(aep):
    dataset = aep.dataset_of({"key": {"type": "string"}, "other": {"type": "string"}}, required=["key"])

    batch = aep.load_rows(
        dataset, {"key": "a"}, {"other": "b"}, enableErrorDiagnostics=True, partialIngestionPercentage=50
    )

    (row,) = aep.row_errors(batch["id"])
    assert row["_errors"] == [
        {"code": "1555", "message": row["_errors"][0]["message"], "column": "_acme.key"}
    ]
    assert row["_acme"] == {"other": "b"}
    assert {"code": "INGEST-1555-400", "recordCount": 1}.items() <= batch["errors"][1].items()


def test_what_an_object_requires_counts_only_where_the_object_is(aep):
    group = aep.field_group({"key": {"type": "string"}})
    schema = aep.schema(group["$id"], "https://ns.adobe.com/xdm/mixins/profile-consents")
    dataset = aep.dataset(schema["$id"])

    absent = aep.load(dataset, [{"_acme": {"key": "a"}}])
    partial = aep.load(dataset, [{"consents": {"marketing": {"email": {"reason": "x"}}}}])
    empty = aep.load(dataset, [{"consents": {"marketing": {"email": {}}}}])
    complete = aep.load(dataset, [{"consents": {"marketing": {"email": {"val": "y"}}}}])

    statuses = [each["status"] for each in (absent, partial, empty, complete)]
    assert statuses == ["success", "failed", "failed", "success"]


@pytest.mark.parametrize(
    "first", [{"key": "a"}, {"key": "a", "points": "many"}], ids=["columns", "single rows"]
)
def test_what_an_empty_object_lacks_is_found_behind_other_rows(aep, first):
    inner = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["b"],
    }
    dataset = aep.dataset_of({"key": {"type": "string"}, "points": {"type": "integer"}, "inner": inner})
    rows = [first, *({"key": f"{number}"} for number in range(400)), {"key": "last", "inner": {}}]

    batch = aep.load_rows(dataset, *rows, enableErrorDiagnostics=True)

    assert "_acme.inner.b" in {
        error["column"] for row in aep.row_errors(batch["id"]) for error in row["_errors"]
    }


@pytest.mark.parametrize("bad", [0, 1, 7])
def test_rows_land_alike_whether_or_not_there_are_bad_ones_among_them(aep, people, bad):
    """Columns are read at once where they can be, single rows where they cannot: both must give the same."""
    good = [
        {
            "key": f"k{n}",
            "points": n,
            "spent": n / 3,
            "optIn": n % 2 == 0,
            "born": "1980-01-02",
            "seen": f"2024-01-02T03:04:05.{n:03}Z",
        }
        for n in range(900)
    ]
    rows = list(good)
    for number in range(bad):
        rows.insert(number * 130, {"points": "many"})

    batch = aep.load_rows(people, *rows, partialIngestionPercentage=5)

    assert batch["metrics"]["failedRecordCount"] == bad
    landed = [{name: value for name, value in row.items() if name != "big"} for row in aep.rows(people)]
    assert landed == good


EVENT = "https://ns.adobe.com/xdm/context/experienceevent"


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"_id": "1", "timestamp": "2024-01-01T00:00:00Z"}, "success"),
        ({"_id": "1"}, "failed"),
        ({"timestamp": "2024-01-01T00:00:00Z"}, "failed"),
        ({"_id": "a b", "timestamp": "2024-01-01T00:00:00Z"}, "failed"),
        (
            {
                "_id": "1",
                "timestamp": "2024-01-01T00:00:00Z",
                "identityMap": {"Email": [{"id": "a@b.c", "primary": True}]},
            },
            "success",
        ),
        (
            {
                "_id": "1",
                "timestamp": "2024-01-01T00:00:00Z",
                "identityMap": {"Email": [{"id": 1, "main": True}]},
            },
            "failed",
        ),
    ],
)
def test_an_event_needs_an_id_and_a_time(aep, row, status):
    dataset = aep.dataset(aep.schema(class_id=EVENT)["$id"])

    assert aep.load(dataset, [row])["status"] == status
