"""What is told before anything is made: mistakes, limits, warnings; and how little is asked."""

from __future__ import annotations

from typing import Any

import pytest

from target_aep.errors import ConfigurationError
from target_aep.xdm.paths import find
from tests.target_aep.provision.conftest import (
    EMAIL,
    EVENT,
    KEY,
    PEOPLE_MAPPING,
    PROFILE,
    TEXT,
    Prepare,
    mapped,
)

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown standard field": (
        {"mapping": mapped(("First Name", "person.name.fristName"))},
        "Did you mean person.name.firstName",
    ),
    "no field name": ({"mapping": mapped(("First Name", "_{TENANT_ID}.first-name"))}, "no legal name"),
    "object and value": (
        {"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("First Name", "_{TENANT_ID}.a.b"))},
        "contradicts another",
    ),
    "destination twice": (
        {"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("First Name", "_{TENANT_ID}.a"))},
        "two mappings",
    ),
    "expression": (
        {
            "mapping": {
                "mappings": [
                    {"sourceType": "EXPRESSION", "source": "lower(", "destination": "_{TENANT_ID}.a"}
                ]
            }
        },
        "calculated field for _acme.a",
    ),
    "no such file": ({"mapping": "nothing.json"}, "there is no mapping"),
    "no such dataset": ({"dataset_id": "5c8c3c555033b814b69f947f"}, "there is no dataset"),
    "no such schema": ({"schema_id": "https://ns.adobe.com/acme/schemas/1"}, "there is no schema"),
    "no such title": ({"schema": "Nobody's"}, "there is no schema"),
    "misspelt type": ({"types": {"LoyaltyPoint": "long"}}, "Did you mean 'LoyaltyPoints'?"),
    "identity not mapped": ({"identities": [{**KEY, "path": "_{TENANT_ID}.nope"}]}, "nothing is mapped"),
    "namespace in another case": (
        {"mapping": PEOPLE_MAPPING, "identities": [{**EMAIL, "namespace": "email"}]},
        "is written Email",
    ),
    "event without key": ({**EVENT, "timestamp": "ModifiedDate", "id_fields": ["Nope"]}, "no field Nope"),
    "event without time": ({**EVENT, "timestamp": "Nope"}, "ModifiedDate"),
    "relational without version": ({"class": "relational"}, "needs a version"),
}


def test_without_provision_what_is_missing_is_listed(prepared: Prepare, writes: Any) -> None:
    with pytest.raises(ConfigurationError, match="create dataset 'People'") as raised:
        prepared(PROFILE, provision=False)
    assert "plan" in raised.value.remedy
    assert writes() == []


def test_a_dry_run_writes_nothing_and_knows_the_schema(prepared: Prepare, writes: Any) -> None:
    made = prepared(PROFILE, dry_run=True)
    assert writes() == []
    assert (made.dataset_id, made.schema_id) == ("", "")
    assert find(made.schema, "_acme.points") is not None
    assert find(made.schema, "person.name.firstName") is not None


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_is_told_before_anything_is_made(prepared: Prepare, writes: Any, case: str) -> None:
    entry, said = REFUSED[case]
    with pytest.raises(ConfigurationError) as raised:
        prepared(entry)
    assert said in str(raised.value)
    assert writes() == []


def test_a_source_field_that_the_stream_lacks_is_a_warning(prepared: Prepare) -> None:
    made = prepared({"mapping": mapped(("EmailAddress", "_{TENANT_ID}.a"), ("Gone", "_{TENANT_ID}.b"))})
    assert made.warnings == ("mapped, but not in the stream: Gone",)


def test_types_of_another_stream_of_the_same_entry_are_a_warning(prepared: Prepare) -> None:
    made = prepared({"types": {"Quantity": "long"}})
    assert made.warnings == ("types has entries of no field of the stream: Quantity",)


def test_more_fields_than_a_row_may_have_are_refused_before_anything_is_made(
    prepared: Prepare, writes: Any
) -> None:
    wide = {"properties": {f"f{n}": TEXT for n in range(5_000)}}
    nested = {"properties": {"a": {"type": "object", **wide}, "b": {"type": "object", **wide}, "c": TEXT}}
    with pytest.raises(ConfigurationError, match="fields in a row: 10,001"):
        prepared({}, nested, keys=())
    assert writes() == []


def test_listings_of_the_registry_are_never_begun_at_zero(prepared: Prepare, lake: Any) -> None:
    prepared(PROFILE)
    prepared({**PROFILE, "dataset": "More people"})
    listed = [
        request
        for request in lake.requests("aep")
        if request["method"] == "GET"
        and request["path"].endswith(("/schemas", "/fieldgroups", "/descriptors"))
    ]
    assert listed
    assert not [request for request in listed if "start=" in request["query"]]


def test_a_steady_run_asks_little(prepared: Prepare, lake: Any) -> None:
    prepared(PROFILE)
    lake.clear_requests()
    prepared(PROFILE)
    asked = [request["path"].rpartition("/data/")[2] for request in lake.requests("aep")]
    assert len(asked) <= 4, asked
