"""``check``, ``plan`` and ``apply`` as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.target_aep.provision.conftest import PEOPLE, PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator
    from target_aep.settings import Settings

COMMAND = Path(sys.executable).with_name("target-aep")
CATALOG = {
    "streams": [
        {"tap_stream_id": "people", "stream": "people", "schema": PEOPLE, "key_properties": ["SubscriberKey"]}
    ]
}


@pytest.fixture
def folder(tmp_path: Path, lake: RunningEmulator, make_settings: Callable[..., Settings]) -> Path:
    """A folder with config.json and catalog.json."""
    settings = make_settings(streams={"people": PROFILE})
    (tmp_path / "config.json").write_bytes(msgspec.json.encode(settings))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    return tmp_path


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"stdin": subprocess.DEVNULL, **options}
    return subprocess.run(
        [COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60, **options
    )


def test_a_plan_is_kept_and_applied_and_then_there_is_nothing_to_change(folder: Path) -> None:
    planned = run(
        folder, "plan", "--config", "config.json", "--catalog", "catalog.json", "--out", "plan.json"
    )
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "create dataset 'People' for Profile and Identity" in planned.stdout
    applied = run(folder, "apply", "--config", "config.json", "plan.json")
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.startswith("people: dataset 'People' ")
    again = run(folder, "plan", "--config", "config.json", "--catalog", "catalog.json")
    assert "nothing to change" in again.stdout


def test_a_catalog_may_come_from_a_pipe_or_from_meltano(folder: Path) -> None:
    piped = run(
        folder, "plan", "--config", "config.json", "--catalog", "-", stdin=None, input=json.dumps(CATALOG)
    )
    assert "People" in piped.stdout
    schema = {"type": "SCHEMA", "stream": "people", "schema": PEOPLE, "key_properties": ["SubscriberKey"]}
    described = run(
        folder,
        "plan",
        "--config",
        "config.json",
        "--catalog",
        "-",
        stdin=None,
        input=json.dumps(schema) + "\n",
    )
    assert described.stdout == piped.stdout
    used = folder / ".meltano" / "run" / "tap-x" / "tap.properties.json"
    used.parent.mkdir(parents=True)
    used.write_text(json.dumps(CATALOG))
    assert run(folder, "plan", "--config", "config.json").stdout == piped.stdout


def test_nothing_is_applied_that_nobody_agreed_to(folder: Path) -> None:
    refused = run(folder, "apply", "--config", "config.json", "--catalog", "catalog.json")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    agreed = run(folder, "apply", "--config", "config.json", "--catalog", "catalog.json", "--yes")
    assert agreed.returncode == 0, agreed.stderr


def test_a_check_prints_verdicts_and_leaves_with_a_code(folder: Path) -> None:
    sound = run(folder, "check", "--config", "config.json", "--catalog", "catalog.json")
    assert (sound.returncode, sound.stderr) == (0, "")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "client_secret": "wrong"}))
    refused = run(folder, "check", "--config", "config.json", "--json")
    assert refused.returncode == 77
    assert json.loads(refused.stdout)["checks"][0]["outcome"] == "failed"
    assert config["client_id"] not in refused.stdout
    (folder / "config.json").write_text(json.dumps({**config, "platform_url": "https://me:hush@x.example"}))
    wrong = run(folder, "check", "--config", "config.json", "--json")
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["checks"][0]["check"] == "settings"
    assert "hush" not in wrong.stdout + wrong.stderr


def test_a_missing_file_is_one_line(folder: Path) -> None:
    missing = run(folder, "plan", "--config", "nowhere.json")
    assert missing.returncode == 2
    assert missing.stderr.startswith("target-aep: nowhere.json cannot be read")
    assert "Traceback" not in missing.stderr


@pytest.mark.parametrize(
    ("meltano", "remedy"),
    [
        ({}, "Give --catalog FILE (`TAP --discover > FILE`)."),
        ({"MELTANO_PROJECT_ROOT": "."}, "Run `meltano select TAP --list` once"),
        (
            {"MELTANO_PROJECT_ROOT": ".", "MELTANO_ENVIRONMENT": "prod"},
            "Run `meltano --environment=prod select TAP --list` once",
        ),
    ],
    ids=["alone", "meltano", "an environment of meltano"],
)
def test_without_a_catalog_the_remedy_is_a_command_that_can_be_typed(
    folder: Path, meltano: dict[str, str], remedy: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MELTANO_")}
    planned = run(folder, "plan", "--config", "config.json", env={**environment, **meltano})
    assert planned.returncode == 2
    assert remedy in planned.stderr
