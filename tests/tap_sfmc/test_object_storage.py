"""BATCH files in an object store: a server that speaks S3, on this machine."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pyarrow.parquet as pq
import pytest
import requests

from tests.tap_sfmc.running import configure

ROOT = Path(__file__).resolve().parents[2]
UV = str(Path(sys.executable).with_name("uv"))
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The tap with its extra, and the server, in an environment of their own."""
    folder = tmp_path_factory.mktemp("s3")
    environment = {**os.environ, "UV_CONSTRAINT": str(ROOT / "constraints.txt")}
    subprocess.run([UV, "venv", "--quiet", str(folder / "venv")], check=True, env=environment)
    python = str(folder / "venv/bin/python")
    packages = [f"{ROOT / 'tap-sfmc'}[s3]", "moto[s3,server]"]
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", python, *packages], check=True, env=environment
    )
    return folder / "venv/bin"


@pytest.fixture(scope="module")
def store(commands):
    """The server's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [commands / "moto_server", "-H", "127.0.0.1", "-p", port]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            try:
                requests.put(f"{address}/files", timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        yield address
        server.terminate()


def run(commands, emulator, folder, root, store):
    storage = {"root": root, "params": {"endpoint_url": store}}
    config = configure(
        emulator, include=["campaign_engagement"], batch_config={"storage": storage, "batch_size": 300}
    )
    (folder / "config.json").write_text(json.dumps({**config, "page_size": 100}))
    return subprocess.run(
        [commands / "tap-sfmc", "--config", folder / "config.json"],
        env={**os.environ, **CREDENTIALS},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_rows_are_in_the_objects_that_the_messages_name(commands, emulator, tmp_path, store):
    process = run(commands, emulator, tmp_path, "s3://files/sfmc", store)
    assert process.returncode == 0, process.stderr[-2000:]
    messages = [
        message for line in process.stdout.splitlines() if (message := json.loads(line))["type"] == "BATCH"
    ]
    assert len(messages) > 1
    names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
    objects = boto3.client("s3", endpoint_url=store, **dict(zip(names, CREDENTIALS.values(), strict=True)))
    keys = []
    for message in messages:
        (url,) = message["manifest"]
        assert url.startswith("s3://files/sfmc/")
        content = objects.get_object(Bucket="files", Key=url.removeprefix("s3://files/"))["Body"].read()
        table = pq.read_table(io.BytesIO(content))
        assert message["rows"] == [table.num_rows]
        keys += table["EventID"].to_pylist()
    assert sorted(keys) == sorted(row["EventID"] for row in emulator.source_rows("campaign-engagement"))
    listed = objects.list_objects_v2(Bucket="files")["Contents"]
    assert len(listed) == len(messages), "nothing else is left there"


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_told_before_any_row(commands, emulator, tmp_path, store):
    process = run(commands, emulator, tmp_path, "s3://nowhere/sfmc", store)
    assert process.returncode == 2
    assert process.stdout == ""
    assert "s3://nowhere/sfmc" in process.stderr.strip().splitlines()[-1]
