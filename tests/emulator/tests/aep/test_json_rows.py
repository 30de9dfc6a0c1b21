"""JSON rows: conversion by Adobe's matrix, nulls and unknown fields."""

from __future__ import annotations

import pytest

EVENT = "https://ns.adobe.com/xdm/context/experienceevent"
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
    assert aep.load_value(typed, field, value) == expected


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
    assert aep.load_value(typed, field, value) == ["1403"]


def test_a_long_beyond_53_bits_is_out_of_bounds(aep, typed):
    assert aep.load_value(typed, "long", 9007199254740993) == ["1403"]


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
