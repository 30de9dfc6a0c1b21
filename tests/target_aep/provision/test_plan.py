"""Plans: read, kept in a file, applied; and the checks before a first run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from target_aep import check
from target_aep.errors import ConfigurationError
from target_aep.provision.catalog import streams_of, streams_of_messages
from target_aep.provision.guardrails import ALL, PROFILE_BATCHES_PER_DAY
from target_aep.provision.plan_document import apply_document, plan
from target_aep.provision.prepare import prepare
from target_aep.provision.stream import StreamSchema
from tests.target_aep.provision.conftest import CLICKS, EVENT, INT, PEOPLE, PROFILE, TEXT, with_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from target_aep.aep import Clients
    from target_aep.settings import Settings

STREAMS = [StreamSchema("people", PEOPLE, ("SubscriberKey",)), StreamSchema("clicks", CLICKS, ("EventID",))]
ENTRIES = {"people": PROFILE, "clicks": EVENT}


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(streams=ENTRIES, runs_per_day=100, provision=False)


def test_a_plan_says_what_would_be_made(clients: Clients, settings: Settings) -> None:
    text = plan(clients, settings, STREAMS).text()
    assert "create schema 'People' of class profile" in text
    assert "create dataset 'Clicks'" in text
    assert "100 from this pipeline (1 a run, 100 runs a day by `runs_per_day`), more than the 90" in text
    assert "_acme.points         int" in text
    assert "create identity namespace SFMCSubscriberKey (CROSS_DEVICE, for ever)\n" in text


def test_what_streams_share_is_planned_once(clients: Clients, make_settings: Callable[..., Settings]) -> None:
    twice = make_settings(streams={"*": {**PROFILE, "dataset": "{stream}"}})
    streams = [StreamSchema(name, PEOPLE, ("SubscriberKey",)) for name in ("one", "two")]
    lines = plan(clients, twice, streams).text().splitlines()
    assert [line for line in lines if line.endswith("(as above)")] == [
        "  + create identity namespace SFMCSubscriberKey (CROSS_DEVICE, for ever) (as above)"
    ]
    assert "In all: 13 changes for 2 streams. Nothing has been made yet." in lines


def test_a_plan_makes_nothing(clients: Clients, settings: Settings, writes: Any) -> None:
    plan(clients, settings, STREAMS)
    assert writes() == []


def test_a_plan_file_is_applied_whatever_provision_says(clients: Clients, settings: Settings) -> None:
    document = json.loads(json.dumps(plan(clients, settings, STREAMS).to_dict()))
    made = apply_document(clients, settings, document)
    assert [each.dataset_name for each in made] == ["People", "Clicks"]
    assert "nothing to change" in plan(clients, settings, STREAMS).text()


def test_a_plan_is_applied_once_however_often(clients: Clients, settings: Settings, writes: Any) -> None:
    document = plan(clients, settings, STREAMS).to_dict()
    first = apply_document(clients, settings, document)
    writes()
    assert apply_document(clients, settings, document) == first
    assert writes() == []


def test_a_plan_that_was_carried_out_in_part_is_completed(clients: Clients, settings: Settings) -> None:
    document = plan(clients, settings, STREAMS).to_dict()
    provisioning = msgspec.structs.replace(settings, provision=True)
    prepare(clients, provisioning, "people", PEOPLE, ["SubscriberKey"])
    made = apply_document(clients, settings, document)
    assert [each.dataset_name for each in made] == ["People", "Clicks"]


def test_a_change_that_the_plan_does_not_have_is_not_made(
    clients: Clients, settings: Settings, make_settings: Callable[..., Settings], writes: Any
) -> None:
    document = plan(clients, settings, STREAMS).to_dict()
    changed = make_settings(streams={**ENTRIES, "clicks": {**EVENT, "dataset": "Other clicks"}})
    writes()
    with pytest.raises(ConfigurationError, match="clicks: create dataset 'Other clicks'"):
        apply_document(clients, changed, document)
    assert writes() == []


def test_streams_that_would_make_one_schema_of_two_minds_are_told(
    clients: Clients, make_settings: Callable[..., Settings]
) -> None:
    shared = make_settings(streams={"*": {"dataset": "Shared"}})
    streams = [
        StreamSchema("one", {"properties": {"a": INT}}),
        StreamSchema("two", {"properties": {"a": TEXT}}),
        StreamSchema("three", {"properties": {"a": INT, "b": TEXT}}),
    ]
    found = plan(clients, shared, streams)
    assert [stream for stream, _ in found.problems] == ["two"]
    assert "_acme.a is int, a is now string" in found.text()
    assert "create dataset 'Shared' (as above)" in found.text()


def test_a_plan_of_another_sandbox_or_no_plan_is_not_applied(clients: Clients, settings: Settings) -> None:
    document = plan(clients, settings, STREAMS).to_dict()
    with pytest.raises(ConfigurationError, match="for sandbox 'other'"):
        apply_document(clients, settings, {**document, "sandbox": "other"})
    with pytest.raises(ConfigurationError, match="no plan"):
        apply_document(clients, settings, {"hello": "world"})


def test_a_stream_that_cannot_be_planned_does_not_hide_the_others(
    clients: Clients, settings: Settings
) -> None:
    found = plan(clients, settings, [*STREAMS, StreamSchema("unknown", PEOPLE)])
    assert len(found.drafts) == 2
    assert "no entry of streams matches" in found.text()
    with pytest.raises(ConfigurationError, match="has problems"):
        apply_document(clients, settings, found.to_dict())


def test_streams_are_read_from_a_catalog_as_they_are_selected() -> None:
    def entry(name: str, *, selected: bool) -> dict[str, Any]:
        return {
            "tap_stream_id": name,
            "stream": name,
            "key_properties": ["SubscriberKey"],
            "schema": with_properties(PEOPLE, Extra=TEXT),
            "metadata": [
                {"breadcrumb": [], "metadata": {"selected": selected}},
                {
                    "breadcrumb": ["properties", "Extra"],
                    "metadata": {"inclusion": "available", "selected": False},
                },
            ],
        }

    catalog = {"streams": [entry("people", selected=True), entry("rest", selected=False)]}
    (found,) = streams_of(catalog)
    assert (found.stream, found.key_properties) == ("people", ("SubscriberKey",))
    assert list(found.properties) == list(PEOPLE["properties"])
    with pytest.raises(ConfigurationError, match="no Singer catalog"):
        streams_of({"hello": "world"})


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        (None, "schema is None instead of a JSON schema"),
        ({"properties": ["a"]}, r"the properties of schema are \['a'\]"),
        ({"properties": {"a": {"properties": {"b": 1}}}}, r"schema\.a\.b is 1"),
        ({"properties": {"a": {"type": [1]}}}, r"the type of schema\.a is \[1\]"),
        ({"properties": {"a": {"type": "array", "items": "x"}}}, r"schema\.a\[\] is 'x'"),
    ],
)
def test_a_malformed_schema_of_a_stream_is_an_error_with_its_place(schema, complaint):
    message = {"type": "SCHEMA", "stream": "s", "schema": schema, "key_properties": []}

    with pytest.raises(ConfigurationError, match=f"stream 's': {complaint}"):
        streams_of_messages([json.dumps(message)])


def test_every_guardrail_says_where_it_is_from() -> None:
    assert all(guardrail.source and (guardrail.warn or guardrail.refuse) for guardrail in ALL)
    assert [PROFILE_BATCHES_PER_DAY.verdict(n) for n in (90, 91)] == ["ok", "warn"]


def verdicts(found: list[check.Verdict]) -> dict[str, str]:
    return {verdict.name: verdict.outcome.value for verdict in found}


def test_a_check_of_a_sound_setup_has_no_failure(
    clients: Clients, make_settings: Callable[..., Settings]
) -> None:
    found = check.run(clients, make_settings(streams=ENTRIES), STREAMS)
    assert "failed" not in verdicts(found).values()
    assert check.exit_code(found) == 0
    assert "stream people" in check.text(found)


def test_a_check_without_provision_fails_for_what_is_missing(clients: Clients, settings: Settings) -> None:
    found = check.run(clients, settings, STREAMS)
    assert verdicts(found)["stream people"] == "failed"
    assert check.exit_code(found) == 2


def test_a_check_names_entries_that_no_stream_needs(
    clients: Clients, make_settings: Callable[..., Settings]
) -> None:
    found = check.run(clients, make_settings(streams={**ENTRIES, "poeple": {}}), STREAMS)
    assert verdicts(found)["entry poeple"] == "unknown"
    assert sum(name.startswith("entry ") for name in verdicts(found)) == 1


def test_a_check_names_the_permission_that_is_missing(
    clients: Clients, settings: Settings, lake: RunningEmulator
) -> None:
    denied = {
        "status": 403,
        "body": {"title": "Permission management access denied", "detail": "GET access is denied"},
    }
    lake.faults([{"cloud": "aep", "path": "/schemaregistry/tenant/schemas", "fault": denied}])
    found = check.run(clients, settings, [])
    assert verdicts(found)["schemas"] == "failed"
    assert verdicts(found)["datasets"] == "ok"
    assert check.exit_code(found) == 77


def test_a_check_refuses_a_production_sandbox_that_is_not_allowed(
    clients: Clients, make_settings: Callable[..., Settings]
) -> None:
    found = check.run(clients, make_settings(sandbox_name="prod"))
    assert verdicts(found)["production"] == "failed"
    assert check.exit_code(found) == 2
    allowed = check.run(clients, make_settings(sandbox_name="prod", allow_production=True))
    assert verdicts(allowed)["production"] == "ok"


def test_a_check_of_a_sandbox_that_is_not_there_says_only_that(
    clients: Clients, make_settings: Callable[..., Settings]
) -> None:
    found = check.run(clients, make_settings(sandbox_name="nowhere"), STREAMS)
    assert verdicts(found) == {"token": "ok", "sandbox": "failed", "everything else": "skipped"}
    assert "only dev, prod" in check.text(found)


def test_a_check_says_what_it_comes_to(
    clients: Clients, settings: Settings, make_settings: Callable[..., Settings]
) -> None:
    sound = make_settings(streams=ENTRIES)
    assert check.text(check.run(clients, sound, STREAMS)).endswith("that was tried is in order.")
    assert check.text(check.run(clients, sound)).endswith("Nothing failed; not known: streams.")
    failing = check.text(check.run(clients, settings, STREAMS))
    assert failing.endswith("A run would fail: stream people, stream clicks.")


PERMISSIONS = {
    "view-schemas": "View Schemas (Data Modeling)",
    "view-datasets": "View Datasets (Data Management)",
    "view-identity-namespaces": "View Identity Namespaces (Identity Management)",
    "manage-schemas": "manage-schemas",
    "manage-datasets": "manage-datasets",
    "manage-identity-namespaces": "manage-identity-namespaces",
}


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_check_names_each_permission_that_is_missing(
    clients: Clients, make_settings: Callable[..., Settings], lake: RunningEmulator, permission: str
) -> None:
    lake.set_switches({"aep.missing_permissions": permission})
    try:
        found = check.run(clients, make_settings())
    finally:
        lake.reset_switches()
    assert verdicts(found)[f"permission {permission}"] == "failed"
    assert check.exit_code(found) == 77
    assert f"Ask an administrator to add {PERMISSIONS[permission]}" in check.text(found)


def test_a_check_as_json_can_be_shown_to_others(clients: Clients, settings: Settings) -> None:
    text = json.dumps(check.to_dict(check.run(clients, settings, STREAMS), settings, "1.0"))
    for secret in (settings.client_id, settings.client_secret, settings.org_id):
        assert secret not in text
