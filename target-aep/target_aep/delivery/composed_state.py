"""The state that is emitted: per stream the last committed bookmark.

A STATE message of the tap says how far it has *read*. What is emitted says how far the rows have
*landed*: streams whose rows are still under way, or failed, keep the bookmark they had. A state of
another shape than ``{"bookmarks": {stream: …}}`` cannot be taken apart and is emitted as a whole or
not at all.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from target_aep.delivery import bookmark as bookmarks
from target_aep.delivery.timeline import Start

if TYPE_CHECKING:
    from target_aep.delivery.bookmark import Bookmark

KNOWN_KEYS = frozenset({"bookmarks", "currently_syncing"})


class ComposedState:
    """Follows the tap's STATE messages and what has landed.

    Streams are named as the tap names them. Not thread-safe: its owner holds a lock.
    """

    def __init__(self) -> None:
        self._start: dict[str, Any] | None = None
        self._latest: dict[str, Any] | None = None
        self._committed: dict[str, Any] = {}
        self._in_flight: dict[str, int] = {}
        self._failed: set[str] = set()
        self._emitted: dict[str, Any] | None = None
        self.received = 0

    # -- what the tap says ---------------------------------------------------------------------

    def begin(self, state: dict[str, Any]) -> None:
        """Take the STATE that comes before the first SCHEMA: where the tap starts."""
        self._start = self._emitted = copy.deepcopy(state)
        self._latest = self._start
        if is_composable(state):
            self._committed = dict(self._start.get("bookmarks") or {})

    def receive(self, state: dict[str, Any]) -> None:
        """Take a later STATE. Streams without rows under way advance at once."""
        self.received += 1
        self._latest = copy.deepcopy(state)
        if is_composable(state):
            for stream, value in (self._latest.get("bookmarks") or {}).items():
                if not self._in_flight.get(stream) and stream not in self._failed:
                    self._committed[stream] = value

    def start(self, stream: str) -> Start:
        """Where the tap starts a stream."""
        if self._start is None:
            return Start(bookmarks.ROOT, known=False)
        return Start(bookmarks.read(_entry(self._start, stream)))

    def latest(self, stream: str) -> Bookmark:
        """Where the tap stands by its last STATE."""
        return bookmarks.read(_entry(self._latest, stream))

    def names(self, stream: str) -> bool:
        """Whether the last STATE has an entry for a stream."""
        return _entry(self._latest, stream) is not None

    @property
    def is_silent(self) -> bool:
        """Whether the tap has written no STATE at all."""
        return self._start is None and not self.received

    # -- what has landed -----------------------------------------------------------------------

    def hold(self, stream: str) -> None:
        """Something of a stream is under way (rows, or a repair): its bookmark waits for it."""
        self._in_flight[stream] = self._in_flight.get(stream, 0) + 1

    def commit(self, stream: str, bookmark: Bookmark) -> None:
        """One unit of a stream has landed, and all before it; the bookmark covers it."""
        if stream not in self._failed and bookmark.value is not None:
            self._committed[stream] = bookmark.value
        self.release(stream)

    def release(self, stream: str) -> None:
        """What :meth:`hold` was for is done with; with nothing left the stream catches up."""
        self._in_flight[stream] -= 1
        if self._in_flight[stream] or stream in self._failed:
            return
        value = _entry(self._latest, stream)
        if value is not None:
            self._committed[stream] = value

    def fail(self, stream: str) -> None:
        """A stream's rows did not land: it keeps the bookmark it has."""
        self._failed.add(stream)

    # -- what is emitted -----------------------------------------------------------------------

    @property
    def is_withheld(self) -> bool:
        """Whether the state cannot be taken apart and some of what it covers has not landed."""
        return not is_composable(self._latest) and self._latest is not None and not self._is_settled

    @property
    def _is_settled(self) -> bool:
        return not self._failed and not any(self._in_flight.values())

    def compose(self) -> dict[str, Any] | None:
        """Return the state to emit now, or None when there is nothing new to say."""
        state = self._compose()
        if state is None or state == self._emitted:
            return None
        self._emitted = copy.deepcopy(state)
        return state

    def _compose(self) -> dict[str, Any] | None:
        if not self.received or self._latest is None:
            return None
        if not is_composable(self._latest):
            return self._latest if self._is_settled else None
        state = self._latest if self._is_settled else {"bookmarks": dict(self._committed)}
        # An empty state would wipe what the runner has stored.
        return state if state.get("bookmarks") else None


def is_composable(state: dict[str, Any] | None) -> bool:
    """Whether a state can be taken apart by stream."""
    if state is None or not set(state) <= KNOWN_KEYS:
        return False
    return isinstance(state.get("bookmarks", {}), dict)


def _entry(state: dict[str, Any] | None, stream: str) -> Any:
    marks = state.get("bookmarks") if is_composable(state) and state is not None else None
    return marks.get(stream) if isinstance(marks, dict) else None
