"""README and plugin.yml say what ``--about`` and the code say, and the package installs from its wheel."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from emulator.admin import call
from target_aep import aep
from target_aep.cli import COMMANDS
from target_aep.errors import (
    ConfigurationError,
    DataError,
    PermissionDeniedError,
    RemoteError,
    TryAgainError,
)
from tests.target_aep import documents

if TYPE_CHECKING:
    from emulator.testing import RunningEmulator

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


def test_the_readme_names_every_service_that_is_called() -> None:
    source = "".join(path.read_text() for path in Path(aep.__file__).parent.glob("*.py"))
    called = set(re.findall(r'^[A-Z_]+ = "(/(?:data|ims)/[^"]+)"', source, re.MULTILINE))
    assert len(called) > 7
    assert {path for path in called if path not in README} == set()


MELTANO, UV = (Path(sys.executable).with_name(name) for name in ("meltano", "uv"))
PEOPLE = {
    "type": "object",
    "properties": {"key": {"type": "string"}, "email": {"type": ["string", "null"]}},
}
MESSAGES = [
    {"type": "STATE", "value": {"bookmarks": {}}},
    {"type": "SCHEMA", "stream": "people", "schema": PEOPLE, "key_properties": ["key"]},
    {"type": "RECORD", "stream": "people", "record": {"key": "1", "email": "Anna@Example.com"}},
    {"type": "STATE", "value": {"bookmarks": {"people": {"at": 1}}}},
]


@pytest.mark.slow
def test_the_wheel_runs_in_an_empty_meltano_project(emulator: RunningEmulator, tmp_path: Path) -> None:
    call(emulator.home, "aep", "POST", "reset")
    aep = emulator.aep
    names = ("client_id", "client_secret", "org_id", "sandbox_name")
    email = {"path": "_{TENANT_ID}.email", "namespace": "Email", "primary": True, "normalise": "lower"}
    settings = {
        **{name: aep[name] for name in names},
        "ims_url": aep["base_url"],
        "platform_url": aep["base_url"],
        "poll_seconds": "0.1",
        "streams": json.dumps({"people": {"dataset": "Wheel people", "identities": [email]}}),
    }
    variables = {
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        **{f"TARGET_AEP_{name.upper()}": value for name, value in settings.items()},
    }

    def run(*command: object, fed: str | None = None) -> str:
        project = tmp_path / "project"
        done = subprocess.run(
            [str(word) for word in command],
            cwd=project if project.exists() else tmp_path,
            env={**os.environ, **variables},
            input=fed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(UV, "build", "--wheel", "--out-dir", tmp_path, documents.PACKAGE)
    (wheel,) = tmp_path.glob("*.whl")
    definition = yaml.safe_load((documents.PACKAGE / "plugin.yml").read_text(encoding="utf-8"))
    (tmp_path / "plugin.yml").write_text(yaml.safe_dump({**definition, "pip_url": str(wheel)}))
    run(MELTANO, "init", "project")
    run(MELTANO, "add", "target-aep", "--plugin-type", "loader", "--from-ref", tmp_path / "plugin.yml")
    assert "not known: streams" in run(MELTANO, "invoke", "target-aep:check")
    lines = "".join(f"{json.dumps(message)}\n" for message in MESSAGES)
    assert '"at": 1' in run(MELTANO, "invoke", "target-aep", fed=lines)
    assert emulator.query("SELECT _acme.email AS email FROM wheel_people") == [{"email": "anna@example.com"}]
    assert "1 rows in, 1 landed" in run(MELTANO, "invoke", "target-aep:batches")
    assert "No rejected rows" in run(MELTANO, "invoke", "target-aep:quarantine")
    catalog = tmp_path / "project" / "catalog.json"
    catalog.write_text(json.dumps(MESSAGES[1]))
    assert "nothing to change" in run(MELTANO, "invoke", "target-aep:plan", "--catalog", "catalog.json")
