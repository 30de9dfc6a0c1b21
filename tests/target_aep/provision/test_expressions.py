"""Calculated fields that provisioning adds, evaluated."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from target_aep.dataprep import compile_expression
from target_aep.provision.expressions import event_id, identity_map, normalised, reference
from target_aep.provision.stream import StreamSchema
from target_aep.stream_settings import IdentitySettings


def stream(*names: str) -> StreamSchema:
    return StreamSchema("s", {"properties": {name: {"type": "string"} for name in names}})


def evaluate(expression: str, **row: Any) -> Any:
    return compile_expression(expression)(row)


def identity(**settings: Any) -> IdentitySettings:
    return IdentitySettings(**{"path": "p", "namespace": "Email", **settings})


def test_an_event_id_is_a_hash_of_dataset_unit_and_key() -> None:
    expression = event_id(stream("EventID", "_sdc_business_unit"), ["EventID"], "Clicks")
    expected = hashlib.sha256(b"Clicks|de|e1").hexdigest()
    assert evaluate(expression, EventID="e1", _sdc_business_unit="de") == expected


def test_event_ids_differ_by_dataset_unit_and_key() -> None:
    facts = stream("k", "_sdc_business_unit")
    ids = {
        evaluate(event_id(facts, ["k"], label), k=key, _sdc_business_unit=unit)
        for label in ("a", "b")
        for unit in ("x", "y", None)
        for key in ("1", "2", 1.5)
    }
    assert len(ids) == 18


def test_a_key_of_several_fields_is_not_ambiguous() -> None:
    expression = event_id(stream("a", "b"), ["a", "b"], "l")
    assert evaluate(expression, a="x|", b="y") != evaluate(expression, a="x", b="|y")


def test_a_row_without_a_key_has_no_id() -> None:
    assert evaluate(event_id(stream("k"), ["k"], "l"), k=None) is None


@pytest.mark.parametrize(
    ("settings", "value", "expected"),
    [
        ({"normalise": "lower"}, "A@B.co", "a@b.co"),
        ({"normalise": ["trim", "lower"]}, " A@B.co ", "a@b.co"),
        ({"normalise": ["trim"]}, "   ", None),
        ({"normalise": "upper", "placeholders": ["n/a", "Unknown"]}, "N/a", None),
        ({"placeholders": ["none"]}, "none", None),
        ({"placeholders": ["none"]}, "some", "some"),
        ({}, "As is", "As is"),
        ({"normalise": ["trim", "lower"]}, None, None),
    ],
)
def test_an_identity_takes_its_normal_form(settings: dict[str, Any], value: Any, expected: Any) -> None:
    assert evaluate(normalised("x", identity(**settings)), x=value) == expected


def test_an_identity_map_holds_the_identities_that_have_a_value() -> None:
    entries = [(identity(primary=True, namespace="Crm"), "k"), (identity(), "lower(e)")]
    loose = identity_map(entries, needs_primary=False)
    both = evaluate(loose, k="1", e="A@b.co")
    assert both == {"Crm": [{"id": "1", "primary": True}], "Email": [{"id": "a@b.co", "primary": False}]}
    assert evaluate(loose, k="1", e=None)["Email"] is None
    assert evaluate(identity_map(entries, needs_primary=True), k=None, e="a@b.co") is None


@pytest.mark.parametrize("name", ["First Name", "a.b", "size", "weird}name", "日本"])
def test_any_column_can_be_referred_to(name: str) -> None:
    assert evaluate(reference(stream(name), name), **{name: "v"}) == "v"
