"""The harness works: its servers tell the truth, its figures are those of real runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import checking, counting, servers
from bench.measure import Command, RunFailedError, run
from bench.singer import batch_message, record_lines, write_batches


def test_page_server_gives_every_row_once_in_order():
    with servers.sfmc(2500, 6001) as server:
        root = "/data/v1/customobjectdata"
        first = server.get(f"{root}/key/bench-1/rowset?$page=1&$pageSize=2500")
        pages = [
            server.get(f"{root}/token/{first['requestToken']}/rowset?$page={page}") for page in (1, 2, 3)
        ]
    keys = [item["keys"]["rowid"] for page in pages for item in page["items"]]
    assert first["count"] == len(keys) == len(set(keys)) == 6001
    assert keys == sorted(keys)


def test_page_server_reverses_a_descending_order():
    with servers.sfmc(12_345) as server:
        path = "/data/v1/customobjectdata/key/bench-0/rowset?$pageSize=3&$orderBy=RowID%20"
        ascending = server.get(f"{path}asc&$page=4115")["items"]
        descending = server.get(f"{path}desc&$page=1")["items"]
    assert [item["keys"] for item in ascending] == [item["keys"] for item in reversed(descending)]


def test_page_server_filters_by_time():
    with servers.sfmc(25_000) as server:
        path = "/data/v1/customobjectdata/key/bench-0/rowset?$pageSize=2500&$page=1&$filter=SeenAt%20ge%20"
        page = server.get(f"{path}'2015-01-02T00:00:11'")
    assert page["count"] == 14_998
    assert page["items"][0]["values"]["seenat"] == "1/2/2015 12:00:12 AM"


def test_messages_and_files_have_the_same_rows(tmp_path: Path):
    lines = [json.loads(line) for part in record_lines(10_003) for line in part.splitlines()]
    files = write_batches(tmp_path / "files", 10_003)
    messages = tmp_path / "messages.jsonl"
    messages.write_text(json.dumps(batch_message(files)))
    assert len(lines) == counting.count(messages) == 10_003
    assert len({line["record"]["RowID"] for line in lines}) == 10_003


def test_one_wrong_value_is_noticed(tmp_path: Path):
    right = [json.loads(line)["record"] for part in record_lines(2_500) for line in part.splitlines()]
    assert checking.compare(iter(right), 20) == 2_500
    right[2_000]["SeenAt"] = "2015-01-01T09:20:01Z"
    with pytest.raises(SystemExit, match="row 2000: SeenAt"):
        checking.compare(iter(right), 20)


def test_a_run_measures_every_process_of_a_pipeline(tmp_path: Path):
    hungry = "import time; x = bytearray(150_000_000)\nwhile time.process_time() < 0.5: pass"
    usage = run(
        [Command("hungry", (sys.executable, "-c", hungry)), Command("reader", ("cat",))],
        logs=tmp_path / "logs",
    )
    assert usage.peak_bytes["hungry"] > 150_000_000
    assert 0.4 <= usage.cpu_by_process["hungry"] <= usage.cpu_s
    assert usage.wall_s >= 0.4


def test_a_failed_run_is_no_figure(tmp_path: Path):
    failing = Command("failing", (sys.executable, "-c", "raise SystemExit('no rows')"))
    with pytest.raises(RunFailedError, match="no rows"):
        run([failing, Command("reader", ("cat",))], logs=tmp_path / "logs")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_harness_runs(tmp_path: Path):
    argv = [sys.executable, "-m", "bench", "smoke", "--results", str(tmp_path)]
    subprocess.run(argv, check=True, cwd=Path(__file__).parent)
    results = json.loads((tmp_path / "results.json").read_text())
    failures = [case["failure"] for part in results["parts"] for case in part["cases"] if case["failure"]]
    assert results["parts"]
    assert failures == []
