"""Other people's targets take what the tap writes, as messages and as files."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tap_sfmc.running import configure

UV = str(Path(sys.executable).with_name("uv"))
TAP = str(Path(sys.executable).with_name("tap-sfmc"))
STREAMS = {
    "contacts": ("contacts", "SubscriberKey"),
    "campaign_engagement": ("campaign-engagement", "EventID"),
    "every_type": ("every-type", "ID"),
    "store_stock": ("store-stock", "StoreID"),
}


def keys_of_jsonl(folder, stream):
    lines = (folder / f"{stream}.jsonl").read_text().splitlines()
    return [json.loads(line)[STREAMS[stream][1]] for line in lines]


def keys_of_csv(folder, stream):
    with (folder / f"{stream}.csv").open() as file:
        return [row[STREAMS[stream][1]] for row in csv.DictReader(file)]


def keys_of_singer_files(folder, stream):
    files = (folder / stream).glob("*.singer.gz")
    lines = [line for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]
    messages = map(json.loads, lines)
    return [message["record"][STREAMS[stream][1]] for message in messages if message["type"] == "RECORD"]


TARGETS = {
    "target-jsonl": (
        "target-jsonl==0.1.4",
        lambda folder: {"destination_path": str(folder), "do_timestamp_file": False},
        keys_of_jsonl,
    ),
    "target-csv": (
        "meltanolabs-target-csv==0.5.0",
        lambda folder: {"output_path": str(folder), "file_naming_scheme": "{stream_name}.csv"},
        keys_of_csv,
    ),
    "target-singer-jsonl": (
        "target-singer-jsonl==0.1.0",
        lambda folder: {"destination": "local", "local": {"folder": str(folder)}},
        keys_of_singer_files,
    ),
}


@pytest.fixture(scope="module", params=TARGETS)
def target(request, tmp_path_factory):
    """A target of the registry, in an environment of its own."""
    package, config, keys = TARGETS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    environment = {**os.environ, "UV_CONSTRAINT": ""}
    subprocess.run([UV, "venv", "--quiet", str(folder / "venv")], check=True, env=environment)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", python, package], check=True, env=environment
    )
    return request.param, folder / "venv" / "bin" / request.param, config, keys


@pytest.mark.slow
@pytest.mark.parametrize("files", [False, True], ids=["record", "batch"])
def test_every_row_arrives(emulator, tmp_path, target, files):
    name, executable, config, keys = target
    if files and name != "target-csv":
        pytest.skip(f"{name} does not know BATCH messages")
    settings = configure(emulator, include=list(STREAMS))
    if files:
        storage = {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": str(tmp_path / "batches")},
        }
        settings["batch_config"] = storage
    for what, content in (("tap", settings), ("target", config(tmp_path))):
        (tmp_path / f"{what}.json").write_text(json.dumps(content))
    with subprocess.Popen([TAP, "--config", str(tmp_path / "tap.json")], stdout=subprocess.PIPE) as tap:
        process = subprocess.run(
            [str(executable), "--config", str(tmp_path / "target.json")],
            stdin=tap.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
    assert tap.returncode == 0
    assert process.returncode == 0, process.stderr[-3000:]
    for stream, (key, primary_key) in STREAMS.items():
        stored = [str(row[primary_key]) for row in emulator.source_rows(key)]
        assert sorted(map(str, keys(tmp_path, stream))) == sorted(stored)
