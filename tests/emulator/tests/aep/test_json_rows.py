"""JSON rows: forms of a file, conversion by Adobe's matrix, constraints."""

from __future__ import annotations

import json

import pytest

LONG = {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991}
TYPES = {
    "string": {"type": "string"},
    "byte": {"type": "integer", "minimum": -128, "maximum": 128},
    "short": {"type": "integer", "minimum": -32768, "maximum": 32768},
    "int": {"type": "integer"},
    "long": LONG,
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "dateTime": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "properties": {"a": {"type": "string"}}},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
}


@pytest.fixture(scope="module")
def typed(aep):
    """A dataset with one field of each type."""
    return aep.dataset_of(TYPES)


def loaded(aep, dataset, field, value):
    """Load one value; return what landed, or the error codes of the row."""
    before = len(aep.rows(dataset))
    batch = aep.load_rows(dataset, {field: value}, enableErrorDiagnostics=True)
    if batch["status"] == "failed":
        return [error["code"] for error in aep.row_errors(batch["id"])[0]["_errors"]]
    return aep.rows(dataset)[before][field]


ACCEPTED = [
    ("string", "text", "text"),
    ("string", "", ""),
    ("string", "Grüße 😀 \u2028", "Grüße 😀 \u2028"),
    ("string", 12, "12"),
    ("string", 1.5, "1.5"),
    ("byte", 127, 127),
    ("byte", "-128", -128),
    ("short", -32768, -32768),
    ("int", 2147483647, 2147483647),
    ("int", "12", 12),
    ("int", "+12", 12),
    ("int", 12.0, 12),
    ("long", 9007199254740991, 9007199254740991),
    ("long", "-9007199254740991", -9007199254740991),
    ("double", 0.1, 0.1),
    ("double", 3, 3.0),
    ("double", "2.5e3", 2500.0),
    ("boolean", True, True),
    ("date", "2018-11-12", "2018-11-12"),
    ("date", 1541980800000, "2018-11-12"),
    ("dateTime", "2018-11-12T10:11:12Z", "2018-11-12T10:11:12.000Z"),
    ("dateTime", "2018-11-12T10:11:12.5Z", "2018-11-12T10:11:12.500Z"),
    ("dateTime", "2018-11-12T10:11:12.123456789Z", "2018-11-12T10:11:12.123Z"),
    ("dateTime", "2018-11-12T10:11:12+02:00", "2018-11-12T08:11:12.000Z"),
    ("dateTime", "2018-11-12T10:11:12.25-05:30", "2018-11-12T15:41:12.250Z"),
    ("dateTime", 1542017472000, "2018-11-12T10:11:12.000Z"),
    ("dateTime", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ("array", ["a", "b"], ["a", "b"]),
    ("array", [], []),
    ("object", {"a": "x"}, {"a": "x"}),
    ("map", {"k": "v", "l": "w"}, {"k": "v", "l": "w"}),
]


@pytest.mark.parametrize(("field", "value", "expected"), ACCEPTED)
def test_a_value_that_the_matrix_accepts_lands(aep, typed, field, value, expected):
    assert loaded(aep, typed, field, value) == expected


REFUSED = [
    ("string", True),
    ("string", ["a"]),
    ("string", {"a": "b"}),
    ("byte", 128),
    ("short", 40000),
    ("int", 2147483648),
    ("int", 1.5),
    ("int", "1.5"),
    ("int", "twelve"),
    ("int", "1_000"),
    ("int", " 1"),
    ("int", ""),
    ("int", True),
    ("int", 1e300),
    ("long", 9223372036854775808),
    ("double", "wide"),
    ("double", ""),
    ("double", False),
    ("boolean", "true"),
    ("boolean", 1),
    ("date", "12.11.2018"),
    ("date", "2018-02-30"),
    ("date", "2018-11-12T10:11:12Z"),
    ("date", 1.5),
    ("dateTime", "2018-11-12"),
    ("dateTime", "2018-11-12T10:11:12"),
    ("dateTime", "2018-11-12 10:11:12Z"),
    ("dateTime", "2018-11-12T25:11:12Z"),
    ("dateTime", "2018-13-12T10:11:12Z"),
    ("dateTime", "now"),
    ("dateTime", True),
    ("dateTime", 10**18),
    ("array", "a"),
    ("array", [True]),
    ("object", "a"),
    ("object", ["a"]),
    ("map", "a"),
    ("map", {"k": True}),
]


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_a_value_that_the_matrix_does_not_accept_fails_its_row(aep, typed, field, value):
    assert loaded(aep, typed, field, value) == ["1403"]


def test_a_long_beyond_53_bits_is_out_of_bounds(aep, typed):
    assert loaded(aep, typed, "long", 9007199254740993) == ["1403"]


@pytest.mark.parametrize(("rule", "status"), [("refused", "failed"), ("absent", "success")])
def test_what_a_null_means_is_a_switch(aep, typed, switch, rule, status):
    switch(json_null=rule)

    batch = aep.load_rows(typed, {"string": None, "int": 3}, enableErrorDiagnostics=True)

    assert batch["status"] == status
    if status == "failed":
        assert aep.row_errors(batch["id"])[0]["_errors"][0]["column"] == "_acme.string"


@pytest.mark.parametrize("unknown", [{"surprise": 1}, {"object": {"a": "x", "b": "y"}}])
@pytest.mark.parametrize(("rule", "status"), [("refused", "failed"), ("dropped", "success")])
def test_what_an_unknown_field_does_is_a_switch(aep, typed, switch, unknown, rule, status):
    switch(unknown_fields=rule)

    assert aep.load_rows(typed, {"string": "known", **unknown})["status"] == status


def test_an_unknown_field_at_the_root_fails_the_row(aep, typed):
    assert aep.load(typed, [{"loose": 1}])["status"] == "failed"


def test_empty_lines_are_no_rows(aep, people):
    batch = aep.load(people, b'\n\n{"_acme":{"key":"a"}}\r\n\n{"_acme":{"key":"b"}}\n\n')

    assert batch["metrics"]["inputRecordCount"] == 2


BROKEN_LINES = [
    b"not json",
    b'{"_acme":{"key":"a"',
    b'{missingQuotes: "v1"}',
    b'["_acme"]',
    b'"text"',
    b"7",
    b'{"_acme":{"key":"a"}}{"_acme":{"key":"b"}}',
    b'{"_acme":{"spent":NaN}}',
    b'{"_acme":{"spent":Infinity}}',
    b'{"_acme":{"key":"\xff"}}',
]


@pytest.mark.parametrize("broken", BROKEN_LINES)
def test_a_line_that_is_no_object_is_a_corrupt_row(aep, people, broken):
    good = b'{"_acme":{"key":"good"}}\n'

    batch = aep.load(
        people, good + broken + b"\n" + good, enableErrorDiagnostics=True, partialIngestionPercentage=50
    )

    assert batch["status"] == "success"
    assert batch["metrics"]["inputRecordCount"] == 3
    (row,) = aep.row_errors(batch["id"])
    assert row["_errors"][0]["code"] == "1401"
    assert row["_filename"] == "parsing_errors_0.json"
    assert row["_corrupt_record"] == broken.decode("utf-8", "replace")


def test_an_object_over_several_lines_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, json.dumps({"_acme": {"key": "a"}}, indent=1).encode())["status"] == "failed"


ARRAY = json.dumps([{"_acme": {"key": "a"}}, {"_acme": {"key": "b"}}], indent=1).encode()


def test_an_array_is_read_with_the_flag(aep, people):
    batch = aep.load(people, ARRAY, input_format={"format": "json", "isMultiLineJson": True})

    assert batch["status"] == "success"
    assert [row["key"] for row in aep.rows(people)] == ["a", "b"]


def test_an_array_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, ARRAY)["status"] == "failed"


def test_an_array_on_one_line_is_corrupt_without_the_flag(aep, people):
    assert aep.load(people, json.dumps(json.loads(ARRAY)).encode())["status"] == "failed"


def test_lines_are_corrupt_with_the_flag(aep, people):
    lines = b'{"_acme":{"key":"a"}}\n{"_acme":{"key":"b"}}\n'

    assert (
        aep.load(people, lines, input_format={"format": "json", "isMultiLineJson": True})["status"]
        == "failed"
    )


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
    assert loaded(aep, constrained, field, value) == value


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
    assert loaded(aep, constrained, field, value) == ["1404"]


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


def test_identity_maps_land_as_they_were_sent(aep):
    dataset = aep.dataset(aep.schema(class_id=EVENT)["$id"])
    maps = [
        {"Email": [{"id": "a@b.c", "primary": True}], "CRMID": [{"id": "1"}, {"id": "2"}]},
        {},
        {"Phone": [{"id": "+1", "authenticatedState": "ambiguous"}]},
    ]
    rows = [
        {"_id": str(n), "timestamp": "2024-01-01T00:00:00Z", "identityMap": each}
        for n, each in enumerate(maps)
    ]

    aep.load(dataset, [*rows, {"_id": "9", "timestamp": "2024-01-01T00:00:00Z"}])

    found = [
        row["identityMap"] for row in aep.query(f"SELECT identityMap FROM {aep.table(dataset)} ORDER BY _row")
    ]
    bare = [
        each
        and {
            key: [{k: v for k, v in entry.items() if v is not None} for entry in entries]
            for key, entries in each.items()
        }
        for each in found
    ]
    assert bare == [*maps, None]
