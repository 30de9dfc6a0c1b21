"""Memory does not grow with the rows: blocks are mapped and spooled as they come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXECUTABLE = Path(sys.executable).with_name("target-aep")
FEW, MANY = 30_000, 300_000
MEGABYTES = 50
SCHEMA = {
    "type": "object",
    "properties": {
        "key": {"type": "integer"},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "amount": {"type": ["number", "null"]},
        **{f"text{number}": {"type": ["string", "null"]} for number in range(5)},
    },
}
DESCRIBED = {"type": "SCHEMA", "stream": "rows", "schema": SCHEMA, "key_properties": ["key"]}


def _write(path, rows):
    with path.open("w") as file:
        file.write(json.dumps(DESCRIBED) + "\n")
        for key in range(rows):
            noise = f"{key * 2654435761 % 2**32:08x}"
            texts = "".join(f',"text{number}":"{noise}{number} some text"' for number in range(5))
            at = f"2026-03-01T{key % 24:02}:00:00Z"
            file.write(
                f'{{"type":"RECORD","stream":"rows","record":{{"key":{key},"at":"{at}","amount":{key}.5{texts}}}}}\n'
            )
    return path


def _peak_megabytes(source, config, folder):
    """Peak resident memory of a whole run."""
    (folder / "config.json").write_text(json.dumps(config))
    with (
        source.open("rb") as rows,
        subprocess.Popen(
            [EXECUTABLE, "--config", str(folder / "config.json")],
            stdin=rows,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


@pytest.mark.parametrize("method", ["append-only", pytest.param("upsert", marks=pytest.mark.slow)])
def test_ten_times_the_rows_take_hardly_more_memory(lake, target_config, tmp_path, method):
    entry = {"load_method": method, "dataset": "rows {stream}"}
    if method == "upsert":
        key = {"path": "_{TENANT_ID}.key", "namespace": "RowKey", "primary": True}
        entry |= {"class": "profile", "profile": True, "identities": [key], "types": {"key": "string"}}
    config = {**target_config, "streams": {"*": entry}, "pipeline_id": f"memory-{method}"}
    peaks = {
        rows: _peak_megabytes(_write(tmp_path / f"{rows}.singer", rows), config, tmp_path)
        for rows in (FEW, MANY)
    }
    assert lake.query("SELECT count(*) AS rows FROM rows_rows") == [{"rows": FEW + MANY}]
    assert peaks[MANY] - peaks[FEW] < MEGABYTES, peaks
