"""Schemas to and from the registry's JSON."""

from __future__ import annotations

import pytest

from target_aep.xdm import Field, XdmType, parse, to_json_schema

SCALARS = [kind for kind in XdmType if kind.is_scalar]


def schema(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize("kind", SCALARS)
def test_a_type_survives_the_way_to_the_registry_and_back(kind: XdmType) -> None:
    field = Field(kind, title="T", description="D")
    assert parse(schema(x=to_json_schema(field))).fields["x"] == field


def test_nested_fields_survive_it_too() -> None:
    tree = Field(
        XdmType.OBJECT,
        fields={
            "tags": Field(XdmType.ARRAY, items=Field(XdmType.STRING, max_length=5)),
            "counts": Field(XdmType.MAP, items=Field(XdmType.INT)),
            "inner": Field(XdmType.OBJECT, fields={"a": Field(XdmType.LONG)}, required=frozenset({"a"})),
        },
    )
    assert parse(to_json_schema(tree)) == tree


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, XdmType.INT),
        ({"minimum": -128, "maximum": 128}, XdmType.BYTE),
        ({"minimum": -32768, "maximum": 32768}, XdmType.SHORT),
        ({"minimum": 0, "maximum": 2147483648}, XdmType.INT),
        ({"minimum": -9007199254740992, "maximum": 9007199254740992}, XdmType.LONG),
        ({"maximum": 3_000_000_000}, XdmType.LONG),
        ({"minimum": 0, "maximum": 3_000_000_000, "meta:xdmType": "int"}, XdmType.LONG),
        ({"minimum": 0, "maximum": 100, "meta:xdmType": "int"}, XdmType.INT),
    ],
)
def test_an_integers_type_follows_from_its_bounds(bounds: dict[str, object], expected: XdmType) -> None:
    assert parse(schema(x={"type": "integer", **bounds})).fields["x"].type is expected


def test_bounds_that_only_tell_the_type_are_no_rule() -> None:
    field = parse(schema(x={"type": "integer", "minimum": -(2**31), "maximum": 100})).fields["x"]
    assert (field.minimum, field.maximum) == (None, 100)


def test_references_and_parts_of_a_raw_resource_are_united() -> None:
    raw = {
        "type": "object",
        "definitions": {
            "customFields": schema(_acme={"type": "object", "properties": {"a": {"type": "string"}}})
        },
        "allOf": [
            {"$ref": "#/definitions/customFields"},
            {
                "properties": {"_acme": {"type": "object", "properties": {"b": {"type": "number"}}}},
                "required": ["_acme"],
            },
        ],
    }
    root = parse(raw)
    assert set(root.fields["_acme"].fields) == {"a", "b"}
    assert root.required == {"_acme"}


def test_an_object_of_values_of_one_kind_is_a_map() -> None:
    identity = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}
    field = parse(schema(identityMap={"type": "object", "additionalProperties": identity})).fields[
        "identityMap"
    ]
    assert field.type is XdmType.MAP
    assert field.items is not None
    assert field.items.type is XdmType.ARRAY


def test_a_field_without_a_type_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"schema\.x"):
        parse(schema(x={"title": "?"}))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"type": "object", "properties": {"x": 1}}, r"schema\.x is 1 instead of a JSON schema"),
        ({"type": "object", "properties": ["x"]}, r"properties of schema is \['x'\] instead of an object"),
        (schema(x={"type": "integer", "minimum": "0"}), r"minimum of schema\.x is '0' instead of a number"),
        (schema(x={"type": "array", "items": ["a"]}), r"items of schema\.x is \['a'\] instead of an object"),
        ({"type": "object", "allOf": [None]}, "schema is None instead of a JSON schema"),
        (
            {"definitions": {"a": {"properties": {"b": {"$ref": "#/definitions/a"}}}}, "properties": {}}
            | {"allOf": [{"$ref": "#/definitions/a"}]},
            "refers to itself",
        ),
    ],
)
def test_what_is_no_schema_is_an_error_with_its_place(document: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(document)
