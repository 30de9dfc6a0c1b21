"""Files of a batch: whole, replaced, in chunks, previewed."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

IMPORT = "/data/foundation/import/batches"
OCTETS = {"Content-Type": "application/octet-stream"}


def line(key):
    return b'{"_acme":{"key":"%s"}}\n' % key.encode()


@pytest.fixture
def batch(aep, people):
    return aep.new_batch(people)


@pytest.fixture
def loaded_keys(aep, people, batch):
    def complete():
        aep.act(batch, "COMPLETE")
        ended = aep.ended(batch)
        assert ended["status"] == "success", ended
        return [row["key"] for row in aep.rows(people)]

    return complete


@pytest.fixture
def url(people, batch):
    return lambda name, query="": f"{IMPORT}/{batch}/datasets/{people}/files/{name}{query}"


def test_the_same_path_again_replaces_the_file(aep, people, batch, loaded_keys):
    aep.put(batch, people, "part.json", line("old"))
    aep.put(batch, people, "part.json", line("new"))

    assert loaded_keys() == ["new"]


def test_all_files_of_a_batch_are_loaded_in_order_of_their_paths(aep, people, batch, loaded_keys):
    for name in ("b/2.json", "a/1.json", "c.json"):
        aep.put(batch, people, name, line(name))

    assert loaded_keys() == ["a/1.json", "b/2.json", "c.json"]


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/json", None])
def test_a_file_is_sent_as_octets(aep, url, content_type):
    answer = aep.call("PUT", url("a.json"), data=line("a"), headers={"Content-Type": content_type})

    assert answer.status_code == 415


def test_a_batch_takes_files_for_its_own_dataset_only(aep, batch):
    other = aep.dataset_of({"key": {"type": "string"}})

    assert aep.put(batch, other, "a.json", line("a")).status_code == 404
    assert aep.put("01E8043CY305K2MTV5ANH9G1GC", other, "a.json", line("a")).status_code == 404


@pytest.mark.parametrize("name", ["../../outside", "a/../../b", "folder/"])
def test_a_path_stays_within_the_batch(aep, url, name):
    answer = aep.call("PUT", url(name.replace("..", "%2e%2e")), data=b"x", headers=OCTETS)

    assert answer.status_code in {400, 404}


def test_a_file_over_256_megabytes_is_refused_before_it_is_read(aep, url):
    too_long = {**OCTETS, "Content-Length": str(256 * 1024 * 1024 + 1)}
    request = requests.Request("PUT", aep.base + url("a.json"), headers=aep.headers(**too_long))

    assert aep.session.send(aep.session.prepare_request(request)).status_code == 413


def test_a_large_file_is_sent_in_chunks(aep, url, loaded_keys):
    content = b"".join(line(f"{number:03}") for number in range(100))
    half = len(content) // 2

    assert aep.call("POST", url("big.json", "?action=INITIALIZE")).status_code == 201
    for first, chunk in ((half, content[half:]), (0, content[:half])):
        content_range = f"bytes {first}-{first + len(chunk) - 1}"
        answer = aep.call(
            "PATCH", url("big.json"), data=chunk, headers={**OCTETS, "Content-Range": content_range}
        )
        assert answer.status_code == 200
        assert answer.json() == {"name": "big.json", "sizeInBytes": len(chunk)}
    head = aep.call("HEAD", url("big.json"))
    assert aep.call("POST", url("big.json", "?action=COMPLETE")).status_code == 201

    assert head.headers["Range"] == f"bytes=0-{len(content) - 1}"
    assert loaded_keys() == [f"{number:03}" for number in range(100)]


@pytest.mark.parametrize(
    "ranges", [[(0, 5), (10, 15)], [(0, 5), (4, 9)], [(3, 9)]], ids=["gap", "overlap", "no start"]
)
def test_gaps_and_overlaps_are_found_when_the_file_is_completed(aep, url, ranges):
    aep.call("POST", url("big.json", "?action=INITIALIZE"))
    for first, last in ranges:
        content_range = {**OCTETS, "Content-Range": f"bytes {first}-{last}"}
        assert (
            aep.call(
                "PATCH", url("big.json"), data=b"x" * (last - first + 1), headers=content_range
            ).status_code
            == 200
        )

    assert aep.call("POST", url("big.json", "?action=COMPLETE")).status_code == 400


def test_an_upload_that_is_not_completed_is_no_file(aep, people, batch, url, loaded_keys):
    aep.call("POST", url("big.json", "?action=INITIALIZE"))
    aep.call(
        "PATCH",
        url("big.json"),
        data=line("x"),
        headers={**OCTETS, "Content-Range": f"bytes 0-{len(line('x')) - 1}"},
    )
    aep.put(batch, people, "small.json", line("a"))

    assert loaded_keys() == ["a"]


@pytest.mark.parametrize("content_range", ["bytes 0-99", "0-9", "bytes 9-0", None])
def test_a_chunk_is_as_long_as_its_range_says(aep, url, content_range):
    aep.call("POST", url("big.json", "?action=INITIALIZE"))

    answer = aep.call(
        "PATCH", url("big.json"), data=b"x" * 10, headers={**OCTETS, "Content-Range": content_range}
    )

    assert answer.status_code == 400


def test_a_chunk_needs_an_initialized_file(aep, url):
    headers = {**OCTETS, "Content-Range": "bytes 0-0"}

    assert aep.call("PATCH", url("big.json"), data=b"x", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("json", line("a") + line("b")),
        ("csv", b"_acme/key\na\nb\n"),
    ],
)
def test_a_preview_shows_rows_in_numbered_columns(aep, people, kind, content):
    batch = aep.new_batch(people, kind)
    aep.put(batch, people, "a", content)

    answer = aep.get(f"{IMPORT}/{batch}/datasets/{people}/preview?format={kind}&nrow=1").json()

    assert answer["formatParams"]["format"] == kind
    assert answer["preview"] == {"columns": [{"cid": "0", "name": "_acme/key"}], "rows": [{"0": "a"}]}


def test_a_preview_of_parquet(aep, people):
    buffer = io.BytesIO()
    pq.write_table(pa.table({"_acme": [{"key": "a"}, {"key": "b"}]}), buffer)
    batch = aep.new_batch(people, "parquet")
    aep.put(batch, people, "a", buffer.getvalue())

    answer = aep.get(f"{IMPORT}/{batch}/datasets/{people}/preview?format=parquet").json()

    assert [row["0"] for row in answer["preview"]["rows"]] == ["a", "b"]


def test_a_truncated_upload_loads_what_arrived(aep, people, batch, faults, loaded_keys):
    """The platform cannot know what was meant; the sender must compare counts."""
    faults({"cloud": "aep", "method": "PUT", "path": "/files/", "fault": {"truncate_request": 0.5}})

    assert aep.put(batch, people, "a.json", line("a") + line("b")).status_code == 200

    assert loaded_keys() == ["a"]
