"""Listings of the Schema Registry: a page names where the next one begins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from target_aep.aep import SchemaRegistry

if TYPE_CHECKING:
    from target_aep.aep import Gateway
    from tests.target_aep.aep.conftest import ScriptedServer


def page(*titles: str, following: str | None) -> tuple[int, dict[str, str], str]:
    results = [{"title": title, "$id": title} for title in titles]
    return (200, {}, json.dumps({"results": results, "_page": {"next": following, "count": len(results)}}))


def test_the_next_page_begins_where_the_last_one_says(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [page("a", "b", following="b"), page("c", following=None)]
    found = [each["title"] for each in SchemaRegistry(gateway).resources("schemas")]
    assert found == ["a", "b", "c"]
    first, second = (request["path"] for request in server.requests)
    # `start` is a value of the order and no offset: from 0 there is nothing.
    assert "start=" not in first
    assert "start=b" in second


def test_a_server_that_names_the_same_page_again_is_left(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [page("a", following="a"), page("a", following="a")]
    assert len(list(SchemaRegistry(gateway).resources("schemas"))) == 2


def test_a_title_on_a_later_page_is_found(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [page("People", "People of old", following="x"), page("people", following=None)]
    found = SchemaRegistry(gateway).find("schemas", title="people")
    assert found is not None
    assert found["$id"] == "people"
