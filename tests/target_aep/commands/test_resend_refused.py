"""``quarantine resend`` of rows that AEP refused: kept in XDM form, sent as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulator.admin import call
from target_aep import settings
from target_aep.delivery.assembly import quarantine_folder
from target_aep.delivery.quarantine import Quarantine
from tests.target_aep.commands.running import run
from tests.target_aep.delivery.processes import TargetProcess

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from emulator.testing import RunningEmulator

TEXT = {"type": ["string", "null"]}
SCHEMA = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "day": {**TEXT, "format": "date"},
        "amount": {"type": ["number", "null"]},
        "points": {"type": ["integer", "null"]},
        "ok": {"type": ["boolean", "null"]},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "address": {"type": ["object", "null"], "properties": {"city": TEXT}},
        "lines": {
            "type": ["array", "null"],
            "items": {"type": "object", "properties": {"sku": TEXT, "count": {"type": "integer"}}},
        },
    },
}
FULL = {
    "key": "one",
    "at": "2026-03-01T10:00:00Z",
    "day": "2026-03-01",
    "amount": 1.5,
    "points": 9_007_199_254_740_991,
    "ok": True,
    "tags": ["a", "b"],
    "address": {"city": "Köln"},
    "lines": [{"sku": "x", "count": 2}, {"sku": None, "count": 3}],
}
DESCRIBED = {"type": "SCHEMA", "stream": "visits", "schema": SCHEMA, "key_properties": ["key"]}
CATALOG = {"streams": [{"tap_stream_id": "visits", "schema": SCHEMA, "key_properties": ["key"]}]}


@pytest.fixture
def config(tmp_path: Path, emulator: RunningEmulator) -> dict[str, Any]:
    """A stream of events, of which one row has landed."""
    call(emulator.home, "aep", "POST", "reset")
    aep = emulator.aep
    identity = {"path": "identityMap", "source": "key", "namespace": "Visitor", "primary": True}
    config = {
        **{name: aep[name] for name in ("client_id", "client_secret", "org_id", "sandbox_name")},
        "ims_url": aep["base_url"],
        "platform_url": aep["base_url"],
        "poll_seconds": 0.05,
        "streams": {"visits": {"class": "event", "timestamp": "at", "identities": [identity]}},
        "run_path": str(tmp_path / "runs"),
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    target = TargetProcess(tmp_path, config)
    assert target.run([DESCRIBED, {"type": "RECORD", "stream": "visits", "record": FULL}]) == 0, target.stderr
    return config


def _landed(emulator: RunningEmulator) -> dict[str, Any]:
    sql = "SELECT to_json(v) AS row FROM (SELECT * EXCLUDE (_batch_id, _row) FROM visits) v"
    found = [json.loads(row["row"]) for row in emulator.query(sql)]
    assert len({row["_id"] for row in found}) == len(found), "an event twice"
    return {row["_acme"]["key"]: row for row in found}


def _refuse(config: dict[str, Any], *records: dict[str, Any]) -> None:
    """Keep rows as a run does whose batch AEP took in part."""
    quarantine = Quarantine(quarantine_folder(settings.parse(config)), "20260301T000000Z-x")
    file = quarantine.file("visits", 1)
    error = {"code": "1405", "message": "no such field", "column": "x"}
    file.keep_refused(({**record, "_errors": [error], "_filename": "f"} for record in records), "batch")
    file.sync()


def _another(landed: dict[str, Any], key: str, **own: Any) -> dict[str, Any]:
    """The XDM form of another row, as AEP's diagnostics have it."""
    custom = {**landed["_acme"], "key": key, **own}
    return {
        **landed,
        "_id": f"id-of-{key}",
        "timestamp": "2026-03-02T10:00:00.000Z",
        "_acme": custom,
        "identityMap": {"Visitor": [{"id": key, "primary": True}]},
    }


def _resend(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    name = "20260301T000000Z-x-001"
    arguments = (
        "quarantine",
        "--config",
        "config.json",
        "resend",
        "--catalog",
        "catalog.json",
        *options,
        name,
    )
    return run(folder, *arguments)


def test_a_refused_row_arrives_as_it_was_mapped(
    config: dict[str, Any], tmp_path: Path, emulator: RunningEmulator
) -> None:
    first = _landed(emulator)["one"]
    row = _another(first, "two")
    _refuse(config, row)
    sent = _resend(tmp_path)
    assert sent.returncode == 0, sent.stderr + sent.stdout
    assert "1 rows loaded, 0 stay in the quarantine." in sent.stdout
    landed = _landed(emulator)
    assert landed["one"] == first
    assert landed["two"]["_acme"] == row["_acme"]
    assert landed["two"]["_id"] == "id-of-two"
    assert landed["two"]["identityMap"]["Visitor"][0]["id"] == "two"
    again = _resend(tmp_path)
    assert (again.returncode, "is no id in the quarantine" in again.stderr) == (2, True)


def test_what_cannot_arrive_whole_stays(
    config: dict[str, Any], tmp_path: Path, emulator: RunningEmulator
) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "_acme.stranger: the schema has no such field": {"stranger": 1},
        "_acme.address: the schema has no such field": {"address": "text"},
        "_acme.amount: expected a number": {"amount": "much"},
        "_acme.day: ": {"day": "some day"},
        "_acme.lines": {"lines": [{"count": "many"}]},
    }
    first = _landed(emulator)["one"]
    bad = [_another(first, f"bad{number}", **own) for number, own in enumerate(wrong.values())]
    _refuse(config, *bad, _another(first, "good"))
    sent = _resend(tmp_path)
    assert sent.returncode == 1, sent.stderr
    assert [reason for reason in wrong if reason not in sent.stdout] == []
    assert "1 rows loaded, 5 stay in the quarantine." in sent.stdout
    assert sorted(_landed(emulator)) == ["good", "one"]


def test_a_row_that_has_landed_since_is_not_sent_twice(
    config: dict[str, Any], tmp_path: Path, emulator: RunningEmulator
) -> None:
    row = _another(_landed(emulator)["one"], "two")
    _refuse(config, row)
    assert _resend(tmp_path).returncode == 0
    _refuse(config, row)  # as when the command is killed after the rows have landed
    sent = _resend(tmp_path)
    assert (sent.returncode, "The keys of 1 rows have landed since" in sent.stdout) == (1, True)
    assert sorted(_landed(emulator)) == ["one", "two"]


def test_a_row_that_aep_does_not_show_stays(config: dict[str, Any], tmp_path: Path) -> None:
    _refuse(config, {"_corrupt_record": "{"})
    sent = _resend(tmp_path)
    assert sent.returncode == 1, sent.stderr
    assert "AEP has not shown them" in sent.stdout
