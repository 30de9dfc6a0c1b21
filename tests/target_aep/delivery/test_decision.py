"""The recovery decision, case by case."""

from __future__ import annotations

import pytest

from target_aep.aep.catalog import BatchStatus
from target_aep.delivery import bookmark as bookmarks
from target_aep.delivery.decision import OnRewind, Policy, Refusal, decide
from target_aep.delivery.tags import BatchTags
from target_aep.delivery.timeline import OwnBatch, Start

NOW = 10_000_000
MINUTE = 60_000
POLICY = Policy(host="here", now_ms=NOW, takeover_ms=10 * MINUTE)


def _mark(seq):
    if not seq:
        return bookmarks.ROOT
    return bookmarks.read({"seq": seq, "replication_key_value": seq, "counts": {"extracted": seq}})


def _batch(seq, from_seq=0, status=BatchStatus.SUCCESS, opening=None, **more):
    tags = BatchTags(
        pipeline_id="p",
        stream="s",
        run_id=more.pop("run_id", f"run{seq}"),
        host=more.pop("host", "here"),
        unit=more.pop("unit", 1),
        closing=_mark(seq).digest,
        opening=_mark(seq - 1 if opening is None else opening).digest,
        start=_mark(from_seq).digest,
        seq=seq,
        from_seq=from_seq,
        generation=more.pop("generation", 0),
        since=more.pop("since", 0),
    )
    return OwnBatch(more.pop("id", f"b{seq}"), status, tags, rows=10, updated_ms=NOW - MINUTE, **more)


def _ids(batches):
    return [batch.id for batch in batches]


def _decide(seq, *batches, **policy):
    return decide(Start(_mark(seq)), batches, Policy(**{**vars(POLICY), **policy}))


def test_nothing_there_is_nothing_to_do():
    decision = _decide(0)
    assert decision == type(decision)()


def test_committed_batches_are_left_alone():
    decision = _decide(2, _batch(1), _batch(2, 1))
    assert (decision.refusal, decision.predecessors) == (None, ())


def test_rows_beyond_the_start_are_replaced():
    assert _ids(_decide(1, _batch(1), _batch(2, 1)).predecessors) == ["b2"]


def test_all_commits_of_a_lost_run_are_replaced_in_order():
    assert _ids(_decide(0, _batch(3), _batch(1), _batch(2)).predecessors) == ["b1", "b2", "b3"]


@pytest.mark.parametrize("status", [BatchStatus.FAILED, BatchStatus.ABORTED, BatchStatus.ABANDONED])
def test_batches_that_never_held_rows_are_ignored(status):
    assert _decide(1, _batch(1), _batch(2, 1, status)).predecessors == ()


def test_half_made_batches_are_aborted():
    assert _ids(_decide(1, _batch(1), _batch(2, 1, BatchStatus.LOADING)).abort) == ["b2"]


@pytest.mark.parametrize(
    "status",
    [
        BatchStatus.LOADED,
        BatchStatus.STAGING,
        BatchStatus.PROCESSING,
        BatchStatus.RETRYING,
        BatchStatus.UNKNOWN,
    ],
)
def test_what_aep_has_not_decided_is_waited_for(status):
    decision = _decide(1, _batch(1), _batch(2, 1, status))
    assert _ids(decision.wait) == ["b2"]
    assert decision.predecessors == ()


def test_a_stalled_batch_stops():
    assert _decide(1, _batch(1), _batch(2, 1, BatchStatus.STALLED)).refusal is Refusal.STALLED


def test_another_machine_that_is_loading_stops():
    other = _batch(2, 1, BatchStatus.LOADING, host="there")
    assert _decide(1, _batch(1), other).refusal is Refusal.OTHER_WRITER


def test_another_machine_that_has_gone_quiet_is_taken_over():
    other = _batch(2, 1, BatchStatus.LOADING, host="there")
    assert _ids(_decide(1, _batch(1), other, now_ms=NOW + 10 * MINUTE).abort) == ["b2"]


def test_nobody_is_waited_for_where_a_takeover_needs_no_time():
    """The platform's clock tells whole seconds: a batch just changed seems to be of the future."""
    other = _batch(2, 1, BatchStatus.LOADING, host="there")
    decision = _decide(1, _batch(1), other, now_ms=other.updated_ms - 999, takeover_ms=0)
    assert _ids(decision.abort) == ["b2"]


def test_a_run_that_started_beyond_the_start_proves_a_rewind():
    decision = _decide(0, _batch(1), _batch(2, 1))
    assert decision.refusal is Refusal.REWIND
    assert _ids(decision.at_stake) == ["b1", "b2"]


def test_a_rewind_may_replace():
    decision = _decide(1, _batch(1), _batch(2, 1), _batch(3, 2), on_rewind=OnRewind.REPLACE)
    assert _ids(decision.predecessors) == ["b2", "b3"]
    assert (decision.generation, decision.since) == (1, 1)


def test_a_rewind_may_append():
    decision = _decide(1, _batch(1), _batch(2, 1), _batch(3, 2), on_rewind=OnRewind.APPEND)
    assert decision.predecessors == ()
    assert (decision.generation, decision.since) == (1, 1)


def test_after_a_rewind_the_former_timeline_is_no_measure():
    old = [_batch(1), _batch(2, 1), _batch(3, 2)]
    new = [_batch(2, 1, generation=1, since=1, id="n2"), _batch(3, 2, generation=1, since=1, id="n3")]
    decision = _decide(2, *old, *new)
    assert _ids(decision.predecessors) == ["n3"]
    assert (decision.generation, decision.since) == (1, 1)


def test_a_state_that_no_batch_knows_is_refused():
    edited = bookmarks.read({"seq": 2, "replication_key_value": 1, "counts": {"extracted": 2}})
    decision = decide(Start(edited), [_batch(1), _batch(2, 1)], POLICY)
    assert decision.refusal is Refusal.FOREIGN_START


def test_it_cannot_be_replaced_from_either():
    edited = bookmarks.read({"seq": 2, "replication_key_value": 1, "counts": {"extracted": 2}})
    policy = Policy(**{**vars(POLICY), "on_rewind": OnRewind.REPLACE})
    assert decide(Start(edited), [_batch(1), _batch(2, 1)], policy).refusal is Refusal.FOREIGN_START


def test_a_state_whose_rows_were_taken_out_of_the_lake_is_refused():
    assert _decide(2, _batch(1), _batch(2, 1, BatchStatus.INACTIVE)).refusal is Refusal.FOREIGN_START


def test_a_state_beyond_all_batches_is_believed():
    """It may come from a sync that found no rows, and so made no batch."""
    assert _decide(3, _batch(1), _batch(2, 1)).refusal is None


def test_digests_of_another_version_are_not_compared():
    batch = _batch(2, 1)
    old = OwnBatch(batch.id, batch.status, BatchTags(**{**vars(batch.tags), "closing": "0:other"}))
    assert decide(Start(_mark(2)), [_batch(1), old], POLICY).refusal is None


def test_overwriting_replaces_all_and_asks_nothing():
    decision = _decide(0, _batch(1), _batch(2, 1), replaces_all=True)
    assert _ids(decision.predecessors) == ["b1", "b2"]


def test_an_unknown_start_replaces_only_what_the_ledger_holds():
    batches = [_batch(1), _batch(2, unacknowledged=True)]
    decision = decide(Start(bookmarks.ROOT, known=False), batches, POLICY)
    assert _ids(decision.predecessors) == ["b2"]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({}, None, False),
        ({"a": 1}, {"a": 1, "starting_replication_value": 0}, False),
        ({"a": 1}, {"a": 1, "progress_markers": {"b": 2}}, False),
        ({"a": 1}, {"a": 1, "replication_key_signpost": "x"}, False),
        ({"partitions": [{"context": 1}]}, {"partitions": [{"context": 1, "progress_markers": {}}]}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ({"a": 1}, {"a": 2}, True),
        (
            {"seq": 1, "counts": {"extracted": 1, "count": 1}},
            {"seq": 1, "counts": {"extracted": 1, "count": 5}},
            False,
        ),
        ({"seq": 1, "counts": {"extracted": 1}}, {"seq": 1, "counts": {"extracted": 2}}, True),
    ],
)
def test_what_moves_a_bookmark(before, after, moved):
    assert bookmarks.read(after).has_moved_since(bookmarks.read(before)) is moved


def test_tags_are_read_as_they_were_written():
    tags = _batch(3, 1, generation=2, since=1).tags
    assert BatchTags.read({key: (value,) for key, value in tags.write().items()}) == tags


@pytest.mark.parametrize("tags", [{}, {"pipeline_id": ("p",)}, {"stream": ()}])
def test_batches_of_others_have_no_tags_of_ours(tags):
    assert BatchTags.read(tags) is None
