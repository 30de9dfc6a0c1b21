"""The target is killed before and after each request; the next run leaves the lake as if it was not."""

from __future__ import annotations

import pytest

from tests.target_aep.delivery.crashes import (
    WHEN,
    Story,
    differences,
    is_delivery,
    is_delivery_write,
    points,
)
from tests.target_aep.delivery.taps import CountingTap, Table


def _tap(commits=1, full=False, streams=("people",)):
    tables = {}
    for stream in streams:
        tables[stream] = Table(full=full)
        for key, modified in ((1, 1), (2, 2), (3, 2), (4, 5), (5, 6), (6, 6)):
            tables[stream].put(key, modified, f"{stream} {key}")
    return CountingTap(tables, commits=commits)


@pytest.fixture
def make_story(lake, target_config, tmp_path):
    def make(tap, **settings):
        dataset = settings.pop("dataset", "{story} {stream}")
        return Story(lake, tmp_path, {**target_config, **settings}, tap, dataset=dataset)

    return make


def _kill_everywhere(lake, make_story, make_tap, wanted, **settings):
    """Kill a first run at each point, run again, and compare with a clean run; return how many points."""
    clean = make_story(make_tap(), **settings)
    requests = clean.requests()
    played = 0
    for nth in points(requests, wanted):
        for when in WHEN:
            victim = make_story(make_tap(), **settings)
            # Of how often a batch is looked at, no two runs are alike: the last may not come.
            played += victim.run_and_kill(nth, when)
            victim.run_clean()
            for stream in victim.tap.tables:
                what = (
                    f"killed {when} request {nth} ({requests[nth - 1]['method']} {requests[nth - 1]['path']})"
                )
                assert not differences(lake, clean.table(stream), victim.table(stream)), what
            assert victim.target.state == clean.target.state
    return played


def test_one_commit(lake, make_story):
    """The short version: the requests of the commit protocol that change something."""
    played = _kill_everywhere(lake, make_story, _tap, is_delivery_write)
    assert played == len(WHEN) * len(("create", "upload", "complete"))


@pytest.mark.slow
def test_one_commit_at_every_request_of_the_protocol(lake, make_story):
    assert _kill_everywhere(lake, make_story, _tap, is_delivery) >= 10


@pytest.mark.slow
def test_one_commit_at_every_request(lake, make_story):
    assert _kill_everywhere(lake, make_story, _tap, lambda _: True) >= 30
