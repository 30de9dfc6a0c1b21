"""Replacing batches by a new one, and taking them out."""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def keys(aep):
    return lambda dataset: [row["key"] for row in aep.rows(dataset)]


def test_a_replay_replaces_its_predecessors_at_success(aep, people, keys):
    old = [aep.load_rows(people, {"key": key})["id"] for key in "ab"]
    aep.load_rows(people, {"key": "c"})

    new = aep.load_rows(people, {"key": "new"}, replay={"predecessors": old, "reason": "replace"})

    assert keys(people) == ["c", "new"]
    assert new["replay"] == {"predecessors": old, "reason": "replace"}
    for batch_id in old:
        batch = aep.batch(batch_id)
        assert batch["status"] == "inactive"
        assert batch["tags"]["acp_successor"] == [new["id"]]


def test_until_success_the_predecessors_are_live(aep, people, keys, switch):
    old = aep.load_rows(people, {"key": "old"})["id"]
    switch(promotion_seconds=1.0)
    batch_id = aep.new_batch(people, replay={"predecessors": [old]})
    aep.put(batch_id, people, "a.json", b'{"_acme":{"key":"new"}}')

    seen = [keys(people)]
    aep.act(batch_id, "COMPLETE")
    while seen[-1] != ["new"]:
        seen.append(keys(people))

    assert all(each in (["old"], ["new"]) for each in seen)
    assert len(seen) > 2


def test_a_failed_replay_replaces_nothing(aep, people, keys):
    old = aep.load_rows(people, {"key": "old"})["id"]

    new = aep.load(people, b"nonsense", replay={"predecessors": [old]})

    assert new["status"] == "failed"
    assert keys(people) == ["old"]
    assert aep.batch(old)["status"] == "success"


def test_predecessors_may_be_written_with_a_dollar_or_by_external_id(aep, people, keys):
    first = aep.load_rows(people, {"key": "1"})["id"]
    aep.load_rows(people, {"key": "2"}, externalId="second-x")

    aep.load_rows(
        people,
        {"key": "3"},
        replay={"predecessors": [f"${first}"], "predecessorsByExternalId": ["$second-x"]},
    )

    assert keys(people) == ["3"]


def test_only_live_predecessors_change_their_status(aep, people):
    aborted = aep.new_batch(people)
    aep.act(aborted, "ABORT")

    aep.load_rows(people, {"key": "a"}, replay={"predecessors": [aborted]})

    assert aep.batch(aborted)["status"] == "aborted"


def test_a_batch_of_another_dataset_is_no_predecessor(aep, people):
    other = aep.dataset_of({"key": {"type": "string"}})
    elsewhere = aep.load_rows(other, {"key": "a"})["id"]
    body = {"datasetId": people, "inputFormat": {"format": "json"}, "replay": {"predecessors": [elsewhere]}}

    assert aep.post("/data/foundation/import/batches", body).status_code == 400


def test_a_reverted_batch_is_inactive_and_then_deleted(aep, people, keys, switch):
    switch(revert_seconds=0.5)
    first, second = (aep.load_rows(people, {"key": key})["id"] for key in "ab")

    answer = aep.act(first, "REVERT")

    assert (answer.status_code, answer.content) == (200, b"")
    assert aep.batch(first)["status"] == "inactive"
    assert keys(people) == ["b"]
    deadline = time.monotonic() + 10
    while aep.batch(first)["status"] != "deleted":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert aep.batch(second)["status"] == "success"


@pytest.mark.parametrize("state", ["loading", "aborted", "failed", "inactive"])
def test_only_a_successful_batch_can_be_reverted(aep, people, state):
    if state == "loading":
        batch_id = aep.new_batch(people)
    elif state == "aborted":
        batch_id = aep.new_batch(people)
        aep.act(batch_id, "ABORT")
    elif state == "failed":
        batch_id = aep.load(people, b"nonsense")["id"]
    else:
        batch_id = aep.load_rows(people, {"key": "a"})["id"]
        aep.act(batch_id, "REVERT")

    answer = aep.act(batch_id, "REVERT")

    assert answer.status_code == 428
    assert "ERR-BI-104" in answer.text
