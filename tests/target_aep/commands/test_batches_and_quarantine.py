"""``batches`` and ``quarantine`` as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulator.admin import call
from tests.target_aep.commands.running import run
from tests.target_aep.delivery.processes import TargetProcess

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from emulator.testing import RunningEmulator

SCHEMA = {
    "type": "object",
    "properties": {"key": {"type": "integer"}, "text": {"type": ["string", "null"], "maxLength": 5}},
}
CATALOG = {"streams": [{"tap_stream_id": "people", "schema": SCHEMA, "key_properties": ["key"]}]}
DESCRIBED = {"type": "SCHEMA", "stream": "people", "schema": SCHEMA, "key_properties": ["key"]}


def _row(key: int, text: str) -> dict[str, Any]:
    return {"type": "RECORD", "stream": "people", "record": {"key": key, "text": text}}


@pytest.fixture
def folder(tmp_path: Path, emulator: RunningEmulator) -> Path:
    """A folder where a run has loaded one row and rejected another."""
    call(emulator.home, "aep", "POST", "reset")
    aep = emulator.aep
    config = {
        **{name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")},
        "ims_url": aep["base_url"],
        "platform_url": aep["base_url"],
        "poll_seconds": 0.05,
        "streams": {"people": {"error_threshold_percent": 50}},
        "run_path": "runs",
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    target = TargetProcess(tmp_path, {**config, "run_path": str(tmp_path / "runs")})
    assert target.run([DESCRIBED, _row(1, "short"), _row(2, "too long")]) == 0
    return tmp_path


def _correct_the_schema(folder: Path) -> None:
    properties = {**SCHEMA["properties"], "text": {"type": ["string", "null"], "maxLength": 50}}  # type: ignore[dict-item]
    catalog = {"streams": [{**CATALOG["streams"][0], "schema": {**SCHEMA, "properties": properties}}]}
    (folder / "catalog.json").write_text(json.dumps(catalog))


def _resend(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (file,) = json.loads(run(folder, "quarantine", "--config", "config.json", "list", "--json").stdout)
    command = ("quarantine", "--config", "config.json", "resend", "--catalog", "catalog.json")
    return run(folder, *command, *options, file["id"])


def _texts(emulator: RunningEmulator) -> list[tuple[int, str]]:
    rows = emulator.query("SELECT _acme.key AS key, _acme.text AS text FROM people")
    return sorted((row["key"], row["text"]) for row in rows)


def test_batches_tells_state_counts_andrun(folder: Path) -> None:
    shown = run(folder, "batches", "--config", "config.json", "--catalog", "catalog.json")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "success: in the data lake" in shown.stdout
    assert "1 rows in, 1 landed, 0 failed; pipeline default, stream people, run " in shown.stdout


def test_batches_finds_its_datasets_without_a_catalog(folder: Path) -> None:
    document = json.loads(run(folder, "batches", "--config", "config.json", "--json").stdout)
    assert [each["dataset"] for each in document] == ["people"]
    (batch,) = document[0]["batches"]
    assert (batch["stream"], batch["output_records"], batch["errors"]) == ("people", 1, [])


def test_the_quarantine_is_listed_and_shown(folder: Path) -> None:
    listed = run(folder, "quarantine", "--config", "config.json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "1 rows, rejected by target-aep" in listed.stdout
    assert "1  text: longer than 5" in listed.stdout
    assert "quarantine resend ID" in listed.stdout
    name = listed.stdout.split()[0]
    shown = run(folder, "quarantine", "--config", "config.json", "show", name)
    assert "text: longer than 5 (the value is 'too long')" in shown.stdout
    assert 'record: {"key": 2, "text": "too long"}' in shown.stdout


def test_an_unknown_id_is_a_mistake_of_the_user(folder: Path) -> None:
    shown = run(folder, "quarantine", "--config", "config.json", "show", "nothing")
    assert shown.returncode == 2
    assert "quarantine list" in shown.stderr


def test_rows_that_are_still_wrong_stay(folder: Path, emulator: RunningEmulator) -> None:
    sent = _resend(folder)
    assert sent.returncode == 1, sent.stderr
    assert "1 rows are still rejected: text: longer than 5" in sent.stdout
    assert "0 rows loaded, 1 stay in the quarantine." in sent.stdout
    assert _texts(emulator) == [(1, "short")]


def test_rows_land_once_they_are_valid_and_leave_the_quarantine(
    folder: Path, emulator: RunningEmulator
) -> None:
    _correct_the_schema(folder)
    sent = _resend(folder)
    assert sent.returncode == 0, sent.stderr
    assert "1 rows loaded, 0 stay in the quarantine." in sent.stdout
    assert _texts(emulator) == [(1, "short"), (2, "too long")]
    assert "No rejected rows" in run(folder, "quarantine", "--config", "config.json").stdout


def test_a_key_that_has_landed_since_is_asked_for(folder: Path, emulator: RunningEmulator) -> None:
    config = json.loads((folder / "config.json").read_text())
    target = TargetProcess(folder, {**config, "run_path": str(folder / "runs")})
    assert target.run([DESCRIBED, _row(2, "newer")]) == 0
    _correct_the_schema(folder)
    asked = _resend(folder)
    assert asked.returncode == 1
    assert "The keys of 1 rows have landed since" in asked.stdout
    assert _texts(emulator) == [(1, "short"), (2, "newer")]
    assert _resend(folder, "--yes").returncode == 0
    assert _texts(emulator) == [(1, "short"), (2, "newer"), (2, "too long")]
