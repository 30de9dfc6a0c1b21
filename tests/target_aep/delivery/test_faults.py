"""What the network and the platform do wrong: in the end every row once."""

from __future__ import annotations

import socket
import time

import pytest

from emulator.admin import call
from tests.target_aep.delivery.crashes import Story
from tests.target_aep.delivery.taps import CountingTap, Table

CREATE = {"method": "POST", "path": "/import/batches$"}
UPLOAD = {"method": "PUT", "path": "/files/"}
COMPLETE = {"method": "POST", "query": "action=COMPLETE"}
LOOK = {"method": "GET", "path": "/catalog/batches/."}
LIST = {"method": "GET", "path": "/catalog/batches$"}


@pytest.fixture
def story(lake, target_config, tmp_path):
    table = Table({key: (key, f"row {key}") for key in (1, 2, 3)})
    return Story(lake, tmp_path, target_config, CountingTap({"people": table}))


def _keys(story):
    return [key for key, *_ in story.rows("people")]


# Every fault at every request of the protocol. What a request survives is a matter of its kind; that in
# the end every row is there once is not.

TOKEN = {"method": "POST", "path": "/ims/token"}
REVERT = {"method": "POST", "query": "action=REVERT"}
ABORT = {"method": "POST", "query": "action=ABORT"}
STEPS = {
    "token": TOKEN,
    "create": CREATE,
    "upload": UPLOAD,
    "complete": COMPLETE,
    "look": LOOK,
    "list": LIST,
    "revert": REVERT,
    "abort": ABORT,
}
FAULTS = {
    "429": {"fault": {"status": 429, "body": {"error_code": "429050", "message": "Too many requests"}}},
    "429 with Retry-After": {"fault": {"status": 429, "headers": {"Retry-After": "0"}}},
    "500": {"fault": {"status": 500}},
    "500 after it acted": {"when": "after", "fault": {"status": 500}},
    "502, a page of HTML": {"fault": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    "503 after it acted": {"when": "after", "fault": {"status": 503}},
    "504 after it acted": {"when": "after", "fault": {"status": 504}},
    "cut off before it acted": {"fault": {"reset": True}},
    "cut off after it acted": {"when": "after", "fault": {"reset": True}},
    "too slow": {"when": "after", "fault": {"delay_s": 2}},
    "half an answer": {"when": "after", "fault": {"truncate": 0.5}},
    "token revoked": {"fault": {"revoke_token": True}},
}
QUICK = {
    ("create", "503 after it acted"),
    ("upload", "token revoked"),
    ("list", "half an answer"),
    ("complete", "too slow"),
    ("revert", "cut off after it acted"),
}
MATRIX = [
    pytest.param(step, fault, marks=() if (step, fault) in QUICK else pytest.mark.slow)
    for step in STEPS
    for fault in FAULTS
]


@pytest.mark.parametrize(("step", "fault"), MATRIX)
def test_one_fault_of_the_network_is_survived(story, lake, clients, step, fault):
    story.target.config |= {"request_seconds": 1.0}
    keys = [1, 2, 3]
    if step == "revert":  # rows whose state was lost, and that do not come again
        story.run_clean()
        story.target.states.clear()
        story.tap.tables["people"].rows.clear()
        keys = []
    if step == "abort":
        story.run_clean()
        _leave_half_made(clients, story, socket.gethostname())
        story.tap.tables["people"].put(4, 4)
        keys = [1, 2, 3, 4]
    lake.clear_requests()
    lake.faults([{"cloud": "aep", "times": 1, **STEPS[step], **FAULTS[fault]}])
    assert story.run() == 0, story.target.stderr
    _wait_for_fault(lake)
    assert "Traceback" not in story.target.stderr
    assert _keys(story) == keys
    story.run_clean()
    assert _keys(story) == keys


@pytest.mark.parametrize("step", [*(step for step in STEPS if step not in {"revert", "abort"})])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"status": 503}, 69, marks=pytest.mark.slow),
        pytest.param({"status": 429, "headers": {"Retry-After": "0"}}, 75, marks=pytest.mark.slow),
        ({"reset": True}, 69),
    ],
    ids=["503", "429", "reset"],
)
def test_a_fault_that_stays_ends_the_run_and_the_next_one_loads(story, lake, step, fault, code):
    story.target.config |= {"request_attempts": 2}
    lake.faults([{"cloud": "aep", **STEPS[step], "fault": fault}])
    assert story.run() == code, story.target.stderr
    _ended_clearly(story)
    lake.clear_faults()
    story.run_clean()
    assert _keys(story) == [1, 2, 3]


FATAL = {
    "create refused": ({**CREATE, "fault": {"status": 400, "body": "no"}}, 69),
    "upload refused": ({**UPLOAD, "fault": {"status": 413, "body": "too large"}}, 69),
    "upload forbidden": ({**UPLOAD, "fault": {"status": 403, "body": {"error_code": "403027"}}}, 77),
    "complete refused": ({**COMPLETE, "fault": {"status": 400, "body": "no"}}, 69),
    "half a file arrives": ({**UPLOAD, "fault": {"truncate_request": 0.5}}, 1),
    "the batch fails": ({**COMPLETE, "fault": {"batch_state": "failed"}}, 1),
    "the batch is aborted by somebody": ({**COMPLETE, "fault": {"batch_state": "aborted"}}, 1),
    "the batch is abandoned": ({**COMPLETE, "fault": {"batch_state": "abandoned"}}, 1),
}


@pytest.mark.parametrize("name", FATAL)
def test_faults_that_end_the_run_leave_nothing_half_done(story, lake, name):
    rule, code = FATAL[name]
    lake.faults([{"cloud": "aep", "times": 1, **rule}])
    assert story.run() == code
    _ended_clearly(story)
    assert _keys(story) == []
    story.run_clean()
    assert _keys(story) == [1, 2, 3]


def test_a_batch_whose_upload_failed_is_given_up_at_once(story, lake, clients):
    lake.faults([{"cloud": "aep", **UPLOAD, "fault": {"status": 400, "body": "no"}}])
    assert story.run() == 69
    (dataset,) = clients.catalog.datasets(f"{story.name} people")
    assert [batch.status.value for batch in clients.catalog.batches(dataset.id)] == ["aborted"]
    # Nor do its rows stay on this machine.
    assert not list(story.folder.glob("**/spool/**/*.parquet"))


@pytest.mark.parametrize("state", ["staging", "retrying", "queued"])
def test_a_batch_that_is_stuck_is_waited_for_by_this_run_and_the_next(story, lake, state):
    """Nothing is sent beside it: it may land yet."""
    story.target.config |= {"batch_timeout_minutes": 0.005}
    lake.faults([{"cloud": "aep", **COMPLETE, "fault": {"batch_state": state}}])
    for _ in range(2):
        assert story.run() == 75
        _ended_clearly(story)
        assert f"is still {state}" in story.target.last_line["cause"]
    assert sum("COMPLETE" in request["query"] for request in lake.requests("aep")) == 1


def _ended_clearly(story):
    assert story.target.states == []
    assert "Traceback" not in story.target.stderr
    assert story.target.last_line["cause"]
    assert story.target.last_line["remedy"]


def _wait_for_fault(lake):
    """A request is in the log once it is answered, which may be after its sender has left."""
    deadline = time.monotonic() + 10
    while not any(request["fault"] for request in lake.requests("aep")):
        assert time.monotonic() < deadline, "the fault did not come"
        time.sleep(0.05)


def _leave_half_made(clients, story, host):
    """A batch of another run that was not completed."""
    dataset = next(iter(clients.catalog.datasets(f"{story.name} people")))
    tags = {"pipeline_id": story.name, "stream": "people", "run_id": "other", "host": host, "seq": "2"}
    return clients.ingestion.create_batch(dataset.id, external_id=f"{story.name}-other", tags=tags)


def test_a_live_run_on_another_machine_is_respected(story, lake, clients):
    story.run_clean()
    other = _leave_half_made(clients, story, "elsewhere")
    story.tap.tables["people"].put(4, 4)
    assert story.run() == 75
    assert "elsewhere" in story.target.last_line["cause"]
    story.target.config["takeover_minutes"] = 0
    story.run_clean()
    assert clients.catalog.batch(other.id).status.value == "aborted"
    assert _keys(story) == [1, 2, 3, 4]


def test_a_run_that_finds_a_rival_at_the_last_moment_gives_way(story, lake, clients):
    story.run_clean()
    story.tap.tables["people"].put(4, 4)
    lake.faults([{"cloud": "aep", **UPLOAD, "fault": {"delay_s": 3}}])
    holds = call(lake.home, "aep", "GET", "health")["holds"]
    process = story.target.start(story.tap.messages(story.target.state))
    while call(lake.home, "aep", "GET", "health")["holds"] == holds:
        time.sleep(0.02)
    _leave_half_made(clients, story, "elsewhere")
    assert story.target.end(process) == 75
    assert "elsewhere" in story.target.last_line["cause"]
    assert _keys(story) == [1, 2, 3]
