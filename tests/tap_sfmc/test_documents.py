"""README and plugin.yml say what ``--about`` says, and the package installs from nothing but its wheel."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tap_sfmc import documents
from tests.tap_sfmc.running import configure

UV = str(Path(sys.executable).with_name("uv"))
MELTANO = str(Path(sys.executable).with_name("meltano"))
ROOT = documents.PACKAGE.parent
HUB_KEYS = {
    "name", "namespace", "variant", "label", "description", "pip_url", "executable", "settings", "docs",
    "repo", "logo_url", "settings_group_validation", "commands", "capabilities", "select",
    "maintenance_status",
    "domain_url", "keywords", "definition", "next_steps", "settings_preamble", "usage", "prereq",
}  # fmt: skip
HUB_KINDS = {
    "oauth", "hidden", "password", "date_iso8601", "file", "email", "integer", "decimal", "options", "object",
    "array", "boolean", "string",
}  # fmt: skip
HUB_CAPABILITIES = {
    "properties", "catalog", "discover", "state", "about", "stream-maps", "schema-flattening",
    "activate-version", "batch", "test", "log-based", "structured-logging",
}  # fmt: skip


def test_the_readme_has_the_settings_that_about_tells():
    assert (documents.PACKAGE / "README.md").read_text() == documents.readme()


def test_the_plugin_definition_has_the_settings_that_about_tells():
    assert yaml.safe_load((documents.PACKAGE / "plugin.yml").read_text()) == documents.plugin()


def test_the_plugin_definition_is_as_the_hub_wants_it():
    document = yaml.safe_load((documents.PACKAGE / "plugin.yml").read_text())
    assert {"name", "namespace", "variant", "label"} <= document.keys() <= HUB_KEYS
    assert set(document["capabilities"]) <= HUB_CAPABILITIES
    assert {setting["kind"] for setting in document["settings"]} <= HUB_KINDS
    for setting in document["settings"]:
        assert setting.keys() <= {"name", "kind", "label", "description", "sensitive", "options", "value"}
        assert setting["label"]
        assert setting["description"]
    names = {setting["name"] for setting in document["settings"]}
    assert {name for group in document["settings_group_validation"] for name in group} <= names
    (secret,) = [setting["name"] for setting in document["settings"] if setting.get("sensitive")]
    assert secret == "client_secret"


@pytest.mark.slow
def test_the_wheel_runs_in_an_empty_meltano_project(emulator, tmp_path):
    def run(*command, **environment):
        process = subprocess.run(
            command,
            cwd=tmp_path / "project" if (tmp_path / "project").exists() else tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    quiet = {"MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false", "MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}
    run(UV, "build", "--wheel", "--out-dir", str(tmp_path), str(documents.PACKAGE))
    (wheel,) = tmp_path.glob("*.whl")
    definition = yaml.safe_load((documents.PACKAGE / "plugin.yml").read_text())
    (tmp_path / "plugin.yml").write_text(yaml.safe_dump({**definition, "pip_url": str(wheel)}))
    run(MELTANO, "init", "project", **quiet)
    run(
        MELTANO,
        "add",
        "tap-sfmc",
        "--plugin-type",
        "extractor",
        "--from-ref",
        str(tmp_path / "plugin.yml"),
        **quiet,
    )
    settings = {f"TAP_SFMC_{name.upper()}": value for name, value in configure(emulator).items()}
    verdicts = run(MELTANO, "invoke", "tap-sfmc:check", **quiet, **settings)
    assert "REST filters by" in verdicts
    messages = run(MELTANO, "invoke", "tap-sfmc", **quiet, **settings, TAP_SFMC_INCLUDE='["contacts"]')
    rows = [line for line in messages.splitlines() if line.startswith('{"type":"RECORD"')]
    assert len(rows) == len(emulator.source_rows("contacts"))
    assert json.loads(rows[0])["stream"] == "contacts"
