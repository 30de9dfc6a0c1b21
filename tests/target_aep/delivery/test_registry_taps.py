"""Taps of other people, from the registry, as they are: what they read is what lands."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

UV = str(Path(sys.executable).with_name("uv"))

CSV = """order_id,customer name,amount,ordered_at
1,Zoë “Q”,12.50,2026-03-01T10:00:00
2,Bob,-0.01,2026-03-02T11:30:00.123
3,,1e3,"2026-03-02
second line"
"""
JSON_LINES = """{"id": 1, "at": "2026-03-01T10:00", "tags": ["a", "b"], "who": {"name": "Zoë"}, "n": 12.34}
{"id": 2, "at": null, "tags": [], "who": null, "n": 5}
{"id": 3, "at": "2026-03-02T00:00:00.123+02:00", "extra": true}
"""
DBF_FIELDS = (("ID", "N", 10, 0), ("NAME", "C", 20, 0), ("AMOUNT", "N", 12, 2), ("DAY", "D", 8, 0))
DBF_ROWS = (("1", "Zoe", "12.50", "20260301"), ("2", "", "-0.01", "19691231"), ("3", "Bob", "", ""))
CSV_ROWS = [
    {"orderId": "1", "customerName": "Zoë “Q”", "amount": "12.50", "orderedAt": "2026-03-01T10:00:00"},
    {"orderId": "2", "customerName": "Bob", "amount": "-0.01", "orderedAt": "2026-03-02T11:30:00.123"},
    {"orderId": "3", "customerName": "", "amount": "1e3", "orderedAt": "2026-03-02\nsecond line"},
]
JSON_ROWS = [
    {"id": 1, "at": "2026-03-01T10:00:00.000Z", "tags": ["a", "b"], "who": '{"name":"Zoë"}', "n": 12.34},
    {"id": 2, "at": None, "tags": [], "who": None, "n": 5.0, "extra": None},
    {"id": 3, "at": "2026-03-01T22:00:00.123Z", "tags": None, "extra": True},
]
DBF_LANDED = [
    {"id": 1, "name": "Zoe", "amount": 12.5, "day": "2026-03-01T00:00:00.000Z"},
    {"id": 2, "name": "", "amount": -0.01, "day": "1969-12-31T00:00:00.000Z"},
    {"id": 3, "name": "Bob", "amount": None, "day": None},
]
SPREADSHEET = {"format": "csv", "table_name": "orders", "primary_keys": ["order_id"]}
TAPS: dict[str, tuple[str, str, Callable[[Path], dict[str, Any]], list[dict[str, Any]]]] = {
    "tap-spreadsheets": (
        "tap-spreadsheets==1.1.2",
        "orders",
        lambda folder: {"files": [{"path": str(folder / "orders.csv"), **SPREADSHEET}]},
        CSV_ROWS,
    ),
    "tap-csv-folder": (
        "tap-csv-folder==0.0.1a1",
        "orders",
        lambda folder: {"path": str(folder), "filesystem": "local", "read_mode": "one_stream_per_file"},
        CSV_ROWS,
    ),
    "tap-jsonl": (
        "tap-jsonl==0.3.1",
        "events",
        lambda folder: {"path": f"{folder}/*.jsonl", "stream_name": "events", "primary_keys": ["id"]},
        JSON_ROWS,
    ),
    "tap-dbf": ("tap-dbf==0.1.25", "people", lambda folder: {"path": f"{folder}/*.dbf"}, DBF_LANDED),
}


def _dbf() -> bytes:
    """A dBASE III file."""
    row_bytes = 1 + sum(length for _, _, length, _ in DBF_FIELDS)
    start = 32 + 32 * len(DBF_FIELDS) + 1
    content = struct.pack("<BBBBIHH20x", 3, 126, 3, 1, len(DBF_ROWS), start, row_bytes)
    for name, kind, length, decimals in DBF_FIELDS:
        content += struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), length, decimals)
    content += b"\r"
    for row in DBF_ROWS:
        cells = (text.ljust(field[2]) for field, text in zip(DBF_FIELDS, row, strict=True))
        content += b" " + "".join(cells).encode()
    return content + b"\x1a"


@pytest.fixture(scope="module", params=TAPS)
def tap(request, tmp_path_factory):
    """A tap in an environment of its own: its executable, and what is told of it above."""
    package, stream, config, rows = TAPS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    environment = {**os.environ, "UV_CONSTRAINT": ""}
    python = str(folder / "venv/bin/python")
    for command in (
        ["venv", "--quiet", str(folder / "venv")],
        ["pip", "install", "--quiet", "--prerelease=allow", "--python", python, package],
    ):
        subprocess.run([UV, *command], check=True, env=environment)
    return str(folder / "venv/bin" / request.param), stream, config, rows


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "orders.csv").write_text(CSV)
    (folder / "events.jsonl").write_text(JSON_LINES)
    (folder / "people.dbf").write_bytes(_dbf())
    return folder


def _read(executable, config, tmp_path, state=None):
    """The lines that the tap writes."""
    (tmp_path / "tap.json").write_text(json.dumps(config))
    command = [executable, "--config", str(tmp_path / "tap.json")]
    if state:
        (tmp_path / "state.json").write_text(json.dumps(state))
        command += ["--state", str(tmp_path / "state.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def _landed(lake, stream, rows):
    """What is in the lake, by the columns that are expected."""
    found = [row["_acme"] for row in lake.query(f"SELECT _acme FROM {stream} ORDER BY _row")]
    return [{name: row[name] for name in wanted} for row, wanted in zip(found, rows, strict=True)]


@pytest.mark.slow
def test_what_it_reads_is_what_lands(lake, make_target, tap, source, tmp_path):
    executable, stream, config, rows = tap
    if "csv-folder" in executable:  # it takes every file
        for other in ("events.jsonl", "people.dbf"):
            (source / other).unlink()
    target = make_target()
    lines = _read(executable, config(source), tmp_path)
    assert target.run(lines) == 0, target.stderr
    assert _landed(lake, stream, rows) == rows
    # From the state that was handed on, into a lake that is to hold the whole each time.
    target.config["streams"] = {"*": {"load_method": "overwrite"}}
    code = target.run(_read(executable, config(source), tmp_path, target.state))
    if "tap-jsonl" in executable:
        # It says where it starts, and no more when its bookmark has not moved: it may have failed.
        assert (code, "read whole" in target.last_line["cause"]) == (1, True)
    else:
        assert code == 0, target.stderr
    assert _landed(lake, stream, rows) == rows


@pytest.mark.slow
@pytest.mark.parametrize("tap", ["tap-jsonl"], indirect=True)
def test_its_batch_files_are_loaded_and_deleted(lake, make_target, tap, source, tmp_path):
    executable, stream, config, rows = tap
    batches = tmp_path / "batches"
    batches.mkdir()
    files = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": batches.as_uri()},
        "batch_size": 2,
    }
    lines = _read(executable, {**config(source), "batch_config": files}, tmp_path)
    assert any('"BATCH"' in line for line in lines)
    assert list(batches.iterdir())
    target = make_target(batch_roots=[str(batches)])
    assert target.run(lines) == 0, target.stderr
    assert _landed(lake, stream, rows) == rows
    assert not list(batches.iterdir())
