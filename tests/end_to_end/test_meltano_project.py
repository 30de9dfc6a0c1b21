"""meltano.yml itself: in step with the plugins, nothing secret, complete."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end import meltano_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from tests.end_to_end.pipeline import Pipeline

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(meltano_settings.project_file().load(ROOT / "meltano.yml"))


@pytest.mark.parametrize("plugin", meltano_settings.PLUGINS)
def test_settings_are_those_that_the_plugin_declares(document: dict[str, Any], plugin: str) -> None:
    """If this fails: ``make meltano-settings``."""
    written = meltano_settings.in_project(document, plugin)["settings"]
    assert json.loads(json.dumps(written)) == meltano_settings.declared(plugin)


@pytest.mark.parametrize("plugin", meltano_settings.PLUGINS)
def test_capabilities_are_those_that_the_plugin_declares(document: dict[str, Any], plugin: str) -> None:
    """Without ``structured-logging`` Meltano shows a plugin's log as raw text."""
    written = meltano_settings.in_project(document, plugin)["capabilities"]
    assert list(written) == meltano_settings.capabilities(plugin)


@pytest.mark.parametrize("plugin", meltano_settings.PLUGINS)
def test_configured_settings_exist(document: dict[str, Any], plugin: str) -> None:
    names = {setting["name"] for setting in meltano_settings.declared(plugin)}
    kind = meltano_settings.PLUGINS[plugin]
    entries = [document, *(environment.get("config", {}) for environment in document["environments"])]
    configured = {
        name
        for entry in entries
        for each in entry.get("plugins", {}).get(kind, [])
        if each["name"] == plugin
        for name in each.get("config", {})
    }
    assert configured <= names


def test_no_environment_holds_a_credential(document: dict[str, Any]) -> None:
    text = json.dumps(document, default=str)
    assert not re.search(r'"(client_secret|client_id|org_id)": "(?!\$)', text)


def test_the_readme_names_only_plugin_commands_that_exist(document: dict[str, Any]) -> None:
    named = set(re.findall(r"\b(tap-sfmc|target-aep|emulator):([a-z]+)", (ROOT / "README.md").read_text()))
    commands = {
        (plugin["name"], command)
        for plugins in document["plugins"].values()
        for plugin in plugins
        for command in plugin.get("commands", {})
    }
    assert named
    assert named <= commands


def test_plugin_commands_read_the_project_s_settings(
    emulator: RunningEmulator, new_pipeline: Callable[[RunningEmulator], Pipeline]
) -> None:
    """Meltano hands nested settings to commands as flat names; the mapping of a stream must survive that."""
    pipeline = new_pipeline(emulator)
    pipeline.meltano("select", "tap-sfmc", "--list")

    checked = pipeline.meltano("invoke", "target-aep:check")

    assert re.search(r"^ok +stream web_activity", checked.stdout, re.MULTILINE)
