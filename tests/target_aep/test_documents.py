"""README and plugin.yml say what ``--about`` and the code say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from target_aep.cli import COMMANDS
from target_aep.errors import (
    ConfigurationError,
    DataError,
    PermissionDeniedError,
    RemoteError,
    TryAgainError,
)
from tests.target_aep import documents

HUB_KEYS = {
    "capabilities", "name", "pip_url", "variant", "description", "executable", "repo", "namespace",
    "logo_url", "label", "settings", "docs", "settings_group_validation", "commands", "dialect",
    "target_schema", "hidden", "requires", "maintenance_status", "domain_url", "keywords", "definition",
    "next_steps", "settings_preamble", "usage", "prereq",
}  # fmt: skip
HUB_KINDS = {
    "oauth", "hidden", "password", "date_iso8601", "file", "email", "integer", "decimal", "options", "object",
    "array", "boolean", "string",
}  # fmt: skip
README = (documents.PACKAGE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plugin() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((documents.PACKAGE / "plugin.yml").read_text(encoding="utf-8"))
    return document


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    """If this fails: ``python -m tests.target_aep.documents``."""
    assert documents.readme() == README


def test_the_plugin_definition_has_what_about_tells(plugin: dict[str, Any]) -> None:
    """If this fails: ``python -m tests.target_aep.documents``."""
    assert plugin == documents.plugin()


def test_the_plugin_definition_is_as_the_hub_wants_it(plugin: dict[str, Any]) -> None:
    assert {"name", "namespace", "variant", "label"} <= plugin.keys() <= HUB_KEYS
    assert {setting["kind"] for setting in plugin["settings"]} <= HUB_KINDS
    for setting in plugin["settings"]:
        assert setting.keys() <= {"name", "kind", "label", "description", "sensitive", "options", "value"}
        assert setting["description"]
    names = {setting["name"] for setting in plugin["settings"]}
    assert {name for group in plugin["settings_group_validation"] for name in group} <= names
    secrets = {setting["name"] for setting in plugin["settings"] if setting.get("sensitive")}
    assert secrets == {"client_id", "client_secret", "proxy"}


def test_the_plugin_definition_names_commands_that_exist(plugin: dict[str, Any]) -> None:
    assert set(plugin["commands"]) <= set(COMMANDS)
    for name, entry in plugin["commands"].items():
        assert entry["args"].split()[0] == name


def test_the_readme_names_every_command_and_exit_code() -> None:
    for name in COMMANDS:
        assert f"target-aep {name}" in README, name
    kinds = (DataError, ConfigurationError, RemoteError, TryAgainError, PermissionDeniedError)
    told = {int(code) for code in re.findall(r"^\| \*\*(\d+)\*\* \|", README, re.MULTILINE)}
    assert told == {0, *(kind.exit_code for kind in kinds)}
