"""Sandboxes apart, credentials that change, and secrets that are nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_aep import settings as target_settings
from target_aep.connection import connect
from tests.target_aep.delivery.processes import TargetProcess
from tests.target_aep.delivery.taps import CountingTap, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.testing import RunningEmulator

COMMAND = Path(sys.executable).with_name("target-aep")
PROD = {"sandbox_name": "prod", "allow_production": True}


def _rows(config: dict[str, Any]) -> dict[str, int]:
    """Landed rows by dataset id."""
    clients = connect(target_settings.parse(config))
    with clients.gateway:
        return {
            dataset.id: sum(
                batch.metrics.output_records or 0 for batch in clients.catalog.batches(dataset.id)
            )
            for dataset in clients.catalog.datasets("people")
        }


def test_two_sandboxes_have_nothing_of_each_other(
    lake: RunningEmulator, make_target: Callable[..., TargetProcess]
) -> None:
    dev, prod = make_target(), make_target(**PROD)
    tap = CountingTap({"people": Table({1: (1, "one"), 2: (2, "two")})})
    for target in (dev, prod):  # one run_path and one pipeline_id for both
        assert target.run(tap.messages()) == 0, target.stderr
    tap.tables["people"].put(3, 3)
    for target in (dev, prod):
        assert target.run(tap.messages(target.state)) == 0, target.stderr
    (of_dev,), (of_prod,) = _rows(dev.config).items(), _rows(prod.config).items()
    assert of_dev[0] != of_prod[0]
    assert of_dev[1] == of_prod[1] == 3


def test_a_state_of_another_sandbox_is_told(
    lake: RunningEmulator, make_target: Callable[..., TargetProcess]
) -> None:
    dev, prod = make_target(), make_target(**PROD)
    tap = CountingTap({"people": Table({1: (1, "one"), 2: (2, "two")})})
    assert dev.run(tap.messages()) == 0
    tap.tables["people"].put(3, 3)
    assert prod.run(tap.messages(dev.state)) == 0
    (note,) = [note for note in prod.item("people")["notes"] if "another sandbox" in note]
    assert "full refresh" in note
    assert dev.run(tap.messages(dev.state)) == 0
    assert not any("another sandbox" in note for note in dev.item("people")["notes"])


def test_a_production_sandbox_is_not_written_to_by_mistake(
    lake: RunningEmulator, make_target: Callable[..., TargetProcess]
) -> None:
    target = make_target(sandbox_name="prod")
    lake.clear_requests()
    assert target.run(CountingTap({"people": Table({1: (1, "one")})}).messages()) == 2
    assert "allow_production" in target.last_line["remedy"]
    assert target.states == []
    written = [r for r in lake.requests("aep") if r["method"] != "GET" and "/ims/" not in r["path"]]
    assert written == []


def test_another_credential_changes_no_name_state_or_tag(
    start_emulator: Callable[..., RunningEmulator], tmp_path: Path
) -> None:
    running = start_emulator(tmp_path / "home")

    def config() -> dict[str, Any]:
        aep = running.aep
        return {
            **{name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")},
            "ims_url": aep["base_url"],
            "platform_url": aep["base_url"],
            "run_path": str(tmp_path / "runs"),
            "poll_seconds": 0.02,
        }

    target = TargetProcess(tmp_path, config())
    tap = CountingTap({"people": Table({1: (1, "one")})})
    assert target.run(tap.messages()) == 0, target.stderr
    before, state = _rows(target.config), target.state
    running.stop()
    path = tmp_path / "home" / "home.json"
    home = json.loads(path.read_text())
    home["aep"] |= {"client_id": "another-client", "client_secret": "another-secret"}
    path.write_text(json.dumps(home))
    running.start()
    assert target.run(tap.messages(state)) != 0
    target.config = config()
    assert target.config["client_id"] == "another-client"
    assert target.run(tap.messages(state)) == 0, target.stderr
    assert (_rows(target.config), target.state) == (before, state)
    tap.tables["people"].put(2, 2)
    assert target.run(tap.messages(target.state)) == 0
    assert list(_rows(target.config).values()) == [2]
    assert list(_rows(target.config)) == list(before)


def test_no_secret_is_in_logs_tracebacks_reports_or_on_disk(
    lake: RunningEmulator, target_config: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**target_config, "request_attempts": 1}))
    secret, client = target_config["client_secret"], target_config["client_id"]
    messages = CountingTap({"people": Table({1: (1, "one")})}).messages()
    echo = {"status": 400, "body": {"title": "bad", "detail": f"client_secret={secret} by {client}"}}
    said = ""
    for rules in ([], [{"cloud": "aep", "method": "POST", "path": "/batches", "fault": echo}]):
        lake.faults(rules)
        done = subprocess.run(
            [COMMAND, "--config", "config.json"],
            cwd=tmp_path,
            input="".join(f"{json.dumps(message)}\n" for message in messages),
            env={**os.environ, "LOGLEVEL": "DEBUG", "TARGET_AEP_LOGLEVEL": "DEBUG"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said += done.stdout + done.stderr
    about = subprocess.run([COMMAND, "--about", "--format=json"], capture_output=True, text=True, check=True)
    (tmp_path / "config.json").unlink()
    kept = "".join(
        path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    assert "DEBUG" in said
    assert "Traceback" in said
    assert "***" in said
    assert "people" in kept
    for text in (said, kept, about.stdout):
        assert secret not in text
    assert client not in kept
