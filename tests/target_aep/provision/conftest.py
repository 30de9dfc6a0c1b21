"""Streams as taps describe them, and ways to prepare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from target_aep.provision.prepare import Destination, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from target_aep.aep import Clients
    from target_aep.settings import Settings

INT = {"type": ["integer", "null"], "minimum": -(2**31), "maximum": 2**31 - 1}
TEXT = {"type": ["string", "null"]}
WHEN = {"type": ["string", "null"], "format": "date-time"}

PEOPLE = {
    "type": "object",
    "required": ["SubscriberKey"],
    "properties": {
        "SubscriberKey": {"type": "string", "maxLength": 100},
        "EmailAddress": TEXT,
        "First Name": TEXT,
        "LoyaltyPoints": INT,
        "TotalSpent": {"type": ["number", "null"]},
        "EmailOptIn": {"type": ["boolean", "null"]},
        "ModifiedDate": WHEN,
        "_sdc_business_unit": TEXT,
    },
}
CLICKS = {
    "type": "object",
    "properties": {
        "EventID": TEXT,
        "SubscriberKey": TEXT,
        "EmailAddress": TEXT,
        "EventDate": WHEN,
        "Revenue": {"type": ["number", "null"]},
        "_sdc_business_unit": TEXT,
    },
}

PEOPLE_MAPPING = {
    "mappings": [
        {"sourceType": "ATTRIBUTE", "source": "SubscriberKey", "destination": "_{TENANT_ID}.subscriberKey"},
        {"sourceType": "ATTRIBUTE", "source": "EmailAddress", "destination": "personalEmail.address"},
        {"sourceType": "ATTRIBUTE", "source": "First Name", "destination": "person.name.firstName"},
        {"sourceType": "ATTRIBUTE", "source": "LoyaltyPoints", "destination": "_{TENANT_ID}.points"},
        {"sourceType": "STATIC", "source": "SFMC", "destination": "_{TENANT_ID}.source"},
    ]
}
KEY = {"path": "_{TENANT_ID}.subscriberKey", "namespace": "SFMCSubscriberKey", "primary": True}
EMAIL = {"path": "personalEmail.address", "namespace": "Email", "normalise": ["trim", "lower"]}

PROFILE = {
    "dataset": "People",
    "class": "profile",
    "mapping": PEOPLE_MAPPING,
    "identities": [KEY, EMAIL],
    "profile": True,
}
EVENT = {"dataset": "Clicks", "class": "event", "timestamp": "EventDate"}


def with_properties(schema: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A schema with further or other properties."""
    return {**schema, "properties": {**schema["properties"], **properties}}


class Prepare(Protocol):
    """Prepares a stream with settings of its own."""

    def __call__(
        self,
        entry: dict[str, Any],
        schema: dict[str, Any] = ...,
        *,
        stream: str = ...,
        keys: tuple[str, ...] = ...,
        **settings: Any,
    ) -> Destination: ...


@pytest.fixture
def prepared(clients: Clients, make_settings: Callable[..., Settings]) -> Prepare:
    """Prepares a stream; by default people by their key."""

    def run(
        entry: dict[str, Any],
        schema: dict[str, Any] = PEOPLE,
        *,
        stream: str = "people",
        keys: tuple[str, ...] = ("SubscriberKey",),
        **settings: Any,
    ) -> Destination:
        return prepare(clients, make_settings(streams={stream: entry}, **settings), stream, schema, keys)

    return run


@pytest.fixture
def writes(lake: RunningEmulator) -> Callable[[], list[tuple[str, str]]]:
    """Lists the requests since the last call that could have changed something, as (method, path)."""
    lake.clear_requests()  # whatever test came before

    def since() -> list[tuple[str, str]]:
        logged = lake.requests("aep")
        lake.clear_requests()
        return [
            (request["method"], request["path"])
            for request in logged
            if request["method"] != "GET" and not request["path"].startswith("/ims/")
        ]

    return since


def mapped(*pairs: tuple[str, str]) -> dict[str, Any]:
    """A mapping set of attributes: sources with their destinations."""
    return {"mappings": [{"sourceType": "ATTRIBUTE", "source": a, "destination": b} for a, b in pairs]}
