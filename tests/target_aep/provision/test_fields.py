"""JSON Schema of taps as XDM fields."""

from __future__ import annotations

from typing import Any

import pytest

from target_aep.dataprep import compile_expression
from target_aep.provision.expression_types import type_of
from target_aep.provision.fields import field_of
from target_aep.provision.stream import StreamSchema
from target_aep.xdm import XdmType

INT_BOUNDS = {"minimum": -(2**31), "maximum": 2**31 - 1}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["integer", "null"], **INT_BOUNDS}, XdmType.INT),
        ({"type": "integer"}, XdmType.LONG),
        ({"type": "integer", "minimum": 0, "maximum": 100}, XdmType.INT),
        ({"type": "integer", "minimum": 0}, XdmType.LONG),
        ({"type": ["number", "null"], "multipleOf": 0.01}, XdmType.DOUBLE),
        ({"type": ["boolean", "null"]}, XdmType.BOOLEAN),
        ({"type": "string", "format": "date-time"}, XdmType.DATE_TIME),
        ({"type": "string", "format": "date"}, XdmType.DATE),
        ({"type": "string", "format": "email", "maxLength": 10}, XdmType.STRING),
        ({"type": "string", "format": "time"}, XdmType.STRING),
        ({"type": ["string", "integer"]}, XdmType.STRING),
        ({"type": ["integer", "number"]}, XdmType.DOUBLE),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, XdmType.DATE_TIME),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string"}]}, XdmType.STRING),
        ({"type": "null"}, XdmType.STRING),
        ({}, XdmType.STRING),
        ({"type": "array", "items": {"type": "integer"}}, XdmType.ARRAY),
        ({"type": "array"}, XdmType.ARRAY),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, XdmType.OBJECT),
        ({"type": "object", "additionalProperties": {"type": "string"}}, XdmType.MAP),
        ({"type": "object"}, XdmType.STRING),
    ],
)
def test_a_property_becomes_a_field_that_is_wide_enough(schema: dict[str, Any], expected: XdmType) -> None:
    assert field_of(schema).type is expected


def test_what_the_source_promises_is_described_and_not_enforced() -> None:
    schema = {"type": "string", "maxLength": 20, "enum": ["a", "b", None], "description": "Where to."}
    field = field_of(schema, title="Stage", required=True)
    assert field.title == "Stage"
    assert field.description == "Where to. At most 20 characters. One of a, b. Never empty in the source."
    assert (field.max_length, field.enum) == (None, None)


STREAM = StreamSchema(
    "s",
    {
        "properties": {
            "n": {"type": "integer", **INT_BOUNDS},
            "d": {"type": "number"},
            "t": {"type": "string"},
            "b": {"type": "boolean"},
            "when": {"type": "string", "format": "date-time"},
        }
    },
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lower(t)", XdmType.STRING),
        ("t == 'x'", XdmType.BOOLEAN),
        ("b && n > 1", XdmType.BOOLEAN),
        ("iif(b, 1, nullify())", XdmType.LONG),
        ("iif(b, n, d)", XdmType.DOUBLE),
        ("iif(b, n, t)", XdmType.STRING),
        ("b ? 1.5 : 2", XdmType.DOUBLE),
        ("coalesce(when, now())", XdmType.DATE_TIME),
        ("to_integer(t)", XdmType.LONG),
        ("n", XdmType.INT),
        ("n + 1", XdmType.STRING),
        ("nullify()", XdmType.STRING),
    ],
)
def test_a_calculated_field_is_text_unless_its_type_is_certain(expression: str, expected: XdmType) -> None:
    assert type_of(compile_expression(expression).tree, STREAM).type is expected
