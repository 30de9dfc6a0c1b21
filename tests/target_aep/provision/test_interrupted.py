"""Provisioning that is interrupted, or whose answers are lost, makes each thing once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_aep.aep import Clients
from target_aep.errors import TargetError
from target_aep.provision.prepare import prepare
from tests.target_aep.provision.conftest import PEOPLE, PROFILE, Prepare, with_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from target_aep.aep import Gateway
    from target_aep.settings import Settings

WRITES = "/(classes|fieldgroups|schemas|descriptors|identities|dataSets)"


def inventory(clients: Clients) -> dict[str, int]:
    """How much of everything there is."""
    schemas = list(clients.registry.resources("schemas"))
    return {
        "schemas": len(schemas),
        "field groups": len(list(clients.registry.resources("fieldgroups"))),
        "descriptors": sum(len(clients.registry.descriptors(schema["$id"])) for schema in schemas),
        "own namespaces": sum(namespace.custom for namespace in clients.namespaces.all()),
        "datasets": len(list(clients.catalog.datasets())),
    }


ADHOC = {"class": "adhoc"}
RELATIONAL = {"class": "relational", "version": "ModifiedDate"}
UPSERT = {**PROFILE, "load_method": "upsert"}


@pytest.fixture
def expected(
    prepared: Prepare, lake: RunningEmulator, clients: Clients, writes: Any, entry: dict[str, Any]
) -> tuple[int, dict[str, int]]:
    """How many writes a clean run has, and what it leaves."""
    prepared(entry)
    found = len(writes()), inventory(clients)
    lake.reset()
    return found


@pytest.mark.parametrize(
    ("entry", "when"),
    [
        pytest.param(PROFILE, "before", id="profile, before", marks=pytest.mark.slow),
        pytest.param(PROFILE, "after", id="profile, after"),
        pytest.param(ADHOC, "after", id="adhoc"),
        pytest.param(RELATIONAL, "after", id="relational", marks=pytest.mark.slow),
    ],
)
def test_answers_lost_at_any_write_leave_everything_once(
    lake: RunningEmulator,
    make_gateway: Callable[..., Gateway],
    make_settings: Callable[..., Settings],
    expected: tuple[int, dict[str, int]],
    entry: dict[str, Any],
    when: str,
) -> None:
    count, left = expected
    settings = make_settings(streams={"people": entry})
    for nth in range(1, count + 1):
        lake.reset()
        clients = Clients.over(make_gateway())
        lost = {"nth": nth, "when": when, "fault": {"reset": True}}
        lake.faults([{"cloud": "aep", "payload": ".", "path": WRITES, **lost}])
        prepare(clients, settings, "people", PEOPLE, ["SubscriberKey"])
        lake.clear_faults()
        assert inventory(clients) == left, nth


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(UPSERT, id="upsert"),
        pytest.param(ADHOC, id="adhoc", marks=pytest.mark.slow),
        pytest.param(RELATIONAL, id="relational"),
    ],
)
def test_a_run_that_died_at_any_write_is_completed_by_the_next(
    lake: RunningEmulator,
    make_gateway: Callable[..., Gateway],
    make_settings: Callable[..., Settings],
    expected: tuple[int, dict[str, int]],
    entry: dict[str, Any],
) -> None:
    count, left = expected
    settings = make_settings(streams={"people": entry})
    for nth in range(1, count + 1):
        lake.reset()
        clients = Clients.over(make_gateway())
        # The nth request with a body and all after it, POST or PATCH.
        stop = {"nth": list(range(nth, 20)), "fault": {"status": 403, "body": {"title": "stop"}}}
        lake.faults([{"cloud": "aep", "payload": ".", "path": WRITES, **stop}])
        with pytest.raises(TargetError):
            prepare(clients, settings, "people", PEOPLE, ["SubscriberKey"])
        lake.clear_faults()
        prepare(clients, settings, "people", PEOPLE, ["SubscriberKey"])
        assert inventory(clients) == left, nth


def test_an_addition_whose_answer_is_lost_is_made_once(
    prepared: Prepare, lake: RunningEmulator, clients: Clients
) -> None:
    prepared({"dataset": "People"})
    before = inventory(clients)
    lake.faults(
        [
            {
                "cloud": "aep",
                "method": "PATCH",
                "path": WRITES,
                "nth": 1,
                "when": "after",
                "fault": {"reset": True},
            }
        ]
    )
    made = prepared({"dataset": "People"}, with_properties(PEOPLE, Extra={"type": "string"}))
    assert "extra" in made.schema.fields["_acme"].fields
    assert inventory(clients) == before
