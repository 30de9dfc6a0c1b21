"""What the network and the platform do wrong: in the end every row once."""

from __future__ import annotations

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


HARMLESS = {
    "create answered 503 after it acted": {**CREATE, "when": "after", "fault": {"status": 503}},
    "create cut off before it acted": {**CREATE, "fault": {"reset": True}},
    "upload answered 503": {**UPLOAD, "fault": {"status": 503}},
    "upload cut off after it acted": {**UPLOAD, "when": "after", "fault": {"reset": True}},
    "token revoked during the upload": {**UPLOAD, "fault": {"revoke_token": True}},
    "complete answered 500 after it acted": {**COMPLETE, "when": "after", "fault": {"status": 500}},
    "complete cut off before it acted": {**COMPLETE, "fault": {"reset": True}},
    "too many requests": {**LOOK, "fault": {"status": 429, "headers": {"Retry-After": "0"}}},
    "a page of HTML": {**LOOK, "fault": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    "listing cut short": {**LIST, "fault": {"truncate": 0.5}},
}


QUICK = {"create answered 503 after it acted", "token revoked during the upload", "listing cut short"}


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in HARMLESS]
)
def test_faults_that_the_run_survives(story, lake, name):
    lake.faults([{"cloud": "aep", "times": 1, **HARMLESS[name]}])
    story.run_clean()
    assert _keys(story) == [1, 2, 3]
    assert story.target.item("people")["books"]["landed"] == 3


FATAL = {
    "create refused": ({**CREATE, "fault": {"status": 400, "body": "no"}}, 69),
    "upload refused": ({**UPLOAD, "fault": {"status": 413, "body": "too large"}}, 69),
    "upload forbidden": ({**UPLOAD, "fault": {"status": 403, "body": {"error_code": "403027"}}}, 77),
    "complete refused": ({**COMPLETE, "fault": {"status": 400, "body": "no"}}, 69),
    "half a file arrives": ({**UPLOAD, "fault": {"truncate_request": 0.5}}, 1),
}


@pytest.mark.parametrize("name", FATAL)
def test_faults_that_end_the_run_leave_nothing_half_done(story, lake, name):
    rule, code = FATAL[name]
    lake.faults([{"cloud": "aep", "times": 1, **rule}])
    assert story.run() == code
    assert story.target.states == []
    assert "Traceback" not in story.target.stderr
    assert _keys(story) == []
    story.run_clean()
    assert _keys(story) == [1, 2, 3]


def test_a_live_run_on_another_machine_is_respected(story, lake, clients):
    story.run_clean()
    dataset = next(iter(clients.catalog.datasets(f"{story.name} people")))
    tags = {"pipeline_id": story.name, "stream": "people", "run_id": "other", "host": "elsewhere", "seq": "2"}
    other = clients.ingestion.create_batch(dataset.id, external_id="other", tags=tags)
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
    dataset = next(iter(clients.catalog.datasets(f"{story.name} people")))
    tags = {"pipeline_id": story.name, "stream": "people", "run_id": "other", "host": "elsewhere", "seq": "2"}
    clients.ingestion.create_batch(dataset.id, external_id="other", tags=tags)
    assert story.target.end(process) == 75
    assert "elsewhere" in story.target.last_line["cause"]
    assert _keys(story) == [1, 2, 3]
