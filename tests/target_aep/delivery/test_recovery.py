"""Recovery where Catalog's answers disagree: a listing may lag in what it says of a batch, too."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from target_aep.aep import ApiError
from target_aep.aep.catalog import BatchStatus, read_batch
from target_aep.delivery import bookmark as bookmarks
from target_aep.delivery.decision import OnRewind
from target_aep.delivery.polling import Polling
from target_aep.delivery.recovery import Recovery
from target_aep.delivery.tags import BatchTags
from target_aep.delivery.timeline import Start
from target_aep.errors import TryAgainError

MARK = {"customer_key": "k", "seq": 1, "counts": {"count": 2, "extracted": 2, "already_seen": 0}}
TAGS = BatchTags(
    pipeline_id="p",
    stream="s",
    run_id="r",
    host="here",
    unit=1,
    closing=bookmarks.read(MARK).digest,
    opening=bookmarks.ROOT.digest,
    start=bookmarks.ROOT.digest,
    seq=1,
    from_seq=0,
)


def _batch(status, host="here", **further):
    tags = {key: [value] for key, value in dataclasses.replace(TAGS, host=host).write().items()}
    metrics = {"outputRecordCount": 2} if status == "success" else {}
    return read_batch("b", {"status": status, "tags": tags, "metrics": metrics, **further})


class Platform:
    """One batch: what the listing says of it, and what it is."""

    def __init__(self, listed, *really):
        self.listed, self.really = listed, list(really)
        self.aborted = []

    def batches(self, _dataset_id):
        return iter([_batch(self.listed)])

    def batch(self, _batch_id):
        return _batch(self.really.pop(0) if len(self.really) > 1 else self.really[0])

    def abort(self, batch_id):
        self.aborted.append(batch_id)
        if self.really[0] not in {"loading", "aborted"}:
            raise ApiError(400, "", "", "it cannot be aborted any more")


def _recover(platform, **options):
    gateway = SimpleNamespace(now_ms=lambda: options.get("now_ms", 0))
    recovery = Recovery(
        clients=SimpleNamespace(catalog=platform, ingestion=platform, gateway=gateway),
        ledger=SimpleNamespace(entries=lambda *_: iter(())),
        polling=Polling(first_seconds=0.001, timeout_seconds=1),
        pipeline_id="p",
        host="here",
        takeover_minutes=10,
        on_rewind=OnRewind.FAIL,
    )
    start = Start(options.pop("start", bookmarks.ROOT))
    return recovery.recover("d", "s", start, replaces_all=lambda _: False)


@pytest.mark.parametrize("really", [("success",), ("staging", "staging", "success")])
def test_a_batch_that_the_listing_still_calls_loading_is_replaced(really):
    platform = Platform("loading", *really)
    recovered = _recover(platform)
    assert [(batch.id, batch.rows) for batch in recovered.decision.predecessors] == [("b", 2)]
    assert platform.aborted == ["b"]


def test_a_batch_that_the_listing_still_calls_staging_is_waited_for_once():
    recovered = _recover(Platform("staging", "staging", "success"))
    assert [batch.status for batch in recovered.decision.predecessors] == [BatchStatus.SUCCESS]


def test_a_half_made_batch_is_aborted_and_forgotten():
    recovered = _recover(Platform("loading", "loading"))
    assert recovered.decision.predecessors == ()


def test_a_batch_that_cannot_be_aborted_though_it_is_loading_stops_the_stream():
    platform = Platform("loading", "loading")
    platform.abort = lambda _: (_ for _ in ()).throw(ApiError(403, "", "", "no"))
    with pytest.raises(ApiError):
        _recover(platform)


@pytest.mark.parametrize(("rows", "replaced"), [(2, True), (None, False)])
def test_a_batch_that_aep_had_already_ingested_is_in_the_lake_where_it_counts_rows(rows, replaced):
    platform = Platform("failed", "failed")
    again = [{"code": "140", "description": "Batch already ingested"}]
    batch = _batch("failed", errors=again, metrics={"outputRecordCount": rows})
    platform.batches = lambda _: iter([batch])
    assert bool(_recover(platform).decision.predecessors) is replaced
    assert dataclasses.replace(batch, errors=()).outcome is BatchStatus.FAILED


@pytest.mark.parametrize(("minutes", "taken"), [(9, False), (11, True)])
def test_how_still_another_hosts_batch_is_goes_by_the_platforms_clock(minutes, taken):
    """That of this machine may be hours off."""
    platform = Platform("loading", "loading")
    written_ms = 1_000_000
    platform.batches = lambda _: iter([_batch("loading", host="there", updated=written_ms)])
    now_ms = written_ms + minutes * 60_000
    if taken:
        _recover(platform, now_ms=now_ms)
        assert platform.aborted == ["b"]
    else:
        with pytest.raises(TryAgainError, match="there"):
            _recover(platform, now_ms=now_ms)
