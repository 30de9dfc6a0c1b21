"""What happens to a schema when the stream changes: it grows, or the run stops and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_aep.errors import ConfigurationError, DataError
from target_aep.xdm.paths import find
from tests.target_aep.provision.conftest import (
    CLICKS,
    EVENT,
    INT,
    PEOPLE,
    PROFILE,
    TEXT,
    WHEN,
    Prepare,
    with_properties,
)

if TYPE_CHECKING:
    from target_aep.aep import Clients

NESTED = {
    "properties": {
        "id": TEXT,
        "address": {
            "type": "object",
            "properties": {
                "street name": TEXT,
                "zip": TEXT,
                "geo": {"type": "object", "properties": {"x-y": INT}},
            },
        },
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": TEXT}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
}


def test_a_new_field_is_added_and_the_others_keep_their_place(prepared: Prepare) -> None:
    first = prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    wider = with_properties(CLICKS, **{"Offer Code": TEXT, "EmailSource": TEXT})
    second = prepared(EVENT, wider, stream="clicks", keys=("EventID",))
    assert second.schema_id == first.schema_id
    assert find(second.schema, "_acme.offerCode") is not None
    assert find(second.schema, "_acme.revenue") == find(first.schema, "_acme.revenue")


def test_a_column_of_a_like_name_does_not_take_the_field_of_another(
    prepared: Prepare, clients: Clients
) -> None:
    def destinations(*names: str) -> dict[str, str]:
        made = prepared({"dataset": "Like"}, {"properties": dict.fromkeys(names, TEXT)}, keys=())
        return {mapping.source: mapping.destination for mapping in made.mapping.mappings}

    assert destinations("EmailAddress") == {"EmailAddress": "_acme.emailAddress"}
    both = destinations("Email Address", "EmailAddress")
    assert both["EmailAddress"] == "_acme.emailAddress"
    assert destinations("Email Address") == {"Email Address": both["Email Address"]}
    (group,) = clients.registry.resources("fieldgroups")
    title = "/definitions/customFields/properties/_acme/properties/emailAddress/title"
    clients.registry.patch("fieldgroups", group["$id"], [{"op": "replace", "path": title, "value": "Mail"}])
    assert destinations("Email Address", "EmailAddress") == both
    with pytest.raises(ConfigurationError, match="would both be emailAddress"):
        destinations("Email Address", "EmailAddress", "E-Mail Address", "email_address")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Revenue": TEXT}, "_acme.revenue is double, Revenue is now string"),
        ({"EventDate": TEXT}, "_acme.eventDate is date-time, EventDate is now string"),
        ({"Revenue": {"type": "object", "properties": {"a": TEXT}}}, "Revenue is now object"),
    ],
)
def test_a_breaking_change_stops_the_stream_with_the_ways_out(
    prepared: Prepare, writes: Any, change: dict[str, Any], told: str
) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    writes()
    with pytest.raises(DataError, match="for ever") as raised:
        prepared(EVENT, with_properties(CLICKS, **change), stream="clicks", keys=("EventID",))
    assert told in str(raised.value)
    assert "types." in raised.value.remedy
    assert writes() == []


def test_profile_has_one_type_for_each_field(prepared: Prepare, writes: Any) -> None:
    prepared(PROFILE)
    numbers = with_properties(PEOPLE, LoyaltyPoints=TEXT)
    writes()
    with pytest.raises(DataError, match=r"_acme\.points is int, and string here") as raised:
        prepared({**PROFILE, "dataset": "More people"}, numbers)
    assert "set types.LoyaltyPoints to int" in raised.value.remedy
    assert writes() == []
    prepared({**PROFILE, "dataset": "More people", "types": {"LoyaltyPoints": "int"}}, numbers)
    lake_only = {**PROFILE, "dataset": "Lake only", "profile": False}
    prepared(lake_only, numbers)
    with pytest.raises(DataError, match="map LoyaltyPoints to a field of another name; or leave"):
        prepared({**lake_only, "profile": True}, numbers)


def test_the_first_way_out_works(prepared: Prepare) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    changed = with_properties(CLICKS, Revenue=TEXT)
    made = prepared({**EVENT, "types": {"Revenue": "double"}}, changed, stream="clicks", keys=("EventID",))
    row = {"EventID": "1", "EventDate": "2026-01-02T03:04:05Z", "Revenue": "2.5"}
    assert made.mapping.preview([row], made.schema)[0]["data"]["_acme"]["revenue"] == 2.5


def test_a_type_that_grew_narrower_is_no_breaking_change(prepared: Prepare) -> None:
    prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    narrower = with_properties(CLICKS, Revenue={"type": "integer"}, EmailAddress=WHEN)
    prepared(EVENT, narrower, stream="clicks", keys=("EventID",))


def test_an_attribute_that_is_new_within_a_list_is_added(prepared: Prepare) -> None:
    prepared({"dataset": "Orders"}, NESTED, keys=("id",))
    line = {"type": "object", "properties": {"sku": TEXT, "price": {"type": "number"}}}
    wider = with_properties(NESTED, lines={"type": "array", "items": line})
    made = prepared({"dataset": "Orders"}, wider, keys=("id",))
    found = made.mapping.preview([{"lines": [{"sku": "a", "price": 1.5}]}], made.schema)[0]
    assert found["data"]["_acme"]["lines"] == [{"sku": "a", "price": 1.5}]
    changed = with_properties(
        NESTED, lines={"type": "array", "items": {**line, "properties": {"sku": INT, "price": TEXT}}}
    )
    with pytest.raises(DataError, match=r"lines\[\*\].price is double"):
        prepared({"dataset": "Orders"}, changed, keys=("id",))


def test_schema_and_field_group_renamed_in_aep_are_extended_as_before(
    prepared: Prepare, clients: Clients
) -> None:
    first = prepared(EVENT, CLICKS, stream="clicks", keys=("EventID",))
    (group,) = clients.registry.resources("fieldgroups")
    for kind, resource_id, title in (
        ("schemas", first.schema_id, "Our clicks"),
        ("fieldgroups", group["$id"], "Ours"),
    ):
        clients.registry.patch(kind, resource_id, [{"op": "replace", "path": "/title", "value": title}])
    second = prepared(EVENT, with_properties(CLICKS, Extra=TEXT), stream="clicks", keys=("EventID",))
    assert second.schema_id == first.schema_id
    assert find(second.schema, "_acme.extra") is not None
    assert [each["title"] for each in clients.registry.resources("fieldgroups")] == ["Ours"]
