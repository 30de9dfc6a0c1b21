"""Pages of wide rows are large: fewer are fetched ahead, each is taken in pieces; the rows are the same."""

import io
import sys

import pytest

from tap_sfmc.output.messages import BufferedWriter
from tap_sfmc.reading import reader
from tap_sfmc.values import columns
from tests.tap_sfmc.running import sync

ROWS = 330
PAGE = 30
FIELDS = [
    {"name": "Id", "type": "Number", "is_primary_key": True, "is_required": True},
    {"name": "Changed", "type": "Date"},
    {"name": "Note", "type": "Text", "length": 200},
]


@pytest.fixture
def wide(tenant):
    rows = [
        {"Id": number, "Changed": f"2026-01-01T{number // 60:02}:{number % 60:02}:00", "Note": "n" * 200}
        for number in range(ROWS)
    ]
    tenant.define({"name": "Wide", "key": "wide", "fields": FIELDS, "rows": rows})
    return tenant


@pytest.fixture
def large_pages(monkeypatch):
    """As if a page of 9 KB were one of 22 MB."""
    monkeypatch.setattr(columns, "_BLOCK_BYTES", 2_000)
    monkeypatch.setattr(reader, "_LARGE_PAGE", 2_000)
    monkeypatch.setattr(reader, "_BYTES_AHEAD", 5_000)


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("key", [None, "Changed"])
def test_the_same_rows_in_the_same_order(wide, large_pages, tmp_path, batch, key):
    files = {"batch_config": {"storage": {"root": str(tmp_path / "batches")}, "batch_size": 100}}
    settings = {"include": ["wide"], "page_size": PAGE, "replication_keys": {"wide": key}}
    output = sync(wide, **settings, **(files if batch else {}), extraction="rest", state_every_rows=100)
    assert output.error is None
    assert [row["Id"] for row in output.rows("wide")] == list(range(ROWS))
    assert output.bookmark("wide")["counts"] == {"count": ROWS, "extracted": ROWS, "already_seen": 0}
    again = sync(wide, **settings, state=output.state)
    assert len(again.rows("wide")) == (0 if key else ROWS)


def test_of_large_pages_fewer_are_fetched_ahead(wide, large_pages, monkeypatch):
    ahead = []
    submitted = reader.Reading._fetch

    def fetch(self, number):
        ahead.append(number * PAGE - self.rows)
        return submitted(self, number)

    monkeypatch.setattr(reader.Reading, "_fetch", fetch)
    sync(wide, include=["wide"], page_size=PAGE, concurrency=8)
    assert len(ahead) == ROWS // PAGE - 1
    assert max(ahead) <= 2 * PAGE, "a page is fetched when the one before it is given"


def test_many_lines_go_out_at_once_and_behind_those_before_them(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", output)
    writer = BufferedWriter()
    writer.write_lines(b"first\n")
    writer.write_lines(memoryview(b"x" * 400_000 + b"\n"))
    assert output.buffer.getvalue() == b"first\n" + b"x" * 400_000 + b"\n"
    writer.write_lines(b"last\n")
    writer.flush()
    assert output.buffer.getvalue().endswith(b"x\nlast\n")
