"""BATCH files: private, counted, swept, wherever they lie, with a state after those that are safe."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tap_sfmc.errors import ConfigurationError
from tap_sfmc.output.batch import BatchFolder, BatchWriter
from tap_sfmc.output.batch_format import BatchFormat
from tests.tap_sfmc.running import sync


def paths(output):
    return [
        Path(unquote(urlsplit(url).path))
        for message in output.of_type("BATCH")
        for url in message["manifest"]
    ]


def batch_config(folder, **more):
    return {"storage": {"root": str(folder)}, **more}


def test_each_message_says_how_many_rows_its_file_has(emulator, tmp_path):
    output = sync(
        emulator,
        include=["campaign_engagement"],
        page_size=100,
        batch_config=batch_config(tmp_path, batch_size=300),
    )
    messages = output.of_type("BATCH")
    assert len(messages) > 2
    for message, path in zip(messages, paths(output), strict=True):
        assert message["rows"] == [pq.read_metadata(path).num_rows]
        assert message["encoding"] == {"format": "parquet", "compression": "snappy"}
    assert sum(message["rows"][0] for message in messages) == len(emulator.source_rows("campaign-engagement"))


def test_files_are_readable_by_their_owner_only_whatever_the_umask(emulator, tmp_path):
    before = os.umask(0)
    try:
        output = sync(emulator, include=["contacts"], batch_config=batch_config(tmp_path / "root"))
    finally:
        os.umask(before)
    for path in paths(output):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.parent.parent == tmp_path / "root", "below the root, in a folder of the run"


def test_a_state_never_comes_before_the_file_of_its_rows(emulator, tmp_path):
    output = sync(
        emulator,
        include=["campaign_engagement"],
        page_size=50,
        batch_config=batch_config(tmp_path, batch_size=120),
    )
    written = 0
    for message in output.messages:
        if message["type"] == "BATCH":
            written += message["rows"][0]
        if message["type"] == "STATE" and message["value"]["bookmarks"]:
            assert message["value"]["bookmarks"]["campaign_engagement"]["counts"]["extracted"] == written
    assert len(output.states) > 3


def test_types_are_those_of_the_columns_not_guessed_from_a_page(emulator, tmp_path):
    output = sync(emulator, include=["every_type"], batch_config=batch_config(tmp_path))
    schema = pq.read_schema(paths(output)[0])
    assert schema.field("ANumber").type == pa.int32()
    assert schema.field("AWideDecimal").type == pa.decimal128(29, 9)
    assert schema.field("ADate").type == pa.timestamp("ms", "UTC")
    assert schema.field("ABoolean").type == pa.bool_()


@pytest.mark.parametrize(
    "setting",
    [{"stream_maps": {"contacts": {"City": None}}}, {"flattening_enabled": True, "flattening_max_depth": 1}],
)
def test_stream_maps_and_flattening_turn_files_off_with_a_line(emulator, tmp_path, caplog, setting):
    output = sync(emulator, include=["contacts"], batch_config=batch_config(tmp_path), **setting)
    assert output.of_type("BATCH") == []
    assert output.rows("contacts")
    assert "RECORD messages instead of files" in caplog.text
    if "stream_maps" in setting:
        assert all("City" not in row for row in output.rows("contacts"))


def test_rows_are_equal_column_by_column_and_row_by_row(emulator):
    fast = sync(emulator, include=["every_type", "contacts"])
    slow = sync(emulator, include=["every_type", "contacts"], flattening_enabled=True, flattening_max_depth=1)
    for stream in ("every_type", "contacts"):
        assert fast.rows(stream) == slow.rows(stream)
    assert (
        fast.schemas["contacts"]["schema"]["properties"].keys()
        == slow.schemas["contacts"]["schema"]["properties"].keys()
    )
    assert fast.bookmark("contacts")["counts"] == slow.bookmark("contacts")["counts"]


def test_a_format_and_a_compression_that_do_not_fit_are_refused(emulator, tmp_path):
    encoding = {"format": "jsonl", "compression": "zstd"}
    output = sync(emulator, include=["contacts"], batch_config=batch_config(tmp_path, encoding=encoding))
    assert isinstance(output.error, ConfigurationError)
    assert output.messages == []


def test_files_can_lie_in_any_file_system():
    folder = BatchFolder("memory://bucket/batches", "sfmc-")
    writer = BatchWriter(folder, "contacts", BatchFormat("parquet", "zstd", 10))
    writer.write(pa.record_batch({"a": [1, 2, 3]}))
    done = writer.finish()
    assert done.url.startswith("memory:///bucket/batches/")
    assert "sfmc-00001-contacts.parquet" in done.url
    with fsspec.open(done.url) as file:
        assert pq.read_table(file).num_rows == done.rows == 3


def test_what_nobody_loaded_is_swept_after_a_day_and_nothing_else(tmp_path):
    def run_of(age):
        moment = datetime.now(timezone.utc) - age
        folder = tmp_path / f"{moment:%Y%m%dT%H%M%SZ}-0000"
        folder.mkdir()
        (folder / "00001-contacts.parquet").write_bytes(b"x")
        return folder

    old, recent, foreign = run_of(timedelta(days=2)), run_of(timedelta(hours=2)), tmp_path / "notes"
    foreign.mkdir()
    BatchFolder(str(tmp_path))
    assert not old.exists()
    assert recent.exists()
    assert foreign.exists()


def test_a_stream_that_fails_leaves_no_file_that_no_message_names(tenant, tmp_path):
    tenant.faults([{"cloud": "sfmc", "path": "/token/", "query": "page=4(&|$)", "fault": {"reset": True}}])
    output = sync(
        tenant,
        include=["campaign_engagement"],
        extraction="rest",
        page_size=100,
        max_retries=0,
        batch_config=batch_config(tmp_path, batch_size=200),
    )
    assert output.error is not None
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(paths(output))
    assert paths(output)


def test_row_groups_of_wide_rows_are_shorter_so_that_memory_does_not_grow_with_the_width(tmp_path):
    writer = BatchWriter(BatchFolder(str(tmp_path)), "wide", BatchFormat("parquet", "snappy", 10**6))
    page = pa.record_batch({f"n{number}": pa.array(range(2_500), pa.int64()) for number in range(500)})
    for _ in range(4):
        writer.write(page)
    file = pq.ParquetFile(unquote(urlsplit(writer.finish().url).path))
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [
        7_500,
        2_500,
    ]
