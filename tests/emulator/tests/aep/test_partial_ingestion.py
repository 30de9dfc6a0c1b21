"""Bad rows: thresholds, errors of the batch, diagnostics through Data Access."""

from __future__ import annotations

import json

import pytest

EXPORT = "/data/foundation/export"
GOOD, BAD = {"key": "good"}, {"points": "many"}


def load(aep, dataset, good, bad, **more):
    return aep.load_rows(dataset, *[GOOD] * good, *[BAD] * bad, **more)


def test_one_bad_row_fails_the_whole_batch(aep, people):
    batch = load(aep, people, 99, 1)

    assert batch["status"] == "failed"
    assert aep.rows(people) == []


@pytest.mark.parametrize(
    ("percent", "bad", "status"),
    [(5, 5, "success"), (5, 6, "failed"), (0, 1, "failed"), (100, 100, "success")],
)
def test_the_threshold_is_a_percentage_of_all_rows(aep, people, percent, bad, status):
    batch = load(aep, people, 100 - bad, bad, partialIngestionPercentage=percent, enableErrorDiagnostics=True)

    assert batch["status"] == status
    assert len(aep.rows(people)) == (100 - bad if status == "success" else 0)
    assert batch["metrics"]["failedRecordCount"] == bad


def test_a_successful_batch_with_bad_rows_has_errors(aep, people):
    batch = load(aep, people, 9, 1, partialIngestionPercentage=10, enableErrorDiagnostics=True)

    summary, conversion = batch["errors"]
    assert summary["code"] == "INGEST-1212-400"
    assert summary["description"].startswith(
        "Encountered 1 errors in the data. Successfully ingested 9 rows."
    )
    assert conversion["recordCount"] == 1
    assert batch["metrics"]["inputRecordCount"] == 10
    assert batch["metrics"]["outputRecordCount"] == 9


def test_without_diagnostics_the_batch_only_says_to_send_it_again(aep, people):
    batch = load(aep, people, 1, 1)

    assert [error["code"] for error in batch["errors"]] == ["INGEST-1211-400"]
    assert aep.get(f"{EXPORT}/batches/{batch['id']}/meta?path=row_errors").status_code == 404


def test_diagnostics_can_be_the_default_of_a_dataset(aep):
    dataset = aep.dataset_of(
        {"key": {"type": "string"}, "points": {"type": "integer"}}, enableErrorDiagnostics=True
    )

    batch = load(aep, dataset, 1, 1)

    assert len(aep.row_errors(batch["id"])) == 1


def test_row_errors_are_listed_and_downloaded(aep, people):
    content = b'{"_acme":{"key":"good"}}\nnonsense\n{"_acme":{"points":"many","key":"bad"}}\n'
    batch = aep.load(people, content, enableErrorDiagnostics=True)

    listing = aep.get(f"{EXPORT}/batches/{batch['id']}/meta?path=row_errors").json()

    assert [entry["name"] for entry in listing["data"]] == [
        "conversion_errors_0.json",
        "parsing_errors_0.json",
    ]
    assert listing["_page"] == {"limit": 100, "count": 2}
    for entry in listing["data"]:
        assert entry["_links"]["self"]["href"].startswith(aep.base)
        assert int(entry["length"]) == len(aep.get(entry["_links"]["self"]["href"]).content)
        assert isinstance(entry["length"], str)
    conversion, parsing = aep.row_errors(batch["id"])
    assert conversion["_acme"] == {"points": "many", "key": "bad"}
    assert conversion["_errors"][0]["column"] == "_acme.points"
    assert parsing == {
        "_corrupt_record": "nonsense",
        "_errors": [
            {"code": "1401", "message": "Row is corrupted and cannot be read, please fix and resend."}
        ],
        "_filename": "parsing_errors_0.json",
    }


def test_every_problem_of_a_row_is_named_and_the_row_counts_once(aep, people):
    batch = aep.load_rows(people, {"points": "many", "spent": "much"}, enableErrorDiagnostics=True)

    (row,) = aep.row_errors(batch["id"])
    assert [error["column"] for error in row["_errors"]] == ["_acme.points", "_acme.spent"]
    assert batch["metrics"]["failedRecordCount"] == 1


def test_input_files_and_a_sample_are_part_of_the_diagnostics(aep, people):
    batch_id = aep.new_batch(people, enableErrorDiagnostics=True)
    for name in ("a.json", "b.json"):
        aep.put(batch_id, people, name, b"nonsense\n" * 30)
    aep.act(batch_id, "COMPLETE")
    aep.ended(batch_id)

    (entry,) = aep.get(f"{EXPORT}/batches/{batch_id}/meta?path=input_files").json()["data"]
    files = [json.loads(line) for line in aep.get(entry["_links"]["self"]["href"]).text.splitlines()]
    sample = aep.get(f"{EXPORT}/batches/{batch_id}/meta?path=row_error_samples.json").text.splitlines()

    assert files == [{"path": "a.json"}, {"path": "b.json"}]
    assert len(sample) == 20
    assert len(aep.row_errors(batch_id)) == 60


@pytest.mark.parametrize("path", ["nothing", "../platform.sqlite", "row_errors/../../../platform.sqlite"])
def test_paths_that_are_not_there_are_not_found(aep, people, path):
    batch = load(aep, people, 1, 1, enableErrorDiagnostics=True)

    assert aep.get(f"{EXPORT}/batches/{batch['id']}/meta", params={"path": path}).status_code == 404


def test_the_files_of_a_failed_batch_can_be_fetched(aep, people):
    batch = aep.load(people, b"nonsense")

    (entry,) = aep.get(f"{EXPORT}/batches/{batch['id']}/failed").json()["data"]

    assert entry["name"] == "part-00001"
    assert aep.get(entry["_links"]["self"]["href"]).content == b"nonsense"


def test_the_files_of_a_live_batch_can_be_downloaded_in_ranges(aep, people):
    batch = load(aep, people, 3, 0)

    (entry,) = aep.get(f"{EXPORT}/batches/{batch['id']}/files").json()["data"]
    (part,) = aep.get(entry["_links"]["self"]["href"]).json()["data"]
    whole = aep.get(part["_links"]["self"]["href"]).content
    end = aep.get(part["_links"]["self"]["href"], headers={"Range": "bytes=-4"})

    assert len(whole) == int(part["length"])
    assert (end.status_code, end.content) == (206, b"PAR1")


def test_a_reverted_batch_has_no_files(aep, people):
    batch = load(aep, people, 1, 0)
    aep.act(batch["id"], "REVERT")

    assert aep.get(f"{EXPORT}/batches/{batch['id']}/files").json()["data"] == []


def test_a_preview_of_a_dataset_shows_its_rows(aep, people):
    load(aep, people, 3, 0)

    answer = aep.get(f"{EXPORT}/datasets/{people}/preview").json()

    assert [row["_acme"]["key"] for row in answer["data"]] == ["good"] * 3
