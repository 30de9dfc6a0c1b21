"""The state that is emitted says what has landed, stream by stream."""

from __future__ import annotations

import pytest

from target_aep.delivery.composed_state import ComposedState


def _state(**marks):
    return {"bookmarks": {stream: {"v": value} for stream, value in marks.items()}}


@pytest.fixture
def composed():
    state = ComposedState()
    state.begin(_state(a=0, b=0))
    return state


def _land(composed, stream):
    composed.commit(stream, composed.latest(stream))


def test_the_starting_state_is_never_echoed(composed):
    assert composed.compose() is None
    composed.receive(_state(a=0, b=0))
    assert composed.compose() is None


def test_a_stream_whose_rows_are_under_way_keeps_its_bookmark(composed):
    composed.hold("a")
    composed.receive(_state(a=1, b=1))
    assert composed.compose() == _state(a=0, b=1)
    _land(composed, "a")
    assert composed.compose() == _state(a=1, b=1)


def test_what_was_said_is_not_said_again(composed):
    composed.receive(_state(a=1, b=0))
    assert composed.compose() is not None
    assert composed.compose() is None


def test_a_stream_advances_unit_by_unit(composed):
    composed.hold("a")
    composed.receive(_state(a=1, b=0))
    first = composed.latest("a")
    composed.hold("a")
    composed.receive(_state(a=2, b=0))
    composed.commit("a", first)
    assert composed.compose() == _state(a=1, b=0)
    _land(composed, "a")
    assert composed.compose() == _state(a=2, b=0)


def test_a_failed_stream_stays_where_it_was_for_good(composed):
    composed.hold("a")
    composed.receive(_state(a=1, b=1))
    composed.fail("a")
    _land(composed, "a")
    composed.receive(_state(a=2, b=2))
    assert composed.compose() == _state(a=0, b=2)


def test_a_failed_stream_without_a_bookmark_gets_none(composed):
    composed.hold("new")
    composed.receive(_state(a=1, b=0, new=1))
    composed.fail("new")
    assert composed.compose() == _state(a=1, b=0)


def test_a_stream_that_the_tap_drops_stays_while_something_is_under_way(composed):
    """A renamed stream's old name goes only once its rows have landed under the new one."""
    composed.hold("c")
    composed.receive(_state(a=0, c=1))
    assert composed.compose() is None
    _land(composed, "c")
    assert composed.compose() == _state(a=0, c=1)


def test_other_shapes_are_all_or_nothing():
    composed = ComposedState()
    composed.hold("a")
    composed.receive({"last_id": 7})
    assert composed.compose() is None
    assert composed.is_withheld
    composed.release("a")
    assert composed.compose() == {"last_id": 7}


@pytest.mark.parametrize("empty", [{}, {"bookmarks": {}}])
def test_an_empty_state_is_never_emitted(empty):
    composed = ComposedState()
    composed.receive(empty)
    assert composed.compose() is None
