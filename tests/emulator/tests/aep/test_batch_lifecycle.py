"""From the creation of a batch to its terminal status."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest

BATCHES = "/data/foundation/catalog/batches"
IMPORT = "/data/foundation/import/batches"
ROW = b'{"_acme":{"key":"a"}}\n'


def test_a_new_batch_is_loading(aep, people):
    answer = aep.post(
        IMPORT, {"datasetId": people, "inputFormat": {"format": "JSON"}, "tags": {"run": ["7"]}}
    )

    assert answer.status_code == 201
    batch = answer.json()
    assert batch["status"] == "loading"
    assert len(batch["id"]) == 26
    assert batch["externalId"] == batch["id"]
    assert batch["relatedObjects"] == [{"type": "dataSet", "id": people}]
    assert batch["inputFormat"] == {"format": "json"}
    assert batch["tags"]["run"] == ["7"]
    assert aep.batch(batch["id"]) == batch


def test_ids_of_batches_are_in_order_of_creation(aep, people):
    ids = [aep.new_batch(people) for _ in range(20)]

    assert ids == sorted(ids)


def test_every_creation_makes_another_batch(aep, people):
    assert aep.new_batch(people, externalId="same-1") != aep.new_batch(people, externalId="same-1")


def test_a_second_external_id_can_be_refused(aep, people, switch):
    switch(duplicate_external_id="refused")
    aep.new_batch(people, externalId="same-2")

    body = {"datasetId": people, "inputFormat": {"format": "json"}, "externalId": "same-2"}

    assert aep.post(IMPORT, body).status_code == 409


@pytest.mark.parametrize(
    "broken",
    [
        {"datasetId": "5da9452f7de80400007bc52a"},
        {"datasetId": None},
        {"inputFormat": {"format": "avro"}},
        {"inputFormat": None},
        {"inputFormat": {"format": "json", "isMultiLineJson": "perhaps"}},
        {"partialIngestionPercentage": 101},
        {"partialIngestionPercentage": "5"},
        {"enableErrorDiagnostics": "yes"},
        {"tags": {"run": "7"}},
        {"replay": {"predecessors": ["01NOSUCHBATCH"]}},
        {"replay": {"predecessors": "x"}},
        {"externalId": "with blank"},
    ],
)
def test_a_malformed_batch_is_refused(aep, people, broken):
    answer = aep.post(IMPORT, {"datasetId": people, "inputFormat": {"format": "json"}, **broken})

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_nothing_is_visible_before_complete(aep, people):
    batch_id = aep.new_batch(people)
    answer = aep.put(batch_id, people, "a.json", ROW)

    assert (answer.status_code, answer.content) == (200, b"")
    assert aep.batch(batch_id)["status"] == "loading"
    assert aep.rows(people) == []


def test_complete_is_a_signal_and_the_rows_come_later(aep, people, switch):
    switch(promotion_seconds=1.0)
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)

    answer = aep.act(batch_id, "COMPLETE")

    assert (answer.status_code, answer.content) == (200, b"")
    assert aep.batch(batch_id)["status"] == "loaded"
    assert aep.rows(people) == []
    assert aep.ended(batch_id)["status"] == "success"
    assert [row["key"] for row in aep.rows(people)] == ["a"]


def test_a_batch_passes_through_staging(aep, people, switch):
    switch(promotion_seconds=0.8)
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)
    aep.act(batch_id, "COMPLETE")
    seen = []
    while not seen or seen[-1] != "success":
        status = aep.batch(batch_id)["status"]
        if status not in seen:
            seen.append(status)

    assert seen == ["loaded", "staging", "success"]


@pytest.mark.parametrize("action", ["complete", "Complete", "COMPLETE"])
def test_complete_can_be_repeated_in_any_letter_case(aep, people, action):
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)

    for _ in range(3):
        assert aep.act(batch_id, action).status_code == 200
    aep.ended(batch_id)

    assert aep.act(batch_id, action).status_code == 200
    assert len(aep.rows(people)) == 1


def test_files_are_refused_after_complete(aep, people):
    batch = aep.load(people, ROW)

    assert aep.put(batch["id"], people, "b.json", ROW).status_code == 400


def test_an_aborted_batch_takes_and_gives_nothing(aep, people):
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)

    assert aep.act(batch_id, "ABORT").status_code == 200
    assert aep.batch(batch_id)["status"] == "aborted"
    assert aep.act(batch_id, "ABORT").status_code == 200
    assert aep.act(batch_id, "COMPLETE").status_code == 400
    assert aep.put(batch_id, people, "b.json", ROW).status_code == 400
    assert aep.rows(people) == []


@pytest.mark.parametrize(
    ("value", "status", "end"), [("refused", 400, "success"), ("accepted", 200, "aborted")]
)
def test_abort_after_complete_is_a_switch(aep, people, switch, value, status, end):
    switch(promotion_seconds=0.5, abort_after_complete=value)
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)
    aep.act(batch_id, "COMPLETE")

    assert aep.act(batch_id, "ABORT").status_code == status
    assert aep.ended(batch_id)["status"] == end
    assert len(aep.rows(people)) == (end == "success")


def test_abort_of_a_loaded_batch_is_refused(aep, people):
    assert aep.act(aep.load(people, ROW)["id"], "ABORT").status_code == 400


def test_a_producer_can_mark_its_batch_as_failed(aep, people):
    batch_id = aep.new_batch(people)

    assert aep.act(batch_id, "FAIL").status_code == 200
    assert aep.batch(batch_id)["status"] == "failed"


def test_unknown_actions_and_batches_are_refused(aep, people):
    assert aep.act(aep.new_batch(people), "EXPLODE").status_code == 400
    assert aep.act("01E8043CY305K2MTV5ANH9G1GC", "COMPLETE").status_code == 404


def test_a_batch_without_files_fails(aep, people):
    batch_id = aep.new_batch(people)
    aep.act(batch_id, "COMPLETE")

    batch = aep.ended(batch_id)

    assert batch["status"] == "failed"
    assert batch["errors"][0]["code"] == "106"


def test_metrics_are_counted_on_what_was_read_and_written(aep, people):
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW * 3)
    aep.put(batch_id, people, "dir/b.json", ROW)
    aep.act(batch_id, "COMPLETE")

    metrics = aep.ended(batch_id)["metrics"]

    assert metrics["inputFileCount"] == 2
    assert metrics["inputByteSize"] == 4 * len(ROW)
    assert metrics["inputRecordCount"] == metrics["outputRecordCount"] == 4
    assert metrics["failedRecordCount"] == 0


def test_the_same_data_in_two_batches_are_rows_twice(aep, people):
    aep.load(people, ROW)
    aep.load(people, ROW)

    assert [row["key"] for row in aep.rows(people)] == ["a", "a"]


def test_batches_are_found_by_dataset_status_tag_and_external_id(aep, people):
    first = aep.load(people, ROW, externalId="ext-1", tags={"run": ["one"]})["id"]
    second = aep.new_batch(people, tags={"run": ["two"]})

    def ids(query):
        return list(aep.get(f"{BATCHES}?{query}").json())

    assert ids(f"dataSet={people}") == [first, second]
    assert ids(f"dataSet={people}&status=success") == [first]
    assert ids(f"dataSet={people}&tags=run:two") == [second]
    assert ids("externalId=ext-1") == [first]
    assert ids(f"batch={second}") == [second]
    assert ids(f"dataSet={people}&orderBy=desc:created&limit=1") == [second]
    assert ids("dataSet=none") == []


def test_a_listing_may_lag_while_a_lookup_does_not(aep, people, switch):
    switch(catalog_lag_seconds=60)

    batch_id = aep.new_batch(people, externalId="late-1")

    assert aep.get(f"{BATCHES}?dataSet={people}").json() == {}
    assert aep.get(f"{BATCHES}?externalId=late-1").json() == {}
    assert aep.batch(batch_id)["status"] == "loading"


def test_last_batches_of_a_dataset(aep, people):
    good = aep.load(people, ROW)["id"]
    bad = aep.load(people, b"nonsense")["id"]

    answer = aep.get(f"/data/foundation/catalog/lastBatches?dataSetId={people}").json()[people]

    assert answer["lastBatchId"] == bad
    assert answer["lastSuccessfulBatchId"] == good
    assert answer["lastFailedBatchId"] == bad


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_batches_are_not_changed_through_catalog(aep, people, method):
    batch_id = aep.new_batch(people)

    assert aep.call(method, f"{BATCHES}/{batch_id}", json={"status": "success"}).status_code == 403
    assert aep.batch(batch_id)["status"] == "loading"


@pytest.mark.parametrize("state", ["stalled", "retrying", "staging", "failed", "abandoned"])
def test_a_fault_holds_a_batch_in_a_state(aep, people, faults, state):
    faults(
        {
            "cloud": "aep",
            "method": "POST",
            "path": "/import/batches/",
            "query": "COMPLETE",
            "fault": {"batch_state": state},
        }
    )
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)

    assert aep.act(batch_id, "COMPLETE").status_code == 200

    assert aep.batch(batch_id)["status"] == state
    assert aep.rows(people) == []


@pytest.mark.parametrize("path", ["/import/batches$", "/catalog/batches/"])
def test_a_fault_may_meet_a_batch_when_it_is_made_or_when_it_is_looked_up(aep, people, faults, path):
    faults({"cloud": "aep", "path": path, "fault": {"batch_state": "failed"}})
    batch_id = aep.new_batch(people)
    assert aep.put(batch_id, people, "a.json", ROW).status_code == 200
    assert aep.act(batch_id, "COMPLETE").status_code == 200

    ended = aep.ended(batch_id)

    assert (ended["status"], ended["errors"][0]["code"]) == ("failed", "CONNECTOR-2001-500")
    assert aep.rows(people) == []


def test_a_batch_that_is_held_ends_another_way_when_a_fault_says_so(aep, people, faults):
    complete = {"cloud": "aep", "method": "POST", "path": "/import/batches/", "query": "COMPLETE"}
    faults({**complete, "fault": {"batch_state": "staging"}})
    batch_id = aep.new_batch(people)
    aep.put(batch_id, people, "a.json", ROW)
    aep.act(batch_id, "COMPLETE")
    assert aep.batch(batch_id)["status"] == "staging"

    faults({"cloud": "aep", "path": "/catalog/batches/", "nth": 2, "fault": {"batch_state": "failed"}})

    assert [aep.batch(batch_id)["status"] for _ in range(3)] == ["staging", "failed", "failed"]


def test_a_batch_may_end_with_the_errors_of_a_rule(aep, people, faults):
    error = {"code": "140", "description": "The batch is a duplicate of one that was ingested already."}
    faults({"cloud": "aep", "query": "COMPLETE", "fault": {"batch_state": "failed", "batch_errors": [error]}})

    assert aep.load(people, ROW)["errors"] == [error]


def test_the_clock_of_the_platform_may_be_off(aep, people, switch):
    switch(clock_skew_seconds=7200.0)

    answer = aep.get(f"{BATCHES}/{aep.new_batch(people)}")
    ((_, batch),) = answer.json().items()

    assert 7100 < batch["created"] / 1000 - time.time() < 7300
    ahead = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    assert 7100 < ahead < 7300


def test_a_lost_answer_to_creation_leaves_a_batch_behind(aep, people, faults):
    faults(
        {
            "cloud": "aep",
            "method": "POST",
            "path": "/import/batches$",
            "when": "after",
            "nth": 1,
            "fault": {"reset": True},
        }
    )
    body = {"datasetId": people, "inputFormat": {"format": "json"}, "externalId": "lost-1"}

    with pytest.raises(OSError, match=r"(?i)connection|reset|aborted"):
        aep.post(IMPORT, body)

    (found,) = aep.get(f"{BATCHES}?externalId=lost-1").json().values()
    assert found["status"] == "loading"
