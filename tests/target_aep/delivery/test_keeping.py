"""What is kept between runs: private folders, the ledger, the lock; on a disk and on other storage."""

from __future__ import annotations

import json
import time

import fsspec
import pytest

from target_aep.delivery.ledger import Entry, Ledger
from target_aep.delivery.lock import NAME, PipelineLock
from target_aep.delivery.run_folder import RunFolder
from target_aep.delivery.tags import BatchTags
from target_aep.errors import ConfigurationError, TryAgainError
from target_aep.private_folder import PrivateFolder, file_name

TAGS = BatchTags("pipeline", "stream", "run", "host", 1, "1:c", "1:o", "1:s", 3, 2)


@pytest.fixture(params=["disk", "memory"])
def folder(request, tmp_path):
    if request.param == "disk":
        yield PrivateFolder(tmp_path / "root")
    else:
        yield PrivateFolder("memory://root")
        fsspec.filesystem("memory").store.clear()
        fsspec.filesystem("memory").pseudo_dirs[:] = [""]


def test_files_come_back_as_they_were_written(folder):
    below = folder / "some" / "where"
    assert below.names() == []
    assert below.read("a") is None
    below.write("a", b"one")
    below.write("a", b"two")
    with below.appending("b") as file:
        file.write(b"x")
    assert below.names() == ["a", "b"]
    assert (below.read("a"), below.read("b")) == (b"two", b"x")
    below.delete("a")
    below.delete("a")
    assert below.names() == ["b"]


def test_files_on_a_disk_are_private(tmp_path):
    folder = PrivateFolder(tmp_path / "root") / "below"
    folder.write("a", b"x")
    assert (tmp_path / "root" / "below" / "a").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "root").stat().st_mode & 0o777 == 0o700


def test_an_unknown_kind_of_storage_is_a_mistake_in_the_configuration():
    with pytest.raises(ConfigurationError, match="odd"):
        PrivateFolder("odd://somewhere")


@pytest.mark.parametrize("name", ["a/b", "a b", "test:SpecialChars!in?attributes", "ä", "", "x" * 300])
def test_any_stream_name_makes_a_file_name_of_its_own(name):
    assert "/" not in file_name(name)
    assert len(file_name(name)) < 100
    assert file_name(name) != file_name(name + "!")


def test_plain_names_stay_legible():
    assert file_name("web_activity") == "web_activity"


def test_the_ledger_remembers_each_step(folder):
    ledger = Ledger(folder)
    entry = ledger.intend(Entry("ext", "dataset", TAGS))
    assert list(Ledger(folder).entries("dataset", TAGS.stream)) == [entry]
    entry = ledger.created(entry, "batch")
    entry = ledger.acknowledge(entry)
    assert list(Ledger(folder).entries("dataset", TAGS.stream)) == [
        Entry("ext", "dataset", TAGS, "batch", True)
    ]
    assert list(ledger.entries("other", TAGS.stream)) == []
    ledger.forget(entry)
    assert list(ledger.entries("dataset", TAGS.stream)) == []


def test_the_ledger_reads_a_streams_own_entries_anew_and_those_of_others_once(folder):
    first, other = Ledger(folder), Ledger(folder)
    entry = other.intend(Entry("ext", "dataset", TAGS))
    assert list(first.entries("dataset", "another stream")) == [entry]
    now = other.created(entry, "batch")
    assert list(first.entries("dataset", "another stream")) == [entry]
    assert list(first.entries("dataset", TAGS.stream)) == [now]
    other.forget(now)
    assert list(first.entries("dataset", "another stream")) == []


def _lock(folder, run_id, minutes=10):
    return PipelineLock(folder, pipeline_id="p", run_id=run_id, host="h", takeover_minutes=minutes)


def test_one_writer_at_a_time(folder):
    first, second = _lock(folder, "one"), _lock(folder, "two")
    first.acquire()
    with pytest.raises(TryAgainError, match="run one on h"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
    second.release()


def test_a_lock_that_nobody_renews_is_taken_over():
    folder = PrivateFolder("memory://locks")
    folder.write(NAME, json.dumps({"run_id": "gone", "renewed": time.time() - 601}).encode())
    lock = _lock(folder, "next")
    lock.acquire()
    lock.release()
    assert folder.names() == []


def test_spools_of_former_runs_and_old_runs_are_swept(tmp_path):
    former, now = (RunFolder.of(str(tmp_path), "p") for _ in range(2))
    for each in (former, now):
        each.unit_spool("s", 1).mkdir(parents=True)
        each.run.write("report.json", b"{}")
    old = now.pipeline / "runs" / "20200101T000000-aaaaaa"
    old.write("report.json", b"{}")
    now.sweep(days=30)
    assert not former.spool.exists()
    assert now.spool.exists()
    assert former.run.names() == ["report.json"]
    assert old.names() == []
