"""Which sandbox it is, asked with the rights of an ordinary credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_aep.aep import Sandboxes
from target_aep.errors import ConfigurationError, PermissionDeniedError

if TYPE_CHECKING:
    from emulator.testing import RunningEmulator
    from target_aep.aep import Clients, Gateway
    from tests.target_aep.aep.conftest import ScriptedServer


def sandbox(name: str, **further: Any) -> dict[str, Any]:
    return {"name": name, "title": name.title(), "type": "development", "state": "active", **further}


def listing(*sandboxes: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    return (200, {}, json.dumps({"sandboxes": sandboxes, "_page": {"count": len(sandboxes)}}))


def test_no_right_to_administrate_sandboxes_is_needed(clients: Clients, lake: RunningEmulator) -> None:
    lake.set_switches({"aep.missing_permissions": "view-sandboxes,manage-sandboxes"})
    try:
        assert clients.sandboxes.get("dev").type == "development"
    finally:
        lake.reset_switches()


def test_the_list_is_asked_for_without_naming_a_sandbox(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [listing(sandbox("dev"))]
    Sandboxes(gateway).get("dev")
    assert "x-sandbox-name" not in server.requests[0]["headers"]


def test_all_pages_are_read(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [listing(*(sandbox(f"s{n}") for n in range(100))), listing(sandbox("last"))]
    assert Sandboxes(gateway).get("last").name == "last"
    assert "offset=100" in server.requests[1]["path"]


def test_a_server_that_knows_no_pages_is_asked_no_third_time(
    gateway: Gateway, server: ScriptedServer
) -> None:
    server.answers = [listing(*(sandbox(f"s{n}") for n in range(100)))] * 2
    assert len(Sandboxes(gateway).available()) == 100


def test_a_wrong_name_is_told_with_those_there_are(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [listing(sandbox("dev"), sandbox("prod"))]
    with pytest.raises(ConfigurationError, match="'nowhere' that the credential may use, only dev, prod"):
        Sandboxes(gateway).get("nowhere")


def test_a_title_given_for_a_name_is_recognised(gateway: Gateway, server: ScriptedServer) -> None:
    server.answers = [listing(sandbox("emea-dev", title="EMEA Development"))]
    with pytest.raises(ConfigurationError, match="Set sandbox_name to 'emea-dev'"):
        Sandboxes(gateway).get("EMEA Development")


@pytest.mark.parametrize(
    "answer", [listing(), (403, {}, '{"status":403,"title":"denied","type":"x/SMS-2010-403"}')]
)
def test_a_credential_without_any_sandbox_is_sent_to_an_administrator(
    gateway: Gateway, server: ScriptedServer, answer: tuple[int, dict[str, str], str]
) -> None:
    server.answers = [answer]
    with pytest.raises(PermissionDeniedError, match=r"Ask an administrator .*'dev'"):
        Sandboxes(gateway).get("dev")


def test_only_a_sandbox_that_is_said_to_be_for_development_is_not_production(
    gateway: Gateway, server: ScriptedServer
) -> None:
    server.answers = [listing(sandbox("a", type="production"), sandbox("b", type=None), sandbox("c"))]
    assert [each.is_production for each in Sandboxes(gateway).available()] == [True, True, False]
