"""References within a JSON Schema, and ``allOf``, stand for what they name."""

from __future__ import annotations

import pytest

from target_aep.references import resolved

NUMBER = {"type": ["number", "null"]}
ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}, "geo": {"$ref": "#/$defs/n"}}}


def _property(node, **top):
    return resolved({"type": "object", "properties": {"a": node}, **top})["properties"]["a"]


@pytest.mark.parametrize("place", ["definitions", "$defs", "a b~/c"])
def test_a_reference_is_what_it_names(place):
    pointer = place.replace("~", "~0").replace("/", "~1").replace(" ", "%20")
    assert _property({"$ref": f"#/{pointer}/n"}, **{place: {"n": NUMBER}}) == NUMBER


def test_references_lead_on_and_what_stands_beside_them_counts():
    found = _property(
        {"$ref": "#/$defs/address", "title": "T"}, **{"$defs": {"n": NUMBER, "address": ADDRESS}}
    )
    assert found["title"] == "T"
    assert found["properties"]["geo"] == NUMBER


@pytest.mark.parametrize("reference", ["#/$defs/none", "other.json#/n", "https://example.com/n"])
def test_a_reference_to_nothing_is_left(reference):
    assert _property({"$ref": reference}) == {"$ref": reference}


def test_a_schema_that_contains_itself_ends():
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "child": {"$ref": "#/$defs/tree"}}}
    found = _property({"$ref": "#/$defs/tree"}, **{"$defs": {"tree": tree}})
    assert found["properties"]["child"] == {"$ref": "#/$defs/tree"}
    assert resolved({"properties": {"a": {"$ref": "#"}}})["properties"]["a"]["properties"]["a"] == {
        "$ref": "#"
    }


def test_all_of_several_is_one():
    one = {"type": "object", "properties": {"x": NUMBER}, "required": ["x"]}
    other = {"properties": {"y": {"type": "string"}}, "required": ["y"]}
    found = _property({"allOf": [{"$ref": "#/$defs/one"}, other]}, **{"$defs": {"one": one}})
    assert found == {
        "type": "object",
        "properties": {**one["properties"], **other["properties"]},
        "required": ["x", "y"],
    }


def test_what_has_no_references_stays_as_it_is():
    schema = {"type": "object", "properties": {"a": {"anyOf": [NUMBER, {"type": "string"}]}, "$ref": NUMBER}}
    assert resolved(schema) == schema


def test_references_that_multiply_without_end_do_not():
    defs = {f"d{n}": {"properties": {k: {"$ref": f"#/$defs/d{n + 1}"} for k in "ab"}} for n in range(60)}
    found = resolved(
        {"properties": {"many": {"$ref": "#/$defs/d0"}, "one": {"$ref": "#/$defs/d60"}}, "$defs": defs}
    )
    assert found["properties"]["many"]["properties"]["a"]["properties"]["a"]["properties"].keys() == {
        "a",
        "b",
    }
